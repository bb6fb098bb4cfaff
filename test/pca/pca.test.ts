import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrix, PCA } from '../../src/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { runs } from '../support/gate.ts';
import { angleBound, angleError, referencePca } from '../support/pca-reference.ts';
import { normalMatrix } from '../support/tsne-reference.ts';

/** Columns of decreasing scale, mixed with their neighbors, around a mean that is not zero. */
function correlated(rows: number, cols: number, seed = 1): Matrix {
  const X = normalMatrix(rows, cols, seededRandom(seed));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const e = i * cols + j;
      X.data[e] = X.data[e] / (1 + 0.3 * j) + (j > 0 ? 0.3 * (X.data[e - 1] - j + 1) : 0) + j;
    }
  }
  return X;
}

const bytes = (pca: PCA) =>
  [pca.components.data, pca.mean, pca.explainedVariance].map((a) => Buffer.from(a.buffer).toString('hex'));

function rowsOf(X: Matrix, from: number, to: number): Matrix {
  return matrix(X.data.slice(from * X.cols, to * X.cols), to - from, X.cols);
}

function expectOrthonormal({ data, rows, cols }: Matrix): void {
  for (let a = 0; a < rows; a++) {
    for (let b = a; b < rows; b++) {
      let dot = 0;
      for (let j = 0; j < cols; j++) dot += data[a * cols + j] * data[b * cols + j];
      expect(Math.abs(dot - (a === b ? 1 : 0))).toBeLessThan(2e-6);
    }
  }
}

function largestDifference(A: Matrix, B: Matrix): number {
  return A.data.reduce((most, value, e) => Math.max(most, Math.abs(value - B.data[e])), 0);
}

describe('PCA.fit', () => {
  it.each([
    [500, 10],
    [4000, 40],
    [5000, 70],
    [2300, 170],
  ])('agrees with a float64 reference on %i x %i', async (rows, cols) => {
    const X = correlated(rows, cols);
    const expected = referencePca(X);
    const pca = await PCA.fit(X);
    const total = expected.variances.reduce((a, b) => a + b);
    // The error that moments.hpp states, relative to the largest eigenvalue.
    const error = 4e-7 * expected.variances[0];
    for (let i = 0; i < 10; i++) {
      expect(Math.abs(pca.explainedVariance[i] / expected.variances[i] - 1)).toBeLessThan(1e-6);
      expect(pca.explainedVarianceRatio[i]).toBeCloseTo(expected.variances[i] / total, 6);
      expect(pca.singularValues[i]).toBeCloseTo(Math.sqrt(expected.variances[i] * (rows - 1)), 3);
      expect(angleError(pca.components, i, expected.vectors[i])).toBeLessThan(
        angleBound(expected.variances, i, error),
      );
    }
    for (let j = 0; j < cols; j++) expect(pca.mean[j]).toBeCloseTo(expected.mean[j], 6);
    expect(pca.totalVariance / total).toBeCloseTo(1, 6);
    expect(pca.rows).toBe(rows);
  });

  it('gives the same first components, however many are requested', async () => {
    const X = correlated(3000, 90);
    const all = await PCA.fit(X);
    const few = await PCA.fit(X, { components: 5 });
    // Both use the same covariance matrix; their eigenvectors come from two algorithms in float64.
    const error = 90 * 2 ** -53 * all.explainedVariance[0];
    for (let i = 0; i < 5; i++) {
      const row = all.components.data.subarray(i * 90, (i + 1) * 90);
      expect(angleError(few.components, i, row)).toBeLessThan(angleBound(all.explainedVariance, i, error));
      expect(few.explainedVariance[i]).toBeCloseTo(all.explainedVariance[i], 10);
    }
    const rest = all.explainedVariance.subarray(5).reduce((a, b) => a + b) / 85;
    expect(few.noiseVariance).toBeCloseTo(rest, 8);
    expect(all.noiseVariance).toBe(0);
  });

  it('agrees with the reference for more columns than rows', async () => {
    const X = correlated(20, 50);
    const expected = referencePca(X);
    const pca = await PCA.fit(X);
    expect(pca.components.rows).toBe(20);
    for (let i = 0; i < 19; i++) {
      expect(Math.abs(pca.explainedVariance[i] / expected.variances[i] - 1)).toBeLessThan(1e-9);
      expect(angleError(pca.components, i, expected.vectors[i])).toBeLessThan(1e-10);
    }
    expect(pca.explainedVariance[19]).toBeLessThan(1e-12);
    expectOrthonormal(pca.components);
  });

  it('keeps the fewest components that explain a fraction of the variance', async () => {
    const X = correlated(1000, 12);
    const all = await PCA.fit(X);
    for (const share of [0.01, 0.5, 0.9, 0.999, 0.999999]) {
      const { components } = await PCA.fit(X, { components: share });
      const sum = (k: number) => all.explainedVarianceRatio.subarray(0, k).reduce((a, b) => a + b, 0);
      expect(sum(components.rows)).toBeGreaterThanOrEqual(share);
      expect(sum(components.rows - 1)).toBeLessThan(share);
    }
  });

  it('gives zero variances and an orthonormal basis for data of lower rank', async () => {
    const X = correlated(400, 4);
    const doubled = matrix(
      Float32Array.from({ length: 3200 }, (_, e) => X.data[Math.floor(e / 8) * 4 + (e % 4)]),
      400,
      8,
    );
    const pca = await PCA.fit(doubled);
    expect(pca.explainedVariance[3]).toBeGreaterThan(0.01);
    for (const variance of pca.explainedVariance.subarray(4)) expect(variance).toBeLessThan(1e-12);
    expectOrthonormal(pca.components);
    for (const [rows, cols] of [
      [30, 4],
      [4, 30],
      [1, 1],
      [1, 6],
    ]) {
      const flat = await PCA.fit(matrix(new Float32Array(rows * cols).fill(2.5), rows, cols));
      expect(flat.totalVariance).toBe(0);
      expect([...flat.explainedVarianceRatio]).toEqual(new Array(Math.min(rows, cols)).fill(0));
      expect([...flat.mean]).toEqual(new Array(cols).fill(2.5));
      expectOrthonormal(flat.components);
    }
  });

  it('makes the largest loading of every component positive', async () => {
    const { data, rows, cols } = (await PCA.fit(correlated(800, 9, 5))).components;
    for (let i = 0; i < rows; i++) {
      const row = [...data.subarray(i * cols, (i + 1) * cols)];
      expect(Math.max(...row)).toBe(Math.max(...row.map(Math.abs)));
    }
  });

  it('gives the same bytes for 1, 2, 3 and 8 threads, run after run', async () => {
    for (const X of [correlated(9000, 70), correlated(60, 500), correlated(5000, 8)]) {
      const expected = bytes(await PCA.fit(X, { components: 6, threads: 1 }));
      for (const threads of [1, 2, 3, 8, 8]) {
        expect(bytes(await PCA.fit(X, { components: 6, threads }))).toEqual(expected);
      }
    }
  });

  it.each([0, -1, 11, 1.5, 1.0001, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %s components of 10 columns with a RangeError',
    async (components) => {
      const failure = PCA.fit(correlated(50, 10), { components });
      await expect(failure).rejects.toThrow(RangeError);
      await expect(failure).rejects.toThrow(/`components`.*\[1, 10\]/);
    },
  );

  it.each([null, '3', true, [], {}, 3n])('refuses components: %s with a TypeError', async (components) => {
    const failure = PCA.fit(correlated(50, 10), { components: components as number });
    await expect(failure).rejects.toThrow(TypeError);
  });

  it('does not change its input, and leaves it empty if it is moved', async () => {
    const X = correlated(300, 5);
    const before = X.data.slice();
    await PCA.fit(X);
    expect(X.data).toEqual(before);
    const expected = bytes(await PCA.fit(X));
    expect(bytes(await PCA.fit(X, { transfer: true }))).toEqual(expected);
    expect(X.data.length).toBe(0);
  });
});

describe('PCA.transform', () => {
  it('projects onto the components, and the inverse restores what they span', async () => {
    const X = correlated(3000, 70);
    const pca = await PCA.fit(X);
    const Z = await pca.transform(X);
    for (const r of [0, 1234, 2999]) {
      for (const i of [0, 69]) {
        let expected = 0;
        for (let j = 0; j < 70; j++)
          expected += (X.data[r * 70 + j] - pca.mean[j]) * pca.components.data[i * 70 + j];
        expect(Z.data[r * 70 + i]).toBeCloseTo(expected, 4);
      }
    }
    expect(largestDifference(await pca.inverseTransform(Z), X)).toBeLessThan(1e-4);
  });

  it('whitens to unit variance without magnifying directions without variance', async () => {
    const X = correlated(2000, 6);
    const flat = matrix(
      X.data.map((value, e) => (e % 6 === 5 ? 3 : value)),
      2000,
      6,
    );
    const { model, projections } = await PCA.fitTransform(flat, { whiten: true });
    for (let i = 0; i < 6; i++) {
      const squares = projections.data.reduce((sum, z, e) => (e % 6 === i ? sum + z * z : sum), 0) / 1999;
      expect(squares).toBeCloseTo(i < 5 ? 1 : 0, 4);
    }
    expect(largestDifference(await model.inverseTransform(projections), flat)).toBeLessThan(1e-4);
  });

  it('gives a row the same bits alone as among others, and refuses other columns', async () => {
    const X = correlated(2500, 20);
    const { model, projections } = await PCA.fitTransform(X, { components: 3 });
    const one = await model.transform(rowsOf(X, 2222, 2223));
    expect(one.data).toEqual(projections.data.slice(2222 * 3, 2223 * 3));
    expect(await model.transform([])).toMatchObject({ rows: 0, cols: 3 });
    await expect(model.transform(correlated(5, 19))).rejects.toThrow(/20 columns but received 19/);
    await expect(model.inverseTransform(X)).rejects.toThrow(/3 columns but received 20/);
  });

  it('is not affected by changes of the model while it runs', async () => {
    const X = correlated(20000, 60);
    const pca = await PCA.fit(X);
    const expected = await pca.transform(X);
    const running = pca.transform(X);
    structuredClone(pca.components.data.buffer, { transfer: [pca.components.data.buffer as ArrayBuffer] });
    pca.mean.fill(Number.NaN);
    X.data.fill(0);
    expect(largestDifference(await running, expected)).toBe(0);
  });
});

describe('an accumulator', () => {
  it.each([
    [7000, 70],
    [5000, 12],
    [2200, 200],
    [90, 12],
  ])('gives the bytes of the one-shot fit of %i x %i, however the rows are cut', async (rows, cols) => {
    const X = correlated(rows, cols);
    const expected = bytes(await PCA.fit(X, { components: 5 }));
    const random = seededRandom(9);
    for (const most of [1 + rows / 50, 1 + rows / 3, rows]) {
      const sum = PCA.accumulator(cols);
      for (let from = 0; from < rows; ) {
        const to = Math.min(rows, from + 1 + Math.floor(random() * most));
        await sum.add(rowsOf(X, from, to), { threads: 1 + Math.floor(random() * 3) });
        from = to;
      }
      expect(sum.rows).toBe(rows);
      expect(bytes(await sum.finish({ components: 5 }))).toEqual(expected);
      // A Buffer, as read from a file, is part of memory that it shares with others.
      const restored = PCA.accumulatorFromBytes(Buffer.concat([Buffer.of(0), sum.toBytes()]).subarray(1));
      expect(bytes(await restored.finish({ components: 5 }))).toEqual(expected);
    }
  });

  it('merges parts to the result of one fit, within 1e-6', async () => {
    const X = correlated(9001, 70);
    const whole = await PCA.fit(X);
    const [a, b, empty] = [PCA.accumulator(70), PCA.accumulator(70), PCA.accumulator(70)];
    await a.add(rowsOf(X, 0, 2500));
    await b.add(rowsOf(X, 2500, 9001));
    await a.merge(b);
    await a.merge(empty);
    await empty.merge(a);
    expect([a.rows, b.rows, empty.rows]).toEqual([9001, 6501, 9001]);
    for (const sum of [a, empty]) {
      const merged = await sum.finish();
      for (let i = 0; i < 70; i++) {
        expect(Math.abs(merged.explainedVariance[i] / whole.explainedVariance[i] - 1)).toBeLessThan(1e-6);
      }
    }
    await a.merge(a);
    expect(a.rows).toBe(18002);
  });

  it('leaves another one alone that shares its moments after a merge', async () => {
    const X = correlated(14_000, 12);
    const [a, b, c] = [PCA.accumulator(12), PCA.accumulator(12), PCA.accumulator(12)];
    await a.add(rowsOf(X, 0, 5000));
    await b.merge(a);
    await c.merge(b);
    const before = a.toBytes();
    for (const [from, to] of [
      [5000, 8000],
      [8000, 11_000],
      [11_000, 14_000],
    ])
      await b.add(rowsOf(X, from, to));
    expect(a.toBytes()).toEqual(before);
    expect(c.toBytes()).toEqual(before);
    expect(bytes(await b.finish())).toEqual(bytes(await PCA.fit(X)));
  });

  it('folds rows that wait for a full block: a small state, and the same model', async () => {
    const X = correlated(3000, 12);
    const sum = PCA.accumulator(12);
    await sum.add(X);
    const model = bytes(await sum.finish());
    const size = sum.toBytes().length;
    await sum.fold();
    expect(sum.rows).toBe(3000);
    expect(size - sum.toBytes().length).toBe(4 * 12 * (3000 - 2048));
    expect(bytes(await sum.finish())).toEqual(model);
    const merge = async (other: typeof sum) => {
      const into = PCA.accumulator(12);
      await into.add(correlated(100, 12));
      await into.merge(other);
      return bytes(await into.finish());
    };
    const unfolded = PCA.accumulator(12);
    await unfolded.add(X);
    expect(await merge(sum)).toEqual(await merge(unfolded));
  });

  it('moves a batch if asked to', async () => {
    const X = correlated(3000, 12);
    const expected = bytes(await PCA.fit(X));
    const sum = PCA.accumulator(12);
    await sum.add(X, { transfer: true });
    expect(X.data.length).toBe(0);
    expect(bytes(await sum.finish())).toEqual(expected);
  });

  it('can continue after finish, and can finish with fewer rows than columns', async () => {
    const X = correlated(30, 12);
    const sum = PCA.accumulator(12);
    await sum.add(rowsOf(X, 0, 5));
    const early = await sum.finish();
    expect(early.components.rows).toBe(5);
    expect(early.explainedVariance[0]).toBeCloseTo((await PCA.fit(rowsOf(X, 0, 5))).explainedVariance[0], 10);
    await sum.add(rowsOf(X, 5, 30));
    expect(bytes(await sum.finish())).toEqual(bytes(await PCA.fit(X)));
  });

  it('is unchanged if a call rejects', async () => {
    const X = correlated(5000, 12);
    const sum = PCA.accumulator(12);
    await sum.add(rowsOf(X, 0, 3000));
    const before = sum.toBytes();
    const damaged = rowsOf(X, 0, 2500);
    for (const at of [3, 2499 * 12 + 7]) {
      damaged.data[at] = Number.NaN;
      const place = `row ${Math.floor(at / 12)}, column ${at % 12}`;
      await expect(sum.add(damaged)).rejects.toThrow(place);
      damaged.data[at] = 0;
    }
    await expect(sum.add(correlated(5, 11))).rejects.toThrow(/12 columns but received 11/);
    await expect(sum.add(X, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    expect(sum.toBytes()).toEqual(before);
    await sum.add(rowsOf(X, 3000, 5000));
    expect(bytes(await sum.finish())).toEqual(bytes(await PCA.fit(X)));
  });

  it('processes calls in order, without the caller waiting for them', async () => {
    const X = correlated(6000, 12);
    const sum = PCA.accumulator(12);
    const calls = [0, 1000, 2000, 3000, 4000, 5000].map((from) => sum.add(rowsOf(X, from, from + 1000)));
    const finished = sum.finish();
    await Promise.all(calls);
    expect(bytes(await finished)).toEqual(bytes(await PCA.fit(X)));
  });

  it('refuses bytes that are cut short, changed or of another kind', async () => {
    const sum = PCA.accumulator(6);
    await sum.add(correlated(100, 6));
    const good = sum.toBytes();
    for (let length = 0; length < good.length; length += 7) {
      expect(() => PCA.accumulatorFromBytes(good.subarray(0, length))).toThrow(TypeError);
    }
    for (let at = 0; at < good.length; at++) {
      if (at === 6 || at === 7) continue; // padding of the magic word
      const changed = good.slice();
      changed[at] ^= 16;
      expect(() => PCA.accumulatorFromBytes(changed)).toThrow(TypeError);
    }
    expect(() => PCA.accumulatorFromBytes('GODPCA' as unknown as Uint8Array)).toThrow(TypeError);
  });

  it('refuses to finish without rows, and needs at least one column', async () => {
    await expect(PCA.accumulator(3).finish()).rejects.toThrow(/at least one row/);
    for (const columns of [0, -1, 1.5, 20000, Number.NaN]) {
      expect(() => PCA.accumulator(columns)).toThrow(RangeError);
    }
    expect(() => PCA.accumulator('3' as unknown as number)).toThrow(TypeError);
    const sum = PCA.accumulator(3);
    await expect(sum.merge(PCA.accumulator(4))).rejects.toThrow(/3 columns but it has 4/);
    await expect(sum.merge({} as typeof sum)).rejects.toThrow(TypeError);
  });
});

describe('the state of a PCA', () => {
  it('is restored from JSON and from its state without loss', async () => {
    const X = correlated(700, 9);
    const pca = await PCA.fit(X, { components: 4, whiten: true });
    for (const back of [PCA.fromJSON(JSON.parse(JSON.stringify(pca))), PCA.fromState(pca.state())]) {
      expect(bytes(back)).toEqual(bytes(pca));
      expect(back).toMatchObject({ rows: 700, whiten: true, noiseVariance: pca.noiseVariance });
      expect(await back.transform(X)).toEqual(await pca.transform(X));
    }
  });

  it.each<[string, (json: Record<string, never>) => unknown]>([
    ['null', () => null],
    ['an array', () => []],
    ['another kind', (json) => ({ ...json, kind: 'TSNE' })],
    ['another version', (json) => ({ ...json, version: 99 })],
    ['no arrays', (json) => ({ ...json, arrays: undefined })],
    ['no mean', (json) => ({ ...json, arrays: { ...(json.arrays as object), mean: undefined } })],
    ['a short mean', (json) => ({ ...json, arrays: { ...(json.arrays as object), mean: float64([1]) } })],
    [
      'a mean of words',
      (json) => ({ ...json, arrays: { ...(json.arrays as object), mean: float64(['a']) } }),
    ],
    [
      'an unknown type',
      (json) => ({
        ...json,
        arrays: { ...(json.arrays as object), mean: { type: 'Map', shape: [], data: [] } },
      }),
    ],
    ['rows of -1', (json) => ({ ...json, values: { ...(json.values as object), rows: -1 } })],
  ])('refuses JSON that is or has %s', async (_, change) => {
    const json = JSON.parse(JSON.stringify(await PCA.fit(correlated(20, 3))));
    expect(() => PCA.fromJSON(change(json))).toThrow(/Expected/);
  });
});

const float64 = (data: unknown[]) => ({ type: 'Float64Array', shape: [data.length], data });

describe('properties of every PCA', () => {
  const matrices = fc
    .record({
      rows: fc.integer({ min: 1, max: 40 }),
      cols: fc.integer({ min: 1, max: 12 }),
      seed: fc.integer({ min: 1, max: 2 ** 30 }),
      exponent: fc.integer({ min: -12, max: 12 }),
      center: fc.integer({ min: -50, max: 50 }),
    })
    .map(({ rows, cols, seed, exponent, center }) => {
      const X = normalMatrix(rows, cols, seededRandom(seed));
      return matrix(
        X.data.map((value) => (value + center) * 10 ** exponent),
        rows,
        cols,
      );
    });

  const property = (name: string, holds: (X: Matrix) => Promise<void>) =>
    it(name, async () => fc.assert(fc.asyncProperty(matrices, holds), { numRuns: runs(60) }));

  property('components are orthonormal', async (X) => expectOrthonormal((await PCA.fit(X)).components));

  property('variances descend and sum up to the variance of the columns', async (X) => {
    const { explainedVariance, totalVariance } = await PCA.fit(X);
    for (let i = 1; i < explainedVariance.length; i++) {
      expect(explainedVariance[i]).toBeLessThanOrEqual(explainedVariance[i - 1]);
    }
    const expected = referencePca(X).variances.reduce((a, b) => a + b, 0);
    expect(Math.abs(totalVariance - expected)).toBeLessThanOrEqual(1e-9 * expected);
  });

  property('all components together restore the data', async (X) => {
    const { model, projections } = await PCA.fitTransform(X);
    const size = X.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const restored = await model.inverseTransform(projections);
    expect(largestDifference(restored, X)).toBeLessThanOrEqual(1e-5 * size);
  });

  property('a move of all rows changes the mean and nothing else', async (X) => {
    const size = X.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const step = 2 ** Math.ceil(Math.log2(size + 1e-30)); // keeps the rounding of the sum small
    const moved = matrix(
      X.data.map((value) => value + step),
      X.rows,
      X.cols,
    );
    const [a, b] = [await PCA.fit(X), await PCA.fit(moved)];
    const most = a.explainedVariance[0] + (size * 1e-6) ** 2;
    for (let i = 0; i < a.explainedVariance.length; i++) {
      const error = Math.abs(a.explainedVariance[i] - b.explainedVariance[i]);
      expect(error).toBeLessThanOrEqual(1e-5 * most + 1e-6 * size * Math.sqrt(most));
    }
  });

  property('any cut into two batches gives the same bits', async (X) => {
    if (X.rows < X.cols) return;
    const cut = Math.floor(X.rows / 3);
    const sum = PCA.accumulator(X.cols);
    await sum.add(rowsOf(X, 0, cut));
    await sum.add(rowsOf(X, cut, X.rows));
    expect(bytes(await sum.finish())).toEqual(bytes(await PCA.fit(X)));
  });
});
