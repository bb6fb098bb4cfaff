import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgglomerativeClustering } from '../../src/agglomerative/agglomerative.ts';
import { type Matrix, matrix } from '../../src/matrix.ts';
import { seededRandom } from '../support/bytes.ts';
import { runs } from '../support/gate.ts';
import { euclideanDistances, plainLinkage, samePartition } from '../support/linkage.ts';
import { realData } from '../support/real-data.ts';

/** Roughly normal values: sums of uniform ones. */
function points(rows: number, cols: number, seed: number): Matrix {
  const uniform = seededRandom(seed);
  const data = Float32Array.from({ length: rows * cols }, () => uniform() + uniform() + uniform() - 1.5);
  return matrix(data, rows, cols);
}

function rowsOf(tree: AgglomerativeClustering): number[][] {
  return Array.from({ length: tree.merges.rows }, (_, i) => [...tree.merges.data.subarray(i * 4, i * 4 + 4)]);
}

function expectSameTree(actual: number[][], expected: number[][]): void {
  expect(actual.map(([a, b, , size]) => [a, b, size])).toEqual(
    expected.map(([a, b, , size]) => [a, b, size]),
  );
  actual.forEach(([, , height], i) => {
    expect(Math.abs(height - expected[i][2])).toBeLessThanOrEqual(1e-9 * expected[i][2]);
  });
}

describe('AgglomerativeClustering.fit', () => {
  it.each([
    [2, 1],
    [3, 2],
    [40, 3],
    [90, 7],
    [120, 42],
  ])('gives the tree and heights of the plain algorithm for %i x %i', async (rows, cols) => {
    const X = points(rows, cols, rows);
    const tree = await AgglomerativeClustering.fit(X, { linkage: 'ward' });
    expectSameTree(rowsOf(tree), plainLinkage(euclideanDistances(X), 'ward'));
  });

  it('agrees with a plain O(n^3) reference for random sizes, with and without duplicates', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(),
        fc.boolean(),
        async (n, d, seed, repeat) => {
          const X = points(n, d, seed);
          if (repeat) X.data.copyWithin(Math.floor(n / 2) * d, 0, Math.floor((n - Math.floor(n / 2)) * d));
          const tree = await AgglomerativeClustering.fit(X);
          const expected = plainLinkage(euclideanDistances(X), 'ward').map((row) => row[2]);
          expected.sort((a, b) => a - b);
          [...tree.heights].forEach((height, i) => {
            expect(Math.abs(height - expected[i])).toBeLessThanOrEqual(
              1e-9 * expected[i] + 1e-7 * Number(expected[i] < 1e-7),
            );
          });
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it('gives the heights that scipy gives for five points on a line', async () => {
    // scipy.cluster.hierarchy.linkage([[0], [1], [10], [11], [50]], 'ward'), scipy 1.17.1
    const tree = await AgglomerativeClustering.fit([[0], [1], [10], [11], [50]]);
    expect(rowsOf(tree)).toEqual([
      [0, 1, 1, 2],
      [2, 3, 1, 2],
      [5, 6, expect.closeTo(14.14213562373095, 12), 4],
      [4, 7, expect.closeTo(56.28854235099715, 12), 5],
    ]);
  });

  it('is bit-identical for any number of threads', async () => {
    const X = points(2000, 30, 5);
    const [one, ...others] = await Promise.all(
      [1, 2, 3, 8].map((threads) => AgglomerativeClustering.fit(X, { threads })),
    );
    for (const other of others) expect(other.merges.data).toEqual(one.merges.data);
  });

  it('accepts a single row, and equal rows', async () => {
    const single = await AgglomerativeClustering.fit([[1, 2]]);
    expect(single.merges).toMatchObject({ rows: 0, cols: 4 });
    expect(single.labels({ clusters: 1 })).toEqual(Int32Array.of(0));
    expect(single.leafOrder()).toEqual(Int32Array.of(0));
    const equal = await AgglomerativeClustering.fit(matrix(new Float32Array(3000).fill(7), 1000, 3));
    expect(Math.max(...equal.heights)).toBe(0);
    expect(new Set(equal.labels({ clusters: 10 })).size).toBe(10);
  });

  it.each([
    ['no rows', matrix(new Float32Array(0), 0, 3), {}, /at least one row/],
    [
      'NaN',
      [
        [1, 2],
        [Number.NaN, 3],
      ],
      {},
      /row 1, column 0/,
    ],
    [
      'Infinity',
      [
        [1, 2],
        [1, Number.POSITIVE_INFINITY],
      ],
      {},
      /row 1, column 1/,
    ],
    ['a value beyond float32', [[1e200], [2]], {}, /row 0, column 0/],
    ['an unknown linkage', [[1], [2]], { linkage: 'wrad' }, /'ward'/],
    ['an unknown option', [[1], [2]], { clusters: 3 }, /`clusters`/],
    ['0 threads', [[1], [2]], { threads: 0 }, /`threads`/],
  ])('refuses %s', async (_, X, options, message) => {
    await expect(AgglomerativeClustering.fit(X, options as never)).rejects.toThrow(message);
  });

  it('does not change its input, unless asked to move it', async () => {
    const X = points(50, 4, 1);
    const before = X.data.slice();
    const tree = await AgglomerativeClustering.fit(X);
    expect(X.data).toEqual(before);
    const moved = await AgglomerativeClustering.fit(X, { transfer: true });
    expect(X.data.length).toBe(0);
    expect(moved.merges.data).toEqual(tree.merges.data);
  });

  it('stops when aborted, with the reason of the signal', async () => {
    const abort = new AbortController();
    const fitted = AgglomerativeClustering.fit(points(20000, 40, 2), { signal: abort.signal, threads: 1 });
    setTimeout(() => abort.abort(new Error('enough')), 30);
    await expect(fitted).rejects.toThrow('enough');
  });

  it('reports increasing progress that ends at 1', async () => {
    const seen: number[] = [];
    await AgglomerativeClustering.fit(points(8000, 40, 3), {
      onProgress: ({ fraction }) => seen.push(fraction),
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
  });
});

describe('labels', () => {
  it('gives exactly the requested number of clusters, numbered by their lowest rows', async () => {
    const tree = await AgglomerativeClustering.fit(points(300, 5, 4));
    for (const clusters of [1, 2, 12, 299, 300]) {
      const labels = tree.labels({ clusters });
      const firstSeen = [...new Set(labels)];
      expect(firstSeen).toEqual(Array.from({ length: clusters }, (_, i) => i));
    }
  });

  it('cuts at a distance, including merges at that distance', async () => {
    const tree = await AgglomerativeClustering.fit([[0], [1], [10], [11], [50]]);
    expect([...tree.labels({ distance: 0.999 })]).toEqual([0, 1, 2, 3, 4]);
    expect([...tree.labels({ distance: 1 })]).toEqual([0, 0, 1, 1, 2]);
    expect([...tree.labels({ distance: 15 })]).toEqual([0, 0, 0, 0, 1]);
    expect([...tree.labels({ distance: 57 })]).toEqual([0, 0, 0, 0, 0]);
  });

  it.each([
    [{}],
    [{ clusters: 2, distance: 1 }],
    [{ clusters: 0 }],
    [{ clusters: 6 }],
    [{ clusters: 1.5 }],
    [{ distance: -1 }],
    [{ distance: Number.NaN }],
  ])('refuses %j', async (at) => {
    const tree = await AgglomerativeClustering.fit([[0], [1], [10], [11], [50]]);
    expect(() => tree.labels(at as never)).toThrow(/`clusters`|`distance`/);
  });
});

describe('leafOrder', () => {
  it('keeps the rows of every cluster together', async () => {
    const tree = await AgglomerativeClustering.fit(points(200, 3, 6));
    const order = tree.leafOrder();
    expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
    for (const clusters of [2, 7, 40]) {
      const labels = tree.labels({ clusters });
      const changes = [...order].filter((row, i) => i > 0 && labels[row] !== labels[order[i - 1]]);
      expect(changes.length).toBe(clusters - 1);
    }
  });
});

describe('state', () => {
  it('restores an equal tree', async () => {
    const tree = await AgglomerativeClustering.fit(points(60, 3, 8));
    expect(AgglomerativeClustering.fromState(tree.state())).toEqual(tree);
  });

  it('refuses anything that is not a tree', async () => {
    const state = (await AgglomerativeClustering.fit(points(10, 3, 8))).state();
    const { data } = state.arrays.merges;
    for (const [at, value] of [
      [0, 99],
      [0, -1],
      [5, Number.NaN],
      [2, -1],
      [3, 7],
      [33, data[32]],
    ]) {
      const damaged = Float64Array.from(data);
      damaged[at] = value;
      const arrays = { merges: { data: damaged, shape: [9, 4] } };
      expect(() => AgglomerativeClustering.fromState({ ...state, arrays })).toThrow(/tree/);
    }
    expect(() => AgglomerativeClustering.fromState({ ...state, kind: 'PCA' })).toThrow(TypeError);
  });
});

const folder = realData('reference');
const file = (name: string) => readFileSync(join(folder, name)).buffer as ArrayBuffer;

describe.skipIf(!existsSync(folder))(`reference clusters (skipped without ${folder})`, () => {
  it.each([
    ['newreality_s0.bin', 42, 0],
    ['newreality_s0.Y.bin', 2, 1],
  ])('finds the twelve clusters of %s', async (name, cols, column) => {
    const labels = new Int32Array(file('newreality_s0.labels_lat_map_mod.i32.bin'));
    const tree = await AgglomerativeClustering.fit(matrix(new Float32Array(file(name)), 7183, cols));
    const expected = Array.from({ length: 7183 }, (_, i) => labels[i * 3 + column]);
    expect(samePartition(tree.labels({ clusters: 12 }), expected)).toBe(true);
  });
});
