import { describe, expect, it } from 'vitest';
import { type Matrix, matrix } from '../../src/matrix.ts';
import { medoids, silhouette, trustworthiness } from '../../src/metrics/metrics.ts';
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

/** 1 - cos by its definition, with rows of zeros as in `metric`. */
function cosineDistances(X: Matrix): number[][] {
  const rows = Array.from({ length: X.rows }, (_, i) => [...X.data.subarray(i * X.cols, (i + 1) * X.cols)]);
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, k) => sum + value * y[k], 0);
  const isZero = (x: number[]) => x.every((value) => value === 0);
  const distance = (x: number[], y: number[]) => {
    if (isZero(x) || isZero(y)) return isZero(x) && isZero(y) ? 0 : 1;
    return 1 - dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  };
  return rows.map((x) => rows.map((y) => distance(x, y)));
}

const DISTANCES = { euclidean: euclideanDistances, cosine: cosineDistances };

function plainSilhouette(distances: number[][], labels: number[]): number[] {
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
  ])('equals the plain ranking of all pairs for %i rows and %i neighbors', async (rows, neighbors) => {
    const X = points(rows, 6, 1);
    const Y = points(rows, 2, 2);
    Y.data.forEach((value, i) => {
      Y.data[i] = value * 0.5 + X.data[Math.floor(i / 2) * 6 + (i % 2)]; // a map that preserves something of X
    });
    expect(await trustworthiness(X, Y, { neighbors })).toBeCloseTo(plainTrustworthiness(X, Y, neighbors), 12);
  });

  it('is 1 if the map is the data itself, for any number of threads', async () => {
    const X = points(500, 4, 3);
    for (const threads of [1, 2, 5]) expect(await trustworthiness(X, X, { threads })).toBe(1);
  });

  it('uses fewer neighbors by default if there are few rows', async () => {
    expect(await trustworthiness(points(3, 2, 1), points(3, 2, 1))).toBe(1);
  });

  it.each([
    ['different row counts', points(10, 2, 1), points(9, 2, 1), {}, RangeError],
    ['two rows', points(2, 2, 1), points(2, 2, 1), {}, RangeError],
    ['too many neighbors', points(10, 2, 1), points(10, 2, 1), { neighbors: 5 }, RangeError],
    ['no neighbors', points(10, 2, 1), points(10, 2, 1), { neighbors: 0 }, RangeError],
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
    const expected = plainSilhouette(euclideanDistances(X), labels);
    const actual = await silhouette(X, labels);
    actual.values.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 9);
    });
    const mean = expected.reduce((sum, value) => sum + value, 0) / rows;
    expect(actual.mean).toBeCloseTo(mean, 9);
    const first = expected.filter((_, i) => labels[i] === 0);
    expect(actual.clusters[0]).toBeCloseTo(first.reduce((sum, value) => sum + value, 0) / first.length, 9);
  });

  it.each([false, true])('by cosine agrees with the definition; rows of zeros: %s', async (zeros) => {
    const X = points(300, 4, 11);
    if (zeros) for (const row of [0, 7, 299]) X.data.fill(0, row * 4, row * 4 + 4);
    const labels = Array.from({ length: 300 }, (_, i) => (i * 31) % 4);
    const expected = plainSilhouette(cosineDistances(X), labels);
    const { values } = await silhouette(X, labels, { metric: 'cosine' });
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 9);
    });
    const scaled = matrix(
      X.data.map((value, i) => value * 2 ** ((i >> 2) % 60)),
      300,
      4,
    );
    expect(await silhouette(scaled, labels, { metric: 'cosine' })).toEqual(
      await silhouette(X, labels, { metric: 'cosine' }),
    );
  });

  it('is 0 for a row alone in its cluster and for labels without rows', async () => {
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
    ['labels that are not an array', [[1], [2]], 'ab', TypeError],
  ])('refuses %s', async (_, X, labels, error) => {
    await expect(silhouette(X as Matrix, labels as number[])).rejects.toThrow(error);
  });
});

describe('medoids', () => {
  it.each([
    ['euclidean', 3, 1],
    ['euclidean', 150, 3],
    ['euclidean', 1300, 2],
    ['cosine', 150, 40],
    ['cosine', 700, 5],
  ] as const)(
    'have the least mean distance by %s in their cluster: %i rows, %i clusters',
    async (metric, rows, count) => {
      const X = points(rows, 3, rows + count);
      if (metric === 'cosine') X.data.fill(0, 0, 6);
      const labels = Array.from({ length: rows }, (_, i) => (i * 7919) % count);
      const distances = DISTANCES[metric](X);
      const found = await medoids(X, labels, { metric, threads: 1 });
      expect(found.length).toBe(count);
      for (const [label, row] of found.entries()) {
        expect(labels[row]).toBe(label);
        const members = labels.flatMap((of, i) => (of === label ? [i] : []));
        const sums = members.map((i) => members.reduce((sum, j) => sum + distances[i][j], 0));
        expect(sums[members.indexOf(row)]).toBeCloseTo(Math.min(...sums), 9);
      }
      expect(await medoids(X, labels, { metric, threads: 3 })).toEqual(found);
    },
  );

  it('are the lowest of equally good rows, and -1 for labels without rows', async () => {
    const square = [
      [9, 9],
      [0.1, 0.7],
      [1.1, 0.7],
      [0.1, 1.7],
      [1.1, 1.7],
    ];
    expect([...(await medoids(square, [3, 1, 1, 1, 1]))]).toEqual([-1, 1, -1, 0]);
    expect([...(await medoids([[5], [5], [5]], [0, 0, 0]))]).toEqual([0]);
    expect([...(await medoids(matrix(new Float32Array(0), 0, 2), []))]).toEqual([]);
  });

  it('keep the differences of doubles', async () => {
    const at = [0, 1000, 1400, 60000].map((ms) => [1.7e12 + ms]);
    expect([...(await medoids(at, [0, 0, 0, 1]))]).toEqual([1, 3]);
  });

  it('refuse labels that do not match, and other metrics', async () => {
    await expect(medoids([[1], [2]], [0])).rejects.toThrow(RangeError);
    await expect(medoids([[1], [2]], [0, -1])).rejects.toThrow('row 1 has -1');
    const metric = 'chebyshev' as 'cosine';
    await expect(medoids([[1], [2]], [0, 1], { metric })).rejects.toThrow('`metric`');
  });

  it('stop when aborted', async () => {
    const signal = AbortSignal.timeout(5);
    const long = medoids(points(9000, 60, 5), new Int32Array(9000), { signal, threads: 1 });
    await expect(long).rejects.toThrow(/timeout|abort/i);
  });
});
