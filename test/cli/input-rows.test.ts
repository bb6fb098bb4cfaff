import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InputRows } from '../../src/cli/kernels/input.ts';
import { writeMatrix } from '../../src/matrix-files/index.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const input = join(folder.path, 'x.npy');
const reading = { batchRows: 4 };
const write = (first: number) =>
  writeMatrix(input, { data: Float32Array.from({ length: 20 }, (_, i) => first + i), rows: 10, cols: 2 });

/** The values of one pass, and the rows done after each batch. */
async function pass(rows: InputRows): Promise<{ values: number[]; done: (number | undefined)[] }> {
  const [values, done]: [number[], (number | undefined)[]] = [[], []];
  await rows.each(
    (_, count) => done.push(count),
    async ({ data }) => {
      values.push(...data);
    },
  );
  return { values, done };
}

const counted = (first: number) => Array.from({ length: 20 }, (_, i) => first + i);

test('rows that fit are kept for a second pass', async () => {
  await write(0);
  const rows = await InputRows.open({ input, reading }, 80);
  expect(rows.first).toMatchObject({ rows: 4, cols: 2, total: 10 });
  expect(await pass(rows)).toEqual({ values: counted(0), done: [4, 8, 10] });
  rmSync(input);
  expect(await pass(rows)).toEqual({ values: counted(0), done: [4, 8, 10] });
});

test('other rows are read again', async () => {
  await write(0);
  const rows = await InputRows.open({ input, reading }, 79);
  expect((await pass(rows)).values).toEqual(counted(0));
  await write(100);
  expect((await pass(rows)).values).toEqual(counted(100));
});

test('all rows stay in memory whatever their size', async () => {
  await write(0);
  const rows = await InputRows.open({ input, reading });
  expect(await rows.all()).toMatchObject({ rows: 10, cols: 2, data: Float32Array.from(counted(0)) });
  rmSync(input);
  expect(await pass(rows)).toEqual({ values: counted(0), done: [10] });
});

test('a pass that fails closes the file', async () => {
  await write(0);
  const rows = await InputRows.open({ input, reading });
  const failing = rows.each(
    () => {},
    () => Promise.reject(new Error('full')),
  );
  await expect(failing).rejects.toThrow('full');
});
