// All that is written in a format is read back: numbers bit by bit and names, as a whole and in batches.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FORMATS } from '../../src/matrix-files/formats.ts';
import {
  type NamedMatrix,
  type NumberType,
  readMatrix,
  readRows,
  writeMatrix,
  writeRows,
} from '../../src/matrix-files/index.ts';
import { gatherAll } from '../support/bytes.ts';
import { runs } from '../support/gate.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const { path } = folder;

/** Names that every format can hold and that no reader takes for numbers. */
const word = fc.string({
  unit: fc.constantFrom('a', 'b', 'Z', '_', 'ä', '京', '"'),
  minLength: 1,
  maxLength: 5,
});

/** Matrices of a type; undefined for either. JSON does not have a negative zero. */
const matricesOf = (type: NumberType | undefined, bytes: boolean) =>
  fc
    .record({
      cols: fc.integer({ min: 1, max: 5 }),
      rows: fc.integer({ min: 1, max: 6 }),
      double: type === undefined ? fc.boolean() : fc.constant(type === 'float64'),
      names: fc.array(word, { minLength: 12, maxLength: 12 }),
    })
    .chain(({ cols, rows, double, names }) => {
      const length = rows * cols;
      const constraints = { minLength: length, maxLength: length };
      const finite = { noNaN: true, noDefaultInfinity: true };
      const data = bytes
        ? fc.array(fc.nat(255), constraints).map((values) => Float32Array.from(values))
        : double
          ? fc
              .array(fc.double(finite), constraints)
              .map((values) => Float64Array.from(values, (value) => value + 0))
          : fc
              .array(fc.float(finite), constraints)
              .map((values) => Float32Array.from(values, (value) => value + 0));
      const [ids, labels] = [names.slice(0, rows), names.slice(6, 6 + rows)];
      return data.map((values): NamedMatrix => ({ data: values, rows, cols, ids, labels }));
    });

/** A matrix as it is after a format has stored it. */
function kept(X: NamedMatrix, names: readonly ('ids' | 'labels')[]): NamedMatrix {
  const { data, rows, cols } = X;
  return {
    data,
    rows,
    cols,
    ...(names.includes('ids') && { ids: X.ids }),
    ...(names.includes('labels') && { labels: X.labels }),
  };
}

const endings = FORMATS.flatMap((format) =>
  format.endings.slice(0, 1).map((ending) => ({ ending, ...format })),
);

describe.each(endings)('.$ending', ({ ending, name, names, random, numbers }) => {
  const matrices = matricesOf(numbers, name === 'bvecs');
  for (const compression of ['', '.gz']) {
    if (compression !== '' && random) continue;
    const file = join(path, `x.${ending}${compression}`);

    test(`${ending}${compression}: a matrix is read back bit by bit`, async () => {
      await fc.assert(
        fc.asyncProperty(matrices, async (X) => {
          const written = await writeMatrix(file, X);
          const leftOut = (['ids', 'labels'] as const).filter((one) => !names.includes(one));
          expect(written).toEqual({ file, format: name, rows: X.rows, cols: X.cols, leftOut });
          const type = X.data.BYTES_PER_ELEMENT === 4 ? 'float32' : 'float64';
          expect(await readMatrix(file, { type })).toEqual(kept(X, names));
          const limited = await readMatrix(file, { type, limit: 1 });
          expect(limited).toMatchObject({ rows: 1, data: X.data.subarray(0, X.cols) });
        }),
        { numRuns: runs(25) },
      );
    });

    test(`${ending}${compression}: batches are read as they were written`, async () => {
      await fc.assert(
        fc.asyncProperty(matrices, fc.integer({ min: 1, max: 7 }), async (X, batchRows) => {
          const writer = await writeRows(file, compression === '' && name !== 'npz' ? {} : { rows: X.rows });
          for (let i = 0; i < X.rows; i++) {
            const ids = X.ids?.slice(i, i + 1);
            const labels = X.labels?.slice(i, i + 1);
            await writer.write({
              data: X.data.subarray(i * X.cols, (i + 1) * X.cols),
              rows: 1,
              cols: X.cols,
              ids,
              labels,
            });
          }
          await writer.close();
          const type = X.data.BYTES_PER_ELEMENT === 4 ? 'float32' : 'float64';
          const batches = await gatherAll(readRows(file, { type, batchRows }));
          expect(batches.map(({ start }) => start)).toEqual(batches.map((_, i) => i * batchRows));
          expect(batches.slice(0, -1).every(({ rows }) => rows === batchRows)).toBe(true);
          expect(batches.flatMap(({ data }) => [...data])).toEqual([...X.data]);
          if (names.includes('ids')) expect(batches.flatMap(({ ids }) => ids)).toEqual(X.ids);
        }),
        { numRuns: runs(12) },
      );
    });
  }
});

test('no other files are left', () => {
  expect(readdirSync(path).filter((name) => !name.startsWith('x.'))).toEqual([]);
});
