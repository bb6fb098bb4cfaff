import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { numberGroups } from '../../../src/groups.ts';
import { matrix } from '../../../src/matrix.ts';
import { native } from '../../../src/native/loader.ts';
import { initialParameters, noise } from '../../../src/vae/draws.ts';
import { chooseEngine } from '../../../src/vae/engine.ts';
import { RandomStream } from '../../../src/vae/random.ts';
import { type Tfjs, TfjsModel } from '../../../src/vae/tfjs/model.ts';
import { tfjsTrainer } from '../../../src/vae/tfjs/train.ts';
import { trainNative } from '../../../src/vae/train-native.ts';
import { VAE } from '../../../src/vae/vae.ts';

const random = new RandomStream(3, 60);
const X = matrix(
  Float32Array.from({ length: 150 * 8 }, (_, i) => 2 * Math.sin(i * 0.37) + random.uniform(i)),
  150,
  8,
);
const SPEC = { input: 8, hidden: [12, 9], latent: 3 };
const TRAINING = {
  beta: 0.4,
  warmup: 1.5,
  validation: 0.2,
  learningRate: 1e-3,
  batch: 40,
  freeBits: 0,
  clipNorm: 0,
  seed: 9,
  epochs: 18,
  patience: 0,
};
const GROUPS = numberGroups(
  Array.from({ length: 150 }, (_, i) => i % 4),
  150,
);
const CONTROL = { groups: GROUPS, threads: 2, signal: undefined, onEpoch: undefined };

/** The gradient of the first `count` rows by automatic differentiation, and by the native kernel. */
async function gradients(tfjs: Tfjs, spec: typeof SPEC, count: number, beta: number, freeBits: number) {
  const parameters = initialParameters(spec, 4).map((p, i) => p + 0.1 * (random.uniform(5000 + i) - 0.5));
  const model = new TfjsModel(tfjs, spec);
  const automatic = tfjs.tidy(() => {
    const x = tfjs.tensor2d(X.data.slice(0, count * spec.input), [count, spec.input]);
    const epsilon = tfjs.tensor2d(noise(21, 'noise', 0, count, spec.latent), [count, spec.latent]);
    const loss = (...weights: tf.Tensor[]) => {
      const [error, , charged] = tfjs.split(
        tfjs.slice(model.figures(x, model.pass(weights, x, epsilon), freeBits), 0, 3),
        3,
      );
      return tfjs.reshape(tfjs.div(tfjs.add(tfjs.mul(error, 0.5), tfjs.mul(charged, beta)), count), []);
    };
    return model.flat(tfjs.grads(loss)(model.tensors(parameters)));
  });
  const gradient = new Float32Array(parameters.length);
  const { input, latent, hidden } = spec;
  await native().vaeGradient(
    {
      X,
      hidden: Uint32Array.from(hidden),
      parameters,
      rows: Uint32Array.from({ length: count }, (_, i) => i),
    },
    { input, latent, beta, freeBits, seed: 21, threads: 2 },
    { gradient, loss: new Float64Array(1) },
  ).promise;
  return { automatic, gradient };
}

async function expectEqualGradients(tfjs: Tfjs): Promise<void> {
  for (const [count, beta, freeBits] of [
    [100, 0.4, 0],
    [7, 1, 0.3],
  ]) {
    const { automatic, gradient } = await gradients(tfjs, SPEC, count, beta, freeBits);
    const worst = gradient.reduce(
      (most, g, p) => Math.max(most, Math.abs(g - automatic[p]) / Math.max(1, Math.abs(automatic[p]))),
      0,
    );
    expect(worst).toBeLessThan(1e-5);
  }
}

async function expectEqualLosses(tfjs: Tfjs): Promise<void> {
  for (const clipNorm of [0, 1.5]) {
    for (const freeBits of [0, 0.2]) {
      const training = { ...TRAINING, clipNorm, freeBits };
      const expected = await trainNative(X, SPEC, training, undefined, CONTROL);
      const { history } = await tfjsTrainer(tfjs)(X, SPEC, training, undefined, CONTROL);
      expect(history.length).toBe(18);
      history.forEach((epoch, i) => {
        for (const rows of ['training', 'validation'] as const) {
          const figures = epoch[rows] ?? epoch.training;
          const others = expected.history[i][rows] ?? epoch.training;
          for (const name of ['loss', 'reconstruction', 'kl'] as const) {
            expect(Math.abs(figures[name] / others[name] - 1)).toBeLessThan(1e-4);
          }
          expect(figures.r2).toBeCloseTo(others.r2, 4);
          expect(figures.activeUnits).toBe(others.activeUnits);
        }
        expect(epoch.beta).toBe(expected.history[i].beta);
        expect(epoch.groups?.length).toBe(4);
        epoch.groups?.forEach(({ group, ...figures }, g) => {
          const others = expected.history[i].groups?.[g];
          expect(group).toBe(others?.group);
          expect(figures.loss).toBeCloseTo(others?.loss ?? 0, 3);
          expect(figures.r2).toBeCloseTo(others?.r2 ?? 0, 4);
        });
      });
    }
  }
}

describe('training with TensorFlow.js', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it("agrees with the native kernel on gradients, by TensorFlow's automatic differentiation", () =>
    expectEqualGradients(tf));

  it('has the same figures as the native trainer in every epoch', () => expectEqualLosses(tf));

  it('resumes from a checkpoint of either trainer', async () => {
    const whole = await tfjsTrainer(tf)(X, SPEC, TRAINING, undefined, CONTROL);
    const half = { ...TRAINING, epochs: 4 };
    const own = await tfjsTrainer(tf)(X, SPEC, half, undefined, CONTROL);
    expect(await tfjsTrainer(tf)(X, SPEC, TRAINING, own, CONTROL)).toEqual(whole);
    const other = await trainNative(X, SPEC, half, undefined, CONTROL);
    const resumed = await tfjsTrainer(tf)(X, SPEC, TRAINING, other, CONTROL);
    expect(resumed.history[17].training.loss).toBeCloseTo(whole.history[17].training.loss, 3);
  });

  it('stops by patience with the best weights, like the native trainer', async () => {
    const training = { ...TRAINING, epochs: 200, patience: 2, learningRate: 0.05 };
    const expected = await trainNative(X, SPEC, training, undefined, CONTROL);
    const state = await tfjsTrainer(tf)(X, SPEC, training, undefined, CONTROL);
    expect(expected.history.length).toBeLessThan(200);
    expect(state.history.length).toBeLessThan(200);
    expect(state.best).not.toEqual(state.parameters);
  });

  it('leaks no tensors, even if it fails or is aborted', async () => {
    const before = tf.memory().numTensors;
    const training = { ...TRAINING, epochs: 1, clipNorm: 1 };
    for (let i = 0; i < 100; i++) {
      await tfjsTrainer(tf)(X, { ...SPEC, hidden: [4] }, training, undefined, CONTROL);
    }
    const huge = matrix(new Float32Array(80).fill(1e30), 10, 8);
    await expect(tfjsTrainer(tf)(huge, SPEC, TRAINING, undefined, CONTROL)).rejects.toThrow('finite number');
    const signal = AbortSignal.timeout(20);
    const long = { ...TRAINING, epochs: 1e6 };
    await expect(tfjsTrainer(tf)(X, SPEC, long, undefined, { ...CONTROL, signal })).rejects.toThrow(
      'timeout',
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

const tfjsNode = await chooseEngine('tfjs-node').then(
  () => import('@tensorflow/tfjs-node' as string) as Promise<Tfjs>,
  () => undefined,
);

describe('@tensorflow/tfjs-node', () => {
  test.skipIf(tfjsNode === undefined)(
    'trains like the native trainer (skipped if it is not installed)',
    async () => {
      expect(await tfjsNode?.setBackend('tensorflow')).toBe(true); // one engine for both builds: see above
      await expectEqualGradients(tfjsNode as Tfjs);
      await expectEqualLosses(tfjsNode as Tfjs);
      const vae = await VAE.fit(X, { latent: 2, hidden: [8], epochs: 2, engine: 'auto' });
      expect(vae.engine).toBe('tfjs-node');
      expect((await vae.encode(X)).mean.rows).toBe(150);
    },
  );

  test.skipIf(tfjsNode === undefined)('leaks no tensors in 100 fits', async () => {
    const node = tfjsNode as Tfjs;
    const before = node.memory().numTensors;
    for (let i = 0; i < 100; i++)
      await VAE.fit(X, { latent: 2, hidden: [4], epochs: 1, engine: 'tfjs-node' });
    expect(node.memory().numTensors).toBe(before);
  });

  test.runIf(tfjsNode === undefined)('is optional: `auto` trains natively without it', async () => {
    const vae = await VAE.fit(X, { latent: 2, hidden: [8], epochs: 2, engine: 'auto' });
    expect(vae.engine).toBe('native');
    await expect(VAE.fit(X, { engine: 'tfjs-node' })).rejects.toThrow('npm install @tensorflow/tfjs-node');
  });
});
