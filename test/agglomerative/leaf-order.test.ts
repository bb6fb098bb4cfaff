import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgglomerativeClustering } from '../../src/agglomerative/agglomerative.ts';
import type { Merges } from '../../src/agglomerative/merges.ts';
import { euclideanDistances, points } from '../support/linkage.ts';

const LINKAGES = ['ward', 'single', 'complete', 'average', 'weighted', 'centroid', 'median'] as const;

function lengthOf(order: ArrayLike<number>, distances: number[][]): number {
  return Array.from(order).reduce((sum, row, i) => (i > 0 ? sum + distances[order[i - 1]][row] : 0), 0);
}

/** Every order that the tree allows: the two parts of each merge in either order. */
function allOrders({ data, rows }: Merges): number[][] {
  let orders: number[][][] = Array.from({ length: rows + 1 }, (_, row) => [[row]]);
  for (let i = 0; i < rows; i++) {
    const [left, right] = [orders[data[4 * i]], orders[data[4 * i + 1]]];
    const both = left.flatMap((a) =>
      right.flatMap((b) => [
        [...a, ...b],
        [...b, ...a],
      ]),
    );
    orders = [...orders, both];
  }
  return orders[orders.length - 1];
}

describe('optimalLeafOrder', () => {
  it.each(LINKAGES)('is the shortest of all orders that a tree of %s linkage allows', async (linkage) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.nat(), async (n, seed) => {
        const X = points(n, 2, seed);
        const distances = euclideanDistances(X);
        const tree = await AgglomerativeClustering.fit(X, { linkage });
        const order = [...(await tree.optimalLeafOrder({ points: X }))];
        const orders = allOrders(tree.merges);
        expect(orders).toContainEqual(order);
        expect(order[0]).toBeLessThanOrEqual(order[n - 1]);
        const least = Math.min(...orders.map((candidate) => lengthOf(candidate, distances)));
        expect(lengthOf(order, distances)).toBeCloseTo(least, 9);
      }),
      { numRuns: process.env.GOD_LONG ? 500 : 40 },
    );
  });

  it('accepts points and distances in every form, and points other than those of the tree', async () => {
    const X = points(60, 3, 4);
    const distances = euclideanDistances(X);
    const tree = await AgglomerativeClustering.fit(X, { linkage: 'average' });
    const expected = await tree.optimalLeafOrder({ points: X });
    const condensed = distances.flatMap((row, i) => row.slice(i + 1));
    for (const given of [distances, condensed, Float64Array.from(condensed), Float32Array.from(condensed)]) {
      expect(await tree.optimalLeafOrder({ distances: given })).toEqual(expected);
    }
    const others = points(60, 5, 9);
    const apart = euclideanDistances(others);
    const order = await tree.optimalLeafOrder({ points: others });
    expect(lengthOf(order, apart)).toBeLessThan(lengthOf(expected, apart));
  });

  it('measures points by the given metric', async () => {
    const X = points(9, 3, 2);
    const tree = await AgglomerativeClustering.fit(X);
    const cityblock = euclideanDistances(X).map((row, i) =>
      row.map((_, j) => {
        let sum = 0;
        for (let k = 0; k < 3; k++) sum += Math.abs(X.data[3 * i + k] - X.data[3 * j + k]);
        return sum;
      }),
    );
    const order = await tree.optimalLeafOrder({ points: X }, { metric: 'cityblock' });
    const least = Math.min(...allOrders(tree.merges).map((candidate) => lengthOf(candidate, cityblock)));
    expect(lengthOf(order, cityblock)).toBeCloseTo(least, 5);
  });

  it('is the same for any number of threads and keeps clusters together', async () => {
    const X = points(700, 4, 1);
    const tree = await AgglomerativeClustering.fit(X);
    const one = await tree.optimalLeafOrder({ points: X }, { threads: 1 });
    expect(await tree.optimalLeafOrder({ points: X }, { threads: 3 })).toEqual(one);
    const labels = tree.labels({ clusters: 12 });
    expect([...one].filter((row, i) => i > 0 && labels[row] !== labels[one[i - 1]])).toHaveLength(11);
    const distances = euclideanDistances(X);
    expect(lengthOf(one, distances)).toBeLessThan(lengthOf(tree.leafOrder(), distances));
  });

  it('says how much memory it needs if that is too much', async () => {
    const X = points(2000, 2, 1);
    const tree = await AgglomerativeClustering.fit(X);
    await expect(tree.optimalLeafOrder({ points: X }, { maxMemory: 40e6 })).rejects.toThrow(
      /2000 rows needs 49 MB.*40 MB/,
    );
  });

  it('reports progress and stops when aborted', async () => {
    const X = points(3000, 2, 1);
    const tree = await AgglomerativeClustering.fit(X);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 100);
    const { signal } = controller;
    const seen: number[] = [];
    const running = tree.optimalLeafOrder(
      { points: X },
      { signal, threads: 1, onProgress: ({ fraction }) => seen.push(fraction) },
    );
    await expect(running).rejects.toThrow('enough');
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it.each([
    ['nothing', {}, TypeError],
    ['both', { points: [[1], [2], [3]], distances: [1, 2, 3] }, TypeError],
    ['too few points', { points: [[1], [2]] }, RangeError],
    ['too many distances', { distances: [1, 2, 3, 4, 5, 6] }, RangeError],
    ['a negative distance', { distances: [1, -2, 3] }, RangeError],
    ['NaN', { distances: [1, Number.NaN, 3] }, RangeError],
    ['a point that is not finite', { points: [[1], [Infinity], [2]] }, RangeError],
    ['an unknown name', { rows: [[1], [2], [3]] }, TypeError],
    ['a string', 'points', TypeError],
  ])('refuses %s', async (_, by, error) => {
    const tree = await AgglomerativeClustering.fit([[1], [2], [4]]);
    await expect(tree.optimalLeafOrder(by as never)).rejects.toThrow(error);
  });
});
