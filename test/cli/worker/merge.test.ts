import { binary, type Column, columnFromArray, int32, utf8 } from '@uwdata/flechette';
import { describe, expect, test } from 'vitest';
import { matrix, PCA } from '../../../src/index.ts';
import { arrowStream, godWorker } from '../../support/arrow-stream.ts';
import { seededRandom } from '../../support/bytes.ts';

const [rows, cols, partitions] = [6000, 5, 20];
const random = seededRandom(9);
const X = matrix(Float32Array.from({ length: rows * cols }, random), rows, cols);
const each = rows / partitions;

interface Part {
  readonly partition: number;
  readonly state: Uint8Array;
  readonly simd?: string;
  readonly blas?: string;
}

const sumOf = async (partition: number) => {
  const sum = PCA.accumulator(cols);
  await sum.add(matrix(X.data.slice(partition * each * cols, (partition + 1) * each * cols), each, cols));
  return sum;
};
const parts: readonly Part[] = await Promise.all(
  Array.from({ length: partitions }, async (_, partition) => ({
    partition,
    state: (await sumOf(partition)).toBytes(),
  })),
);

function streamOf(states: readonly Part[]): Buffer {
  const column = (values: unknown[], type?: Parameters<typeof columnFromArray>[1]) =>
    columnFromArray(values, type) as Column<unknown>;
  return arrowStream({
    partition: column(
      states.map(({ partition }) => partition),
      int32(),
    ),
    state: column(
      states.map(({ state }) => state),
      binary(),
    ),
    simd: column(
      states.map(({ simd }) => simd ?? 'avx2'),
      utf8(),
    ),
    blas: column(
      states.map(({ blas }) => blas ?? 'Haswell'),
      utf8(),
    ),
  });
}

function merged(states: readonly Part[]) {
  const { code, stderr, table } = godWorker(['merge'], streamOf(states));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { partition, state, simd, blas } = table?.at(0) ?? {};
  return { partition, state: Uint8Array.from(state), simd, blas, rows: table?.at(0).rows };
}

describe('god worker merge', () => {
  test('merges groups of eight neighbors in order, then the groups', async () => {
    const groups = [];
    for (const [from, to] of [
      [0, 8],
      [8, 16],
      [16, 20],
    ]) {
      const sum = await sumOf(from);
      for (let next = from + 1; next < to; next++) await sum.merge(await sumOf(next));
      groups.push(sum);
    }
    const [first, second, third] = groups;
    await first.merge(second);
    await first.merge(third);
    const found = merged(parts);
    expect(Buffer.from(found.state)).toEqual(Buffer.from(first.toBytes()));
    expect({ ...found, state: undefined }).toEqual({
      ...{ partition: 0, rows, state: undefined },
      ...{ simd: 'avx2', blas: 'Haswell' },
    });
  });

  test('gives the same bytes in whatever order states come, and if groups were merged elsewhere', () => {
    const whole = merged(parts);
    expect(merged(parts.toReversed())).toEqual(whole);
    const groups = [0, 1, 2].map((group) =>
      merged(parts.filter(({ partition }) => partition >> 3 === group)),
    );
    expect(groups.map(({ partition }) => partition)).toEqual([0, 1, 2]);
    expect(merged(groups)).toEqual(whole);
  });

  test('the model is that of a fit of all rows, to rounding', async () => {
    const pca = await PCA.accumulatorFromBytes(merged(parts).state).finish();
    const whole = await PCA.fit(X);
    expect(pca.rows).toBe(rows);
    pca.explainedVariance.forEach((variance, i) => {
      expect(variance / whole.explainedVariance[i]).toBeCloseTo(1, 7);
    });
    pca.components.data.forEach((loading, i) => {
      expect(loading).toBeCloseTo(whole.components.data[i], 5);
    });
  });

  test('numbers can have gaps, where partitions were empty', () => {
    const sparse = parts.filter(({ partition }) => partition % 9 === 1);
    expect(merged(sparse).rows).toBe(3 * each);
    expect(merged(sparse.slice(2)).partition).toBe(2);
  });

  test('no states give no row', () => {
    const { code, table } = godWorker(['merge'], streamOf([]));
    expect({ code, rows: table?.numRows }).toEqual({ code: 0, rows: 0 });
  });

  test('different processors are named, and a line says so', () => {
    const { code, stderr, table } = godWorker(
      ['merge'],
      streamOf([{ ...parts[0], simd: 'avx512' }, parts[1], { ...parts[2], simd: 'avx2+neon' }]),
    );
    expect({ code, simd: table?.at(0).simd }).toEqual({ code: 0, simd: 'avx2+avx512+neon' });
    expect(stderr).toBe(
      'god worker: the states come from different processors (avx2+avx512+neon; Haswell), which round differently\n',
    );
  });

  const damaged = parts[3].state.slice();
  damaged[100] ^= 1;
  const cases: [string, readonly Part[], RegExp][] = [
    ['a partition that comes twice', [...parts, parts[4]], /partition 4 comes twice$/],
    ['a damaged state', [parts[1], { partition: 3, state: damaged }], /partition 3: The bytes .* damaged/],
    [
      'something else',
      [{ partition: 0, state: new Uint8Array(3) }],
      /partition 0: Expected .* do not begin like them$/,
    ],
    [
      'other columns',
      [parts[0], { partition: 1, state: PCA.accumulator(3).toBytes() }],
      /partition 1: Expected `other` to have 5 columns but it has 3$/,
    ],
  ];
  test.each(cases)('%s ends with code 65, one line and no output', (_, states, line) => {
    const { code, stderr, stdout } = godWorker(['merge'], streamOf(states));
    expect({ code, stdout: stdout.length }).toEqual({ code: 65, stdout: 0 });
    expect(stderr.trimEnd()).toMatch(line);
  });
});
