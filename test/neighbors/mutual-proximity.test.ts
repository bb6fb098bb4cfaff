import { describe, expect, it } from 'vitest';
import { MutualProximity, matrix } from '../../src/index.ts';
import { points } from '../support/linkage.ts';

const rows = 300;
const X = points(rows, 6, 1);
const kinds = ['sound', 'text', 'image'];
const groups = Array.from({ length: rows }, (_, row) => kinds[(row * 7) % 3]);

/** Mutual proximity by its definition, with the complementary error function of Numerical Recipes (erfcc), to 1.2e-7. */
function beyond(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const series = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223,
  ].reduce((sum, c) => sum * t + c, 0);
  const tail = t * Math.exp(-x * x + series);
  return z >= 0 ? tail / 2 : 1 - tail / 2;
}

function distance(a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < X.cols; c++) sum += (X.data[a * X.cols + c] - X.data[b * X.cols + c]) ** 2;
  return Math.sqrt(sum);
}

function moments(row: number, group: string) {
  const all = groups.flatMap((other, j) => (other === group && j !== row ? [distance(row, j)] : []));
  const mean = all.reduce((sum, d) => sum + d, 0) / all.length;
  return { mean, deviation: Math.sqrt(all.reduce((sum, d) => sum + (d - mean) ** 2, 0) / all.length) };
}

describe('MutualProximity', () => {
  it('finds the rows with the highest mutual proximity in every group', async () => {
    const proximity = await MutualProximity.fit(X, { groups });
    expect(proximity.groups).toEqual(
      ['sound', 'text', 'image'].sort((a, b) => groups.indexOf(a) - groups.indexOf(b)),
    );
    const { indices, proximities, distances, k } = await proximity.neighbors({ k: 2 });
    for (const row of [0, 1, 2, 151, 299]) {
      proximity.groups.forEach((group, g) => {
        const mine = moments(row, group as string);
        const expected = groups
          .flatMap((other, j) => (other === group && j !== row ? [j] : []))
          .map((j) => {
            const theirs = moments(j, groups[row]);
            const d = distance(row, j);
            return {
              j,
              mp: beyond((d - mine.mean) / mine.deviation) * beyond((d - theirs.mean) / theirs.deviation),
            };
          })
          .sort((a, b) => b.mp - a.mp);
        for (let e = 0; e < k; e++) {
          const at = (row * 3 + g) * k + e;
          expect(indices[at]).toBe(expected[e].j);
          expect(proximities[at]).toBeCloseTo(expected[e].mp, 5);
          expect(distances[at]).toBeCloseTo(distance(row, expected[e].j), 4);
        }
      });
    }
  });

  it('gives a fitted row as a query the same neighbors, and itself', async () => {
    const proximity = await MutualProximity.fit(X, { groups });
    const { indices } = await proximity.query(matrix(X.data.slice(0, 2 * X.cols), 2, X.cols), {
      groups: groups.slice(0, 2),
      k: 1,
    });
    expect(indices[proximity.groups.indexOf(groups[0])]).toBe(0);
    expect(indices[3 + proximity.groups.indexOf(groups[1])]).toBe(1);
  });

  it('treats all rows as one group by default', async () => {
    const proximity = await MutualProximity.fit([[0], [1], [3]]);
    expect(proximity.groups).toEqual(['all']);
    expect([...(await proximity.neighbors({ k: 1 })).indices]).toEqual([1, 0, 1]);
    expect([...(await proximity.query([[2.9]], { k: 1 })).indices]).toEqual([2]);
  });

  it('marks places that a small group leaves empty', async () => {
    const proximity = await MutualProximity.fit([[0], [1], [3]], { groups: ['a', 'a', 'b'] });
    const { indices, proximities } = await proximity.neighbors({ k: 2 });
    expect([...indices.slice(0, 4)]).toEqual([1, -1, 2, -1]);
    expect(proximities[1]).toBe(0);
  });

  it('refuses groups that do not match the rows', async () => {
    await expect(MutualProximity.fit(X, { groups: ['a'] })).rejects.toThrow(RangeError);
    await expect(MutualProximity.fit([], {})).rejects.toThrow(RangeError);
    const proximity = await MutualProximity.fit(X, { groups });
    const query = [[1, 2, 3, 4, 5, 6]];
    await expect(proximity.query(query, { groups: ['smell'] })).rejects.toThrow(/'smell'|smell/);
    await expect(proximity.query(query)).rejects.toThrow(TypeError);
    await expect(proximity.query([[1, 2]], { groups: ['text'] })).rejects.toThrow(RangeError);
    await expect(proximity.neighbors({ k: 0 })).rejects.toThrow(RangeError);
  });
});
