import { describe, expect, it } from 'vitest';
import { type Matrix, nearestNeighbors } from '../../src/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { bruteForce, cosine, euclidean, normalMatrix } from '../support/tsne-reference.ts';

/** Compares every neighbor with a sort of all distances; nearly equal ones may come in any order. */
function expectExact(
  found: { indices: Uint32Array; distances: Float32Array; k: number },
  queries: Matrix,
  points: Matrix,
  distance = euclidean,
): void {
  const { indices, distances, k } = found;
  expect(indices.length).toBe(queries.rows * k);
  let worst = 0;
  for (let i = 0; i < queries.rows; i++) {
    bruteForce(queries, i, points, k, distance, queries !== points).forEach((expected, e) => {
      const at = i * k + e;
      const actual = distance(queries, i, points, indices[at]);
      for (const d of [distances[at], actual]) {
        worst = Math.max(worst, Math.abs(d - expected.distance) / (expected.distance + 1e-3));
      }
    });
    expect(new Set(indices.subarray(i * k, i * k + k)).size).toBe(k);
  }
  expect(worst).toBeLessThan(1e-5);
}

const X = normalMatrix(500, 9, seededRandom(1));
const query = normalMatrix(40, 9, seededRandom(2));

describe('nearestNeighbors', () => {
  it.each([1, 10, 499])('finds the %i nearest other rows', async (k) => {
    expectExact(await nearestNeighbors(X, { k }), X, X);
  });

  it('finds the rows nearest to queries', async () => {
    expectExact(await nearestNeighbors(X, { k: 500, query }), query, X);
    expectExact(await nearestNeighbors(X, { k: 3, query }), query, X);
  });

  it('measures cosine distances', async () => {
    expectExact(await nearestNeighbors(X, { k: 12, query, metric: 'cosine' }), query, X, cosine);
  });

  it('orders equal distances by index', async () => {
    const grid = [[0], [2], [1], [1], [1]];
    const { indices } = await nearestNeighbors(grid, { k: 4 });
    expect([...indices.subarray(0, 4)]).toEqual([2, 3, 4, 1]);
    expect([...indices.subarray(8, 12)]).toEqual([3, 4, 0, 1]);
  });

  it('is bit-identical for any number of threads', async () => {
    const one = await nearestNeighbors(X, { k: 20, threads: 1 });
    for (const threads of [2, 3, 8]) expect(await nearestNeighbors(X, { k: 20, threads })).toEqual(one);
  });

  it('finds most neighbors by the approximate search, with their exact distances', async () => {
    const rows = 20_000;
    const many = normalMatrix(rows, 6, seededRandom(4));
    const found = await nearestNeighbors(many, { k: 10, approximate: true });
    expect(await nearestNeighbors(many, { k: 10, approximate: true, threads: 3 })).toEqual(found);
    const exact = await nearestNeighbors(many, { k: 10 });
    let hits = 0;
    for (let i = 0; i < rows; i++) {
      const near = new Set(exact.indices.subarray(i * 10, i * 10 + 10));
      for (let at = i * 10; at < i * 10 + 10; at++) {
        const index = found.indices[at];
        hits += near.has(index) ? 1 : 0;
        if (i % 100 === 0) {
          expect(index).not.toBe(i);
          expect(found.distances[at]).toBeCloseTo(euclidean(many, i, many, index), 5);
        }
      }
    }
    expect(hits / (10 * rows)).toBeGreaterThan(0.97);
  });

  it('handles few rows, equal rows and the cosine in the approximate search', async () => {
    expect(await nearestNeighbors(X, { k: 20, approximate: true })).toEqual(
      await nearestNeighbors(X, { k: 20 }),
    );
    const same = { data: new Float32Array(6000 * 2).fill(3), rows: 6000, cols: 2 };
    const { indices, distances } = await nearestNeighbors(same, { k: 5, approximate: true });
    expect(distances.every((d) => d === 0)).toBe(true);
    expect(indices.every((index, at) => index !== Math.floor(at / 5))).toBe(true);
    const byAngle = await nearestNeighbors(X, { k: 499, metric: 'cosine', approximate: true });
    expectExact(byAngle, X, X, cosine);
    await expect(nearestNeighbors(X, { query, approximate: true })).rejects.toThrow(TypeError);
  });

  it('finds 10 neighbors by default, or fewer if there are fewer', async () => {
    expect((await nearestNeighbors(X)).k).toBe(10);
    expect((await nearestNeighbors([[1], [2], [4]])).k).toBe(2);
    expect((await nearestNeighbors([[1]])).k).toBe(0);
    expect((await nearestNeighbors([])).indices.length).toBe(0);
  });

  it('refuses bad arguments with an error that says what is wrong', async () => {
    await expect(nearestNeighbors(X, { k: 500 })).rejects.toThrow(
      new RangeError('Expected `k` in [0, 499] for 500 rows but received 500'),
    );
    await expect(nearestNeighbors(X, { query: [[1, 2]] })).rejects.toThrow(
      new RangeError('Expected `query` to have 9 columns but received 2'),
    );
    await expect(nearestNeighbors([[1], [Number.NaN]])).rejects.toThrow(/row 1, column 0 is nan/);
    // @ts-expect-error: no such metric
    await expect(nearestNeighbors(X, { metric: 'manhattan' })).rejects.toThrow(RangeError);
  });

  it('stops when aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(nearestNeighbors(X, { signal })).rejects.toThrow('enough');
  });
});
