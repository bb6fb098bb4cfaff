import { describe, expect, it } from 'vitest';
import { type Matrix, matrix } from '../../src/matrix.ts';
import { silhouette, trustworthiness } from '../../src/metrics/metrics.ts';
import { seededRandom } from '../support/bytes.ts';
import { euclideanDistances } from '../support/linkage.ts';

function points(rows: number, cols: number, seed: number): Matrix {
  const random = seededRandom(seed);
  const data = Float32Array.from({ length: rows * cols }, () => random() + random() + random() - 1.5);
  return matrix(data, rows, cols);
}

function plainTrustworthiness(X: Matrix, Y: Matrix, k: number): number {
  const n = X.rows;
  const ranking = (row: number[], i: number) =>
    [...row.keys()].filter((j) => j !== i).sort((a, b) => row[a] - row[b] || a - b);
  const inX = euclideanDistances(X).map(ranking);
  const inY = euclideanDistances(Y).map(ranking);
  let penalty = 0;
  for (let i = 0; i < n; i++) {
    for (const j of inY[i].slice(0, k)) penalty += Math.max(0, inX[i].indexOf(j) + 1 - k);
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * penalty;
}

function plainSilhouette(X: Matrix, labels: number[]): number[] {
  const distances = euclideanDistances(X);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return labels.map((own, i) => {
    const others = [...new Set(labels)].map((label) => ({
      label,
      distances: distances[i].filter((_, j) => j !== i && labels[j] === label),
    }));
    const within = others.find(({ label }) => label === own)?.distances ?? [];
    if (within.length === 0) return 0;
    const between = Math.min(
      ...others.filter(({ label }) => label !== own).map((other) => mean(other.distances)),
    );
    return (between - mean(within)) / Math.max(between, mean(within));
  });
}

describe('trustworthiness', () => {
  it.each([
    [40, 3],
    [200, 15],
    [201, 100],
  ])('equals the plain ranking of all pairs for %i rows and %i neighbours', async (rows, neighbors) => {
    const X = points(rows, 6, 1);
    const Y = points(rows, 2, 2);
    Y.data.forEach((value, i) => {
      Y.data[i] = value * 0.5 + X.data[Math.floor(i / 2) * 6 + (i % 2)]; // a map with some truth in it
    });
    expect(await trustworthiness(X, Y, { neighbors })).toBeCloseTo(plainTrustworthiness(X, Y, neighbors), 12);
  });

  it('is 1 for a map that is the data itself, for every number of threads', async () => {
    const X = points(500, 4, 3);
    for (const threads of [1, 2, 5]) expect(await trustworthiness(X, X, { threads })).toBe(1);
  });

  it('uses fewer neighbours by default when there are few rows', async () => {
    expect(await trustworthiness(points(3, 2, 1), points(3, 2, 1))).toBe(1);
  });

  it.each([
    ['different row counts', points(10, 2, 1), points(9, 2, 1), {}, RangeError],
    ['two rows', points(2, 2, 1), points(2, 2, 1), {}, RangeError],
    ['too many neighbours', points(10, 2, 1), points(10, 2, 1), { neighbors: 5 }, RangeError],
    ['no neighbours', points(10, 2, 1), points(10, 2, 1), { neighbors: 0 }, RangeError],
    ['NaN', [[1], [Number.NaN], [3]], points(3, 2, 1), {}, RangeError],
    ['no matrix', 'X', points(3, 2, 1), {}, TypeError],
  ])('refuses %s', async (_, X, Y, options, error) => {
    await expect(trustworthiness(X as Matrix, Y, options)).rejects.toThrow(error);
  });

  it('stops when aborted', async () => {
    const X = points(6000, 60, 5);
    const signal = AbortSignal.timeout(20);
    await expect(trustworthiness(X, X, { signal, threads: 1 })).rejects.toThrow(/timeout|abort/i);
  });
});

describe('silhouette', () => {
  it.each([
    [2, 2],
    [150, 3],
    [600, 12],
  ])('equals the definition for %i rows in %i clusters', async (rows, clusters) => {
    const X = points(rows, 5, rows);
    const labels = Array.from({ length: rows }, (_, i) => (i * 7919) % clusters);
    const expected = plainSilhouette(X, labels);
    const actual = await silhouette(X, labels);
    actual.values.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 9);
    });
    const mean = expected.reduce((sum, value) => sum + value, 0) / rows;
    expect(actual.mean).toBeCloseTo(mean, 9);
    const first = expected.filter((_, i) => labels[i] === 0);
    expect(actual.clusters[0]).toBeCloseTo(first.reduce((sum, value) => sum + value, 0) / first.length, 9);
  });

  it('gives 0 to a row alone in its cluster and to labels that no row has', async () => {
    const { values, clusters } = await silhouette([[0], [1], [5]], [0, 0, 2]);
    expect(values[2]).toBe(0);
    expect([...clusters]).toEqual([(values[0] + values[1]) / 2, 0, 0]);
  });

  it.each([
    ['one cluster', [[1], [2]], [0, 0], RangeError],
    ['no rows', matrix(new Float32Array(0), 0, 1), [], RangeError],
    ['too few labels', [[1], [2]], [0], RangeError],
    ['a negative label', [[1], [2]], [0, -1], RangeError],
    ['a label beyond the rows', [[1], [2]], [0, 2], RangeError],
    ['half a label', [[1], [2]], [0, 0.5], RangeError],
    ['Infinity', [[1], [Number.POSITIVE_INFINITY]], [0, 1], RangeError],
    ['labels that are no array', [[1], [2]], 'ab', TypeError],
  ])('refuses %s', async (_, X, labels, error) => {
    await expect(silhouette(X as Matrix, labels as number[])).rejects.toThrow(error);
  });
});
