import { describe, expect, it, test } from 'vitest';
import { type Matrix, matrix, PCA } from '../../src/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { angleError, referencePca } from '../support/pca-reference.ts';
import { normalMatrix } from '../support/tsne-reference.ts';

/** Four columns whose units differ by a factor of a million, and a constant one. */
function units(): Matrix {
  const values = Array.from({ length: 30 }, (_, i) => [
    ...[0, 1, 2, 3].map(
      (j) => (Math.sin(i * (j + 1)) + (j === 2 ? 0.5 * Math.cos(i) : 0)) * 10 ** (2 * j - 3),
    ),
    7,
  ]);
  return matrix(Float32Array.from(values.flat()), 30, 5);
}

const close = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 2e-6) =>
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i] - value)).toBeLessThan(tolerance * Math.max(1, Math.abs(value)));
  });

describe('scale: true', () => {
  it("agrees with scikit-learn's PCA of columns with unit variance", async () => {
    // sklearn 1.x: PCA().fit(StandardScaler().fit_transform(X) * sqrt(29 / 30)), signs by the largest loading.
    const pca = await PCA.fit(units(), { scale: true });
    close(pca.explainedVariance, [1.10803067, 1.06884042, 0.94771218, 0.87541673, 0]);
    close(pca.components.data, [
      ...[0.18972916, -0.63002734, -0.25787779, 0.70750791, 0],
      ...[0.61984172, -0.32352388, 0.6850212, -0.2046326, 0],
      ...[0.76125362, 0.40750781, -0.50379646, -0.02488858, 0],
      ...[0.01708866, 0.57648524, 0.458731, 0.67597235, 0],
    ]);
    close(pca.scale ?? [], [7.0728292e-4, 7.19188621e-2, 7.71581561, 710.114363, 1], 1e-8);
    expect(pca.totalVariance).toBeCloseTo(4, 6);
    const two = await PCA.fit(units(), { scale: true, components: 2 });
    const Z = await two.transform(units());
    close(Z.data.slice(2, 4), [-1.44694272, 0.90189172]);
    const X = await two.inverseTransform(Z);
    close(X.data.slice(5, 10), [2.43493425e-4, 4.71748659e-2, 7.43386202, -869.111097, 7]);
  });

  it('restores the data from all components, to seven digits of each column', async () => {
    const X = units();
    const pca = await PCA.fit(X, { scale: true });
    const again = await pca.inverseTransform(await pca.transform(X));
    const scale = pca.scale ?? [];
    X.data.forEach((value, at) => {
      expect(Math.abs(again.data[at] - value) / scale[at % 5]).toBeLessThan(3e-6);
    });
  });

  it.each([
    ['more rows than columns', 300, 12],
    ['more rows than columns, in float32', 3000, 70],
    ['more columns than rows', 20, 50],
  ])('agrees with a float64 reference: %s', async (_, rows, cols) => {
    const X = normalMatrix(rows, cols, seededRandom(3));
    X.data.forEach((value, at) => {
      X.data[at] = (value + 0.5 * X.data[at - (at % cols)]) * 10 ** ((at % 9) - 4);
    });
    const pca = await PCA.fit(X, { scale: true, components: 5 });
    const expected = referencePca(scaledBy(X, pca.scale ?? []));
    for (let i = 0; i < 5; i++) {
      expect(Math.abs(pca.explainedVariance[i] / expected.variances[i] - 1)).toBeLessThan(1e-5);
    }
    expect(angleError(pca.components, 0, expected.vectors[0])).toBeLessThan(1e-4);
  });

  it('whitens to unit variance', async () => {
    const pca = await PCA.fit(units(), { scale: true, whiten: true, components: 3 });
    const Z = await pca.transform(units());
    for (let k = 0; k < 3; k++) {
      const column = Array.from({ length: 30 }, (_, i) => Z.data[3 * i + k]);
      expect(column.reduce((sum, value) => sum + value ** 2, 0) / 29).toBeCloseTo(1, 5);
    }
  });

  it('gives the same bits from an accumulator and for any number of threads', async () => {
    const X = normalMatrix(5000, 70, seededRandom(4));
    const fits = [1, 2, 5].map((threads) => PCA.fit(X, { scale: true, threads }));
    const sum = PCA.accumulator(70);
    for (let row = 0; row < 5000; row += 700) {
      await sum.add(matrix(X.data.slice(row * 70, (row + 700) * 70), Math.min(700, 5000 - row), 70));
    }
    const all = [...(await Promise.all(fits)), await sum.finish({ scale: true })];
    const bytes = all.map((pca) => JSON.stringify(pca));
    expect(new Set(bytes).size).toBe(1);
  });

  it('accepts time stamps, whose differences float32 cannot hold', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => [1.7e12 + 100 * Math.sin(i), 1e-3 * Math.cos(3 * i)]);
    const pca = await PCA.fit(rows, { scale: true });
    expect(pca.totalVariance).toBeCloseTo(2, 6);
    const sine = rows.map((_, i) => 100 * Math.sin(i));
    const mean = sine.reduce((sum, value) => sum + value) / 50;
    const squares = sine.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(pca.scale?.[0]).toBeCloseTo(Math.sqrt(squares / 49), 4);
  });

  it('keeps constant data at 0', async () => {
    const pca = await PCA.fit(
      [
        [3, 5],
        [3, 5],
        [3, 5],
      ],
      { scale: true },
    );
    expect([...pca.explainedVariance, ...(pca.scale ?? [])]).toEqual([0, 0, 1, 1]);
    expect([...(await pca.transform([[3, 5]])).data].map(Math.abs)).toEqual([0, 0]);
  });
});

test('a PCA with a scale is restored from JSON, and an invalid scale is refused', async () => {
  const pca = await PCA.fit(units(), { scale: true, components: 2 });
  const again = PCA.fromJSON(JSON.parse(JSON.stringify(pca)));
  expect(PCA.fromState(pca.state())).toEqual(pca);
  expect(again.scale).toEqual(pca.scale);
  expect(await again.transform(units())).toEqual(await pca.transform(units()));
  const state = pca.state();
  for (const data of [
    new Float64Array(4).fill(1),
    Float64Array.of(1, 1, 0, 1, 1),
    new Float64Array(5).fill(Number.NaN),
  ]) {
    const arrays = { ...state.arrays, scale: { data, shape: [data.length] } };
    expect(() => PCA.fromState({ ...state, arrays })).toThrow('a scale above 0 for each of 5 columns');
  }
  expect((await PCA.fit(units())).scale).toBeUndefined();
});

/** The columns minus their means, divided by `scale`. */
function scaledBy(X: Matrix, scale: ArrayLike<number>): Matrix {
  const data = X.data.map((value, at) => value / scale[at % X.cols]);
  return { ...X, data };
}
