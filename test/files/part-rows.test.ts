import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PartRows } from '../../src/files/part-rows.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cols = 5;
const rowOf = (i: number) => Float32Array.from({ length: cols }, (_, j) => 100 * i + j);
const identityOf = (rows: number, identity = 'these') => ({ identity, rows, cols });

/** A part with some rows, in this order. */
async function partWith(name: string, total: number, rows: readonly number[]): Promise<string> {
  const file = `${folder.path}/${name}`;
  const part = await PartRows.open(file, identityOf(total));
  for (const row of rows) await part.put(row, rowOf(row));
  await part.close();
  return file;
}

async function rowsOf(part: PartRows): Promise<[row: number, values: number[]][]> {
  const found: [number, number[]][] = [];
  for await (const { rows, values } of part.batches())
    for (const [i, row] of rows.entries()) found.push([row, [...values.subarray(i * cols, (i + 1) * cols)]]);
  return found;
}

test('rows of another process are there, in order, and the missing ones are missing', async () => {
  const file = await partWith('order', 6, [4, 0, 3]);
  const part = await PartRows.open(file, identityOf(6));
  expect([...part.states]).toEqual([1, 0, 0, 1, 1, 0]);
  expect(part.done).toBe(3);
  await part.put(1, undefined);
  expect(await rowsOf(part)).toEqual([0, 3, 4].map((row) => [row, [...rowOf(row)]]));
  await part.close();
  const again = await PartRows.open(file, identityOf(6));
  expect([...again.states]).toEqual([1, 2, 0, 1, 1, 0]);
  await again.remove();
  expect([existsSync(`${file}.part`), existsSync(`${file}.part.json`)]).toEqual([false, false]);
});

test('many rows come in batches', async () => {
  const total = 400_000;
  const file = await partWith('many', total, [0, 170_000, 399_999]);
  const part = await PartRows.open(file, identityOf(total));
  expect((await rowsOf(part)).map(([row]) => row)).toEqual([0, 170_000, 399_999]);
  await part.remove();
});

test('a row that was not written in full, or was changed, is missing', async () => {
  const file = await partWith('torn', 4, [0, 1, 2, 3]);
  const stride = 4 * cols + 4;
  const bytes = readFileSync(`${file}.part`);
  expect(bytes).toHaveLength(4 * stride);
  bytes[stride + 7] ^= 1;
  writeFileSync(`${file}.part`, bytes);
  truncateSync(`${file}.part`, 4 * stride - 3);
  const part = await PartRows.open(file, identityOf(4));
  expect([...part.states]).toEqual([1, 0, 1, 0]);
  await part.remove();
});

test.each([
  ['another identity', identityOf(4, 'others')],
  ['another number of rows', identityOf(5)],
])('rows of %s are dropped', async (name, identity) => {
  const file = await partWith(name, 4, [0, 2]);
  const part = await PartRows.open(file, identity);
  expect({ done: part.done, replaced: part.replaced }).toEqual({ done: 0, replaced: true });
  await part.put(1, rowOf(1));
  await part.close();
  const again = await PartRows.open(file, identity);
  expect({ done: again.done, replaced: again.replaced }).toEqual({ done: 1, replaced: false });
  await again.remove();
});

test('nothing stays behind when no row was written', async () => {
  const file = await partWith('nothing', 3, []);
  expect([existsSync(`${file}.part`), existsSync(`${file}.part.json`)]).toEqual([false, false]);
});
