import { expect, test } from 'vitest';
import { nearestNeighbors } from '../../src/neighbors/neighbors.ts';
import { partNeighbors } from '../../src/pipeline/part-neighbors.ts';
import { union } from '../../src/pipeline/rows.ts';
import { seededRandom } from '../support/bytes.ts';

/** With `levels`, coordinates have only this many values, so that most distances are equal to others. */
function points(rows: number, cols: number, seed: number, levels = 0) {
  const random = seededRandom(seed);
  const value = levels > 0 ? () => Math.floor(random() * levels) : random;
  return { data: Float32Array.from({ length: rows * cols }, value), rows, cols };
}

test.each([
  ['of different sizes', [400, 37, 150], 5, 0],
  ['with equal distances', [60, 90, 70], 2, 4],
  ['with fewer rows than neighbors', [3, 1, 40], 4, 0],
  ['that are one', [120], 6, 0],
  ['of single rows', [1, 1], 3, 0],
])('neighbors in parts %s are those in each part, and in the union', async (_, sizes, cols, levels) => {
  const parts = sizes.map((rows, p) => points(rows, cols, 7 + p, levels));
  const all = union(parts);
  const { own, indices, k } = await partNeighbors(parts, 10, { threads: 2 });
  expect(k).toBe(Math.min(10, all.rows - 1));
  expect(indices).toEqual((await nearestNeighbors(all, { k })).indices);
  for (const [p, part] of parts.entries()) {
    expect(own[p]).toEqual(await nearestNeighbors(part, { k: Math.min(k, part.rows - 1) }));
  }
});

test('a single row has no neighbors', async () => {
  expect(await partNeighbors([points(1, 2, 1)], 10, {})).toMatchObject({ k: 0, indices: new Uint32Array(0) });
});
