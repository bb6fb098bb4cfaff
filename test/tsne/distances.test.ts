import { describe, expect, it } from 'vitest';
import { nearestNeighbors, TSNE } from '../../src/index.ts';
import { points } from '../support/linkage.ts';

const rows = 90;
/** Three groups of near rows, far from each other. */
const square = Array.from({ length: rows }, (_, i) =>
  Array.from({ length: rows }, (_, j) =>
    i === j ? 0 : i % 3 === j % 3 ? 1 + ((i * 7 + j * 7) % 5) / 10 : 5,
  ),
);
const condensed = square.flatMap((row, i) => row.slice(i + 1));
const options = { perplexity: 15, seed: 3, iterations: 300 };

describe('t-SNE of given distances', () => {
  it('places near rows together, with the same result from a square and a condensed matrix', async () => {
    const map = await TSNE.fitDistances(square, options);
    const { data } = map.embedding;
    const sums = { inside: [0, 0], between: [0, 0] };
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < i; j++) {
        const pair = sums[i % 3 === j % 3 ? 'inside' : 'between'];
        pair[0] += Math.hypot(data[2 * i] - data[2 * j], data[2 * i + 1] - data[2 * j + 1]);
        pair[1]++;
      }
    }
    expect(sums.inside[0] / sums.inside[1]).toBeLessThan(sums.between[0] / sums.between[1] / 2);
    for (const same of [
      condensed,
      Float64Array.from(condensed),
      { data: Float64Array.from(square.flat()), rows, cols: rows },
    ]) {
      expect((await TSNE.fitDistances(same, options)).embedding).toEqual(map.embedding);
    }
    expect((await TSNE.fitDistances(square, { ...options, threads: 3 })).embedding).toEqual(map.embedding);
  });

  it('agrees with the map of rows that have these distances', async () => {
    const X = points(80, 5, 2);
    const at = (i: number) => X.data.subarray(i * 5, i * 5 + 5);
    const given = Array.from({ length: 80 }, (_, i) =>
      Array.from({ length: 80 }, (_, j) =>
        Math.sqrt(at(i).reduce((sum, v, c) => sum + (v - at(j)[c]) ** 2, 0)),
      ),
    );
    const neighbors = await nearestNeighbors(X, { k: 30 });
    // A few steps, because more would magnify the differences that rounding causes.
    const start = { perplexity: 10, iterations: 5, init: points(80, 2, 5) };
    const byRows = await TSNE.fit(X, { ...start, neighbors });
    const byDistances = await TSNE.fitDistances(given, start);
    const difference = byRows.embedding.data.map((v, i) => Math.abs(v - byDistances.embedding.data[i]));
    expect(Math.max(...difference)).toBeLessThan(1e-2);
    expect(byDistances.klDivergence).toBeCloseTo(byRows.klDivergence, 3);
  });

  it('is restored from its state, and cannot place rows', async () => {
    const map = await TSNE.fitDistances(condensed, { ...options, iterations: 20 });
    const again = TSNE.fromState(map.state());
    expect(again.metric).toBe('precomputed');
    expect(again.embedding).toEqual(map.embedding);
    await expect(again.transform([[1]])).rejects.toThrow(/fitted to distances/);
  });

  it.each([
    ['a negative distance', [1, -1, 2], {}, /negative/],
    ['NaN', [1, Number.NaN, 2], {}, /finite/],
    ['null', [1, null as unknown as number, 2], {}, /place 1/],
    ['another length', [1, 2], {}, /n \(n - 1\) \/ 2/],
    ['one row', [], {}, /two rows/],
    [
      'an asymmetric matrix',
      [
        [0, 1, 2],
        [3, 0, 1],
        [2, 1, 0],
      ],
      {},
      /symmetric/,
    ],
    [
      'a diagonal that is not 0',
      [
        [1, 1, 2],
        [1, 0, 1],
        [2, 1, 0],
      ],
      {},
      /diagonal/,
    ],
    ['init by PCA', [1, 1, 2], { init: 'pca' }, /'random' or a matrix/],
    ['a metric', [1, 1, 2], { metric: 'cosine' }, /`metric`/],
    ['too large a perplexity', [1, 1, 2], { perplexity: 2 }, /perplexity/],
  ])('refuses %s', async (_, distances, wrong, says) => {
    await expect(TSNE.fitDistances(distances as number[], wrong as object)).rejects.toThrow(says);
  });
});
