import { describe, expect, it } from 'vitest';
import { type Matrix, matrix } from '../../src/matrix.ts';
import { native } from '../../src/native/loader.ts';
import { initialParameters, splitRows } from '../../src/vae/draws.ts';
import type { VAEOptions, VAEProgress } from '../../src/vae/options.ts';
import { RandomStream } from '../../src/vae/random.ts';
import { parameterCount } from '../../src/vae/spec.ts';
import { checkpointFromState, checkpointState } from '../../src/vae/state.ts';
import { VAE } from '../../src/vae/vae.ts';
import { referenceFit } from './reference.ts';

/** rows x cols on a curved surface of three hidden factors. */
function factorData(rows: number, cols: number): Matrix {
  const random = new RandomStream(11, 50);
  const mixing = Array.from({ length: 5 * cols }, (_, i) => 3 * random.uniform(i) - 1.5);
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const [a, b, c] = [0, 1, 2].map((f) => 4 * random.uniform(1e6 + 3 * i + f) - 2);
    const features = [a, b, c, Math.sin(2 * a), b * c];
    for (let j = 0; j < cols; j++) {
      data[i * cols + j] = features.reduce((sum, f, k) => sum + f * mixing[k * cols + j], 0);
    }
  }
  return matrix(data, rows, cols);
}

const X = factorData(600, 10);
const OPTIONS = {
  latent: 4,
  hidden: [24, 12],
  beta: 0.3,
  warmup: 1.5,
  epochs: 12,
  batch: 64,
  seed: 5,
} satisfies VAEOptions;
const bytes = (array: Float32Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

describe('VAE.fit', () => {
  it('starts with the weights of the TypeScript definition', async () => {
    const spec = { input: 10, hidden: [24, 12], latent: 4 };
    const vector = () => new Float32Array(parameterCount(spec));
    const state = { parameters: vector(), firstMoment: vector(), secondMoment: vector(), best: vector() };
    const options = { ...spec, beta: 1, warmup: 0, learningRate: 1, validation: 0, freeBits: 0, clipNorm: 0 };
    await native().vaeFit(
      { X, hidden: Uint32Array.from(spec.hidden), groups: undefined },
      { ...options, epochs: 0, patience: 0, batch: 10, seed: 77, threads: 1, groupCount: 0, done: 0 },
      {
        ...state,
        history: new Float64Array(0),
        groupHistory: new Float64Array(0),
        outcome: new Float64Array(3),
      },
    ).promise;
    expect(bytes(state.parameters).equals(bytes(initialParameters(spec, 77)))).toBe(true);
  });

  it('agrees with a second implementation in double precision on every loss', async () => {
    const vae = await VAE.fit(X, { ...OPTIONS, patience: 0 });
    const expected = referenceFit(X, vae.spec, vae.training);
    expect(vae.history.length).toBe(12);
    vae.history.forEach(({ training, validation }, epoch) => {
      expect(Math.abs(training.loss / expected[epoch].training - 1)).toBeLessThan(1e-4);
      expect(Math.abs((validation?.loss ?? 0) / expected[epoch].validation - 1)).toBeLessThan(1e-4);
      expect(Math.abs((validation?.kl ?? 0) / expected[epoch].kl - 1)).toBeLessThan(1e-3);
    });
  });

  it('is bit-identical for any number of threads and differs for another seed', async () => {
    const [one, ...others] = await Promise.all(
      [1, 2, 3].map((threads) => VAE.fit(X, { ...OPTIONS, threads })),
    );
    for (const other of others) expect(other.state()).toEqual(one.state());
    expect((await VAE.fit(X, { ...OPTIONS, seed: 6 })).state()).not.toEqual(one.state());
  });

  it('reports held-out rows by group without a change of the fit', async () => {
    const groups = Array.from({ length: 600 }, (_, i) => (i % 3 === 0 ? 'third' : 'rest'));
    const vae = await VAE.fit(X, { ...OPTIONS, groups });
    const plain = await VAE.fit(X, OPTIONS);
    expect(vae.history.map(({ groups: _, ...epoch }) => epoch)).toEqual(plain.history);
    expect(vae.state().arrays).toEqual(plain.state().arrays);
    const { training } = splitRows(5, 0.1, 600);
    const held = Array.from({ length: 600 }, (_, i) => i).filter((i) => !training.includes(i));
    const thirds = held.filter((i) => i % 3 === 0).length;
    for (const { groups: figures = [], validation } of vae.history) {
      expect(figures.map(({ group }) => group)).toEqual(['third', 'rest']);
      const [third, rest] = figures;
      const together = (third.kl * thirds + rest.kl * (held.length - thirds)) / held.length;
      expect(together).toBeCloseTo(validation?.kl ?? 0, 9);
    }
    await expect(VAE.fit(X, { ...OPTIONS, groups: ['one'] })).rejects.toThrow('to hold 600 labels');
    const holed = groups.with(7, null as never);
    await expect(VAE.fit(X, { ...OPTIONS, groups: holed })).rejects.toThrow('row 7 has null');
    await expect(vae.evaluate(X, { groups: holed })).rejects.toThrow('row 7 has null');
  });

  it('reports every epoch and does not change its input', async () => {
    const before = X.data.slice();
    const seen: VAEProgress[] = [];
    const vae = await VAE.fit(X, { ...OPTIONS, onProgress: (progress) => seen.push(progress) });
    expect(new Set(seen.map(({ epoch }) => epoch).filter((epoch) => epoch > 0))).toEqual(
      new Set(vae.history.map((_, i) => i + 1)),
    );
    seen.forEach(({ phase, fraction: _, epoch, epochs, ...figures }) => {
      expect([phase, epochs]).toEqual(['train', 12]);
      if (epoch === 0) expect(Object.values(figures).every(Number.isNaN)).toBe(true);
      else expect(figures).toEqual(vae.history[epoch - 1].validation);
    });
    const fractions = seen.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(X.data).toEqual(before);
  });

  it('resumes from a checkpoint, also a saved one, to the bits of an uninterrupted fit', async () => {
    const whole = await VAE.fit(X, OPTIONS);
    const part = await VAE.fit(X, { ...OPTIONS, epochs: 5 });
    if (part.checkpoint === undefined) throw new Error('a fitted model has a checkpoint');
    const saved = checkpointFromState(structuredClone(checkpointState(part.checkpoint)));
    for (const checkpoint of [part.checkpoint, saved]) {
      const resumed = await VAE.fit(X, { ...OPTIONS, checkpoint });
      expect(resumed.state()).toEqual(whole.state());
      expect(resumed.checkpoint).toEqual(whole.checkpoint);
    }
    await expect(VAE.fit(X, { ...OPTIONS, beta: 1, checkpoint: saved })).rejects.toThrow(
      'Expected `beta` to be 0.3, as in the checkpoint, but received 1',
    );
    await expect(VAE.fit(factorData(9, 10), { ...OPTIONS, checkpoint: saved })).rejects.toThrow(
      'Expected `rows` to be 600',
    );
    const without = { ...saved, offset: new Float64Array(9) };
    await expect(VAE.fit(X, { ...OPTIONS, checkpoint: without })).rejects.toThrow(
      'Expected `checkpoint.offset` to be a Float64Array of 10 values',
    );
  });

  it('learns columns far from zero as well as centered ones, and decodes them to their original level', async () => {
    const level = (j: number) => (j % 2 === 0 ? 300 : -4096);
    const far = matrix(
      X.data.map((value, i) => value + level(i % 10)),
      600,
      10,
    );
    const [near, shifted] = [await VAE.fit(X, OPTIONS), await VAE.fit(far, OPTIONS)];
    near.history.forEach(({ training, validation }, epoch) => {
      const others = shifted.history[epoch];
      expect(Math.abs(others.training.loss / training.loss - 1)).toBeLessThan(1e-3);
      expect(Math.abs((others.validation?.loss ?? 0) / (validation?.loss ?? 0) - 1)).toBeLessThan(1e-3);
      expect(others.validation?.r2).toBeCloseTo(validation?.r2 ?? 0, 3);
    });
    for (let j = 0; j < 10; j++) {
      const mean = far.data.reduce((sum, value, i) => (i % 10 === j ? sum + value / 600 : sum), 0);
      expect(shifted.offset[j]).toBeCloseTo(mean, 9);
    }
    const decoded = await shifted.decode((await shifted.encode(far)).mean);
    const expected = await near.decode((await near.encode(X)).mean);
    decoded.data.forEach((value, i) => {
      expect(Math.abs(value - level(i % 10) - expected.data[i])).toBeLessThan(0.02);
    });
    expect((await shifted.evaluate(far)).r2).toBeCloseTo((await near.evaluate(X)).r2, 3);
    const zero = await shifted.decode([[0, 0, 0, 0]]);
    zero.data.forEach((value, j) => {
      expect(Math.abs(value - level(j))).toBeLessThan(20);
    });
  });

  it('explains nothing in constant columns, whatever their value', async () => {
    const constant = matrix(new Float32Array(50 * 10).fill(0.1), 50, 10);
    const vae = await VAE.fit(constant, OPTIONS);
    expect([...vae.offset]).toEqual(new Array(10).fill(Math.fround(0.1)));
    expect(vae.history.map(({ validation }) => validation?.r2)).toEqual(new Array(12).fill(0));
  });

  it('warns if the posterior collapses, and only then', async () => {
    const collapsed = await VAE.fit(X, { ...OPTIONS, beta: 1000, warmup: 0 });
    expect(collapsed.warnings.join()).toMatch(/collapsed onto the prior: KL 0\.\d+ nats.*Lower `beta`/);
    const trained = await VAE.fit(X, { ...OPTIONS, epochs: 60, patience: 0 });
    expect(trained.warnings).toEqual([]);
    expect(trained.history[trained.bestEpoch].validation?.r2).toBeGreaterThan(0.8);
    const short = await VAE.fit(X, { ...OPTIONS, epochs: 2, warmup: 3 });
    expect(short.warnings.join()).toContain('within the warm-up of 3');
  });

  it('distinguishes a model that has not learned yet, or that overfits, from a collapsed one', async () => {
    const early = await VAE.fit(X, { ...OPTIONS, epochs: 1, warmup: 0, learningRate: 1e-5 });
    expect(early.warnings.join()).toMatch(
      /^The model has not learned to restore the rows: KL.*more `epochs`/,
    );
    const random = new RandomStream(12, 51);
    const noise = matrix(
      Float32Array.from({ length: 400 }, (_, i) => 10 * random.uniform(i) - 5),
      40,
      10,
    );
    const long = { ...OPTIONS, beta: 0.01, epochs: 300, patience: 0, validation: 0.5, warmup: 299 };
    const byHeart = await VAE.fit(noise, long);
    expect(byHeart.warnings.join()).toMatch(
      /^The model has learned the training rows by heart: R\^2 0\.\d+ on them/,
    );
    for (const { warnings } of [early, byHeart]) expect(warnings.join()).not.toContain('collapsed');
  });

  it('stops with an error if the loss is not finite', async () => {
    const huge = matrix(
      Float32Array.from({ length: 80 }, (_, i) => (i % 3 === 0 ? 1e30 : -1e30)),
      8,
      10,
    );
    await expect(VAE.fit(huge, OPTIONS)).rejects.toThrow(
      'The loss stopped being a finite number in step 1 of epoch 1: scale',
    );
  });

  it('rejects with the reason of an aborted signal, and reports no epoch after that', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ epoch }: VAEProgress) => {
      seen.push(epoch);
      if (seen.length === 3) controller.abort(new Error('enough'));
    };
    const endless = { ...OPTIONS, epochs: 1_000_000, patience: 0, signal: controller.signal, onProgress };
    await expect(VAE.fit(X, endless)).rejects.toThrow('enough');
    const reported = seen.length;
    await VAE.fit(X, OPTIONS); // time in which a fit that had not stopped would report
    expect(seen.length).toBe(reported);
    const epochs = [...new Set(seen)].filter((epoch) => epoch > 0);
    expect(epochs).toEqual(epochs.map((_, i) => i + 1));
  });

  it.each([1, 2, 3, 7])('accepts %i rows and a batch larger than that', async (rows) => {
    const few = matrix(X.data.slice(0, rows * 10), rows, 10);
    const vae = await VAE.fit(few, { ...OPTIONS, batch: 1000 });
    const { mean, logVariance } = await vae.encode(few);
    expect([...mean.data, ...logVariance.data].every(Number.isFinite)).toBe(true);
  });

  it.each<[string, VAEOptions, string]>([
    ['latent', { latent: 0 }, 'Expected `latent` in [1, 4096] but received 0'],
    ['hidden', { hidden: [4, 0] }, 'Expected `hidden[1]` in [1, 65536] but received 0'],
    ['beta', { beta: -1 }, 'Expected `beta` in [0, 1000000] but received -1'],
    ['validation', { validation: 1 }, 'Expected `validation` in [0, 0.9] but received 1'],
    ['learningRate', { learningRate: 0 }, 'Expected `learningRate` in (0, 1] but received 0'],
    ['batch', { batch: 2.5 }, 'Expected `batch` to be an integer in [1, 65536] but received 2.5'],
    ['an unknown one', { epoch: 3 } as VAEOptions, 'Unknown option `epoch`'],
    ['checkpoint', { checkpoint: {} as never }, 'Expected `checkpoint` to be that of a fitted VAE'],
  ])('refuses a wrong option: %s', async (_, options, message) => {
    await expect(VAE.fit(X, options)).rejects.toThrow(message);
  });

  it('refuses data without rows or columns, and the error for a value that is not finite says where it is', async () => {
    await expect(VAE.fit(matrix(new Float32Array(0), 0, 5))).rejects.toThrow('received 0 x 5');
    await expect(VAE.fit(matrix(new Float32Array(0), 5, 0))).rejects.toThrow('received 5 x 0');
    const holed = matrix(X.data.slice(), 600, 10);
    holed.data[25] = Number.NaN;
    await expect(VAE.fit(holed, OPTIONS)).rejects.toThrow(/row 2, column 5/);
  });
});

describe('a fitted VAE', () => {
  it('is restored from its state, also from JSON', async () => {
    for (const validation of [0, 0.2]) {
      const vae = await VAE.fit(X, { ...OPTIONS, validation });
      const { values, ...rest } = vae.state();
      const restored = VAE.fromState({ ...rest, values: JSON.parse(JSON.stringify(values)) });
      expect(restored.state()).toEqual(vae.state());
      expect(restored.bestEpoch).toBe(vae.bestEpoch);
      expect(await restored.encode(X)).toEqual(await vae.encode(X));
    }
  });

  it('refuses states of other kinds and shapes', async () => {
    const state = (await VAE.fit(X, OPTIONS)).state();
    expect(() => VAE.fromState({ ...state, kind: 'PCA' })).toThrow('Expected the state of a VAE');
    const { 'output.bias': _, ...arrays } = state.arrays;
    expect(() => VAE.fromState({ ...state, arrays })).toThrow('`output.bias`');
    const short = { ...state.arrays, 'output.bias': { data: new Float32Array(3), shape: [3] } };
    expect(() => VAE.fromState({ ...state, arrays: short })).toThrow('to be 10 but received 3');
  });

  it('evaluates groups like their rows alone, up to the noise of sampled codes', async () => {
    const vae = await VAE.fit(X, { ...OPTIONS, epochs: 30 });
    const groups = Array.from({ length: 600 }, (_, i) => (i < 200 ? 'first' : 'second'));
    const all = await vae.evaluate(X, { groups });
    expect(all.groups.map(({ group, rows }) => [group, rows])).toEqual([
      ['first', 200],
      ['second', 400],
    ]);
    const alone = await vae.evaluate(matrix(X.data.slice(0, 2000), 200, 10));
    const [first, second] = all.groups;
    expect(first.loss).toBeCloseTo(alone.loss, 4);
    expect(first.r2).toBeCloseTo(alone.r2, 5);
    expect(first.activeUnits).toBe(alone.activeUnits);
    expect(all.kl).toBeCloseTo((first.kl + 2 * second.kl) / 3, 5);
    await expect(vae.evaluate(X, { groups: [1, 2] })).rejects.toThrow('Expected `groups` to hold 600 labels');
  });

  it('decodes samples of the prior, the same for the same seed', async () => {
    const vae = await VAE.fit(X, OPTIONS);
    const sample = await vae.sample(50, { seed: 3 });
    expect([sample.rows, sample.cols]).toEqual([50, 10]);
    expect(await vae.sample(50, { seed: 3, threads: 1 })).toEqual(sample);
    expect(await vae.sample(50, { seed: 4 })).not.toEqual(sample);
    const first = await vae.sample(20);
    expect(await vae.sample(20)).toEqual(first);
    expect((await vae.sample(21)).data.subarray(0, 200)).toEqual(first.data);
    expect(await vae.sample(0)).toEqual(matrix(new Float32Array(0), 0, 10));
  });

  it('encodes an empty matrix to an empty one and refuses other columns', async () => {
    const vae = await VAE.fit(X, OPTIONS);
    expect((await vae.encode([])).mean).toEqual(matrix(new Float32Array(0), 0, 4));
    await expect(vae.encode([[1, 2]])).rejects.toThrow('Expected `X` to have 10 columns but received 2');
    await expect(vae.decode([[1, 2]])).rejects.toThrow('Expected `Z` to have 4 columns but received 2');
  });
});
