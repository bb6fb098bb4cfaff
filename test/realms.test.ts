import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  AgglomerativeClustering,
  agnes,
  interpolate,
  matrix,
  nearestNeighbors,
  PCA,
  type StateArray,
  silhouette,
  TSNE,
  trustworthiness,
  VAE,
  type VAECheckpoint,
} from '../src/index.ts';

// Test runners (Jest), `node:vm` and simulated browsers have their own Array, Float32Array and AbortSignal, which are not
// `instanceof` those of the realm in which the package runs.
const there: { Array: ArrayConstructor } & Pick<
  typeof globalThis,
  'Float32Array' | 'Float64Array' | 'Int32Array' | 'Uint8Array' | 'Uint32Array' | 'Error'
> = runInNewContext('({ Array, Float32Array, Float64Array, Int32Array, Uint8Array, Uint32Array, Error })');
const copied = <T>(json: T): T => runInNewContext(`(${JSON.stringify(json)})`);

const rows = Array.from({ length: 12 }, (_, i) => [i % 3, (i * i) % 7, i % 5]);
const flat = rows.flat();
const forms = {
  'an array of rows': copied(rows),
  'rows of Float32Array': rows.map((row) => new there.Float32Array(row)),
  'rows of Float64Array': rows.map((row) => new there.Float64Array(row)),
  'a float32 matrix': { data: new there.Float32Array(flat), rows: 12, cols: 3 },
  'a float64 matrix': { data: new there.Float64Array(flat), rows: 12, cols: 3 },
};

/** A signal as in a simulated browser: of a class of its own. */
class ForeignSignal extends EventTarget {
  aborted = false;
  reason: unknown;

  throwIfAborted() {
    if (this.aborted) throw this.reason;
  }

  abort(reason: unknown) {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event('abort'));
  }
}
const foreignSignal = () => new ForeignSignal() as unknown as AbortSignal & ForeignSignal;

describe('values of another realm', () => {
  it('are not instances of our classes', () => {
    expect(forms['a float32 matrix'].data instanceof Float32Array).toBe(false);
    expect(Object.getPrototypeOf(forms['an array of rows'])).not.toBe(Array.prototype);
  });

  it.each(Object.entries(forms))('are accepted as %s', async (_, X) => {
    const [ours, theirs] = await Promise.all([PCA.fit(rows), PCA.fit(X, copied({ components: 3 }))]);
    expect(theirs.components.data).toEqual(ours.components.data);
    expect((await theirs.transform(X)).data).toEqual((await ours.transform(rows)).data);
  });

  it('can be moved as well', async () => {
    const data = new there.Float32Array(flat);
    await PCA.fit({ data, rows: 12, cols: 3 }, { transfer: true });
    expect(data).toHaveLength(0);
  });

  it('are accepted as distances, condensed and square', async () => {
    const distances = [3, 1, 4, 1, 5, 9];
    const expected = await AgglomerativeClustering.fitDistances(distances);
    const square = agnes([
      [0, 1],
      [1, 0],
    ]);
    for (const given of [
      copied(distances),
      new there.Float64Array(distances),
      new there.Float32Array(distances),
    ])
      expect((await AgglomerativeClustering.fitDistances(given)).heights).toEqual(expected.heights);
    expect(
      agnes(
        copied([
          [0, 1],
          [1, 0],
        ]),
      ).height,
    ).toBe(square.height);
  });

  it('are accepted as labels, neighbors, links and codes', async () => {
    const labels = Int32Array.from(rows, (_, i) => i % 2);
    const ours = await silhouette(rows, labels);
    expect((await silhouette(rows, new there.Int32Array(labels))).mean).toBe(ours.mean);
    const found = await nearestNeighbors(rows, { k: 4 });
    const neighbors = {
      ...found,
      indices: new there.Uint32Array(found.indices),
      distances: new there.Float32Array(found.distances),
    };
    const linked = (connectivity: typeof found) => AgglomerativeClustering.fit(rows, { connectivity });
    expect((await linked(neighbors)).heights).toEqual((await linked(found)).heights);
    const mapped = (given: typeof found) =>
      TSNE.fit(rows, { neighbors: given, perplexity: 1.2, iterations: 5 });
    expect((await mapped(neighbors)).embedding.data).toEqual((await mapped(found)).embedding.data);
    expect(interpolate(new there.Float32Array(2), new there.Float64Array(2), 3).data).toHaveLength(6);
    expect(
      await trustworthiness(forms['rows of Float32Array'], forms['a float64 matrix'], { neighbors: 3 }),
    ).toBe(await trustworthiness(rows, rows, { neighbors: 3 }));
  });

  it('are accepted as states of models and of accumulators', async () => {
    const pca = await PCA.fit(rows);
    const state = pca.state();
    const arrays = Object.entries(state.arrays).map(([name, { data, shape }]): [string, StateArray] => [
      name,
      { shape, data: new there[data[Symbol.toStringTag]](data) },
    ]);
    const again = PCA.fromState({ ...state, arrays: Object.fromEntries(arrays) });
    expect((await again.transform(rows)).data).toEqual((await pca.transform(rows)).data);
    const options = { latent: 1, hidden: [2], epochs: 2 };
    const { checkpoint } = await VAE.fit(forms['a float32 matrix'], copied(options));
    if (checkpoint === undefined) throw new Error('a fitted model has a checkpoint');
    const foreign: VAECheckpoint = { ...checkpoint, best: new there.Float32Array(checkpoint.best) };
    const resumed = await VAE.fit(rows, { ...options, checkpoint: foreign });
    expect(resumed.checkpoint?.parameters).toEqual(checkpoint.parameters);
    const accumulator = PCA.accumulator(3);
    await accumulator.add(forms['rows of Float32Array']);
    const bytes = accumulator.toBytes();
    const restored = PCA.accumulatorFromBytes(new there.Uint8Array(bytes));
    expect((await restored.finish()).mean).toEqual((await accumulator.finish()).mean);
  });

  it('wrap as a matrix', () => {
    expect(matrix(new there.Float32Array(6), 2, 3).cols).toBe(3);
  });
});

describe('a signal of another realm', () => {
  it('stops a running call', async () => {
    const signal = foreignSignal();
    const reason = new Error('enough');
    const running = TSNE.fit(rows, { signal, perplexity: 2, iterations: 100_000 });
    signal.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('stops a call before it starts', async () => {
    const signal = foreignSignal();
    signal.abort(new Error('no'));
    await expect(PCA.fit(rows, { signal })).rejects.toThrow('no');
  });

  it('is refused if it lacks a method', async () => {
    const signal = { aborted: false } as AbortSignal;
    await expect(PCA.fit(rows, { signal })).rejects.toThrow('Expected `signal` to be an AbortSignal');
  });
});
