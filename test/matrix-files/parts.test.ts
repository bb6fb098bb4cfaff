import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readMatrix, readRows, writeMatrix } from '../../src/matrix-files/index.ts';
import { featureMatrix } from '../../src/sources/feature-matrix.ts';
import { gatherAll } from '../support/bytes.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const path = (...names: string[]) => join(folder.path, ...names);

/** Files of rows of two numbers, the numbers counted from 0 over all files. */
async function parts(name: string, files: Readonly<Record<string, number>>): Promise<string> {
  let next = 0;
  for (const [file, rows] of Object.entries(files)) {
    folder.write(join(name, file), '');
    const data = Float32Array.from({ length: 2 * rows }, () => next++);
    await writeMatrix(path(name, file), { data, rows, cols: 2 });
  }
  return path(name);
}

const counted = (rows: number) => Array.from({ length: 2 * rows }, (_, i) => i);

test('the files of a folder follow one another, in the order of the numbers in their names', async () => {
  const made = await parts('dask', {
    'part.0.npy': 3,
    'part.2.parquet': 1,
    'part.9.arrow': 2,
    'part.10.npy': 4,
  });
  folder.write('dask/_SUCCESS', '');
  folder.write('dask/.part.10.npy.crc', 'x');
  const X = await readMatrix(made);
  expect([...X.data]).toEqual(counted(10));
  expect({ rows: X.rows, cols: X.cols }).toEqual({ rows: 10, cols: 2 });
  const batches = await gatherAll(readRows(made, { batchRows: 4, limit: 9 }));
  expect(batches.map(({ start, rows }) => [start, rows])).toEqual([
    [0, 4],
    [4, 4],
    [8, 1],
  ]);
  expect(batches.flatMap(({ data }) => [...data])).toEqual(counted(9));
});

test('files without rows count for nothing, in every format', async () => {
  const made = await parts('gaps', { 'a.npy': 0, 'b.npy': 2, 'c.parquet': 0, 'd.npy': 1 });
  for (const name of ['e.csv', 'f.jsonl', 'g.tsv', 'h.vec']) folder.write(`gaps/${name}`, '');
  expect([...(await readMatrix(made)).data]).toEqual(counted(3));
  expect(await readMatrix(await parts('nothing', { 'a.npy': 0, 'b.npy': 0 }))).toMatchObject({
    rows: 0,
    cols: 2,
  });
});

test('ids stay with their rows, and a source reads a folder', async () => {
  folder.write('named/a.csv', 'id,x,y\nnorth,1,2\n');
  folder.write('named/b.jsonl', '{"id":"south","vector":[3,4]}\n');
  const X = await readMatrix(path('named'));
  expect({ ids: X.ids, data: [...X.data] }).toEqual({ ids: ['north', 'south'], data: [1, 2, 3, 4] });
  const source = featureMatrix(path('named'), { modality: 'wind' });
  const { ids, vectors } = await source.gather({ limit: 9, seed: 0 });
  expect({ ids, rows: vectors.rows }).toEqual({ ids: ['north', 'south'], rows: 2 });
  const before = await source.fingerprint();
  expect(await source.fingerprint()).toEqual(before);
  folder.write('named/c.csv', 'id,x,y\neast,5,6\n');
  expect(await source.fingerprint()).not.toEqual(before);
});

test('a folder that lacks a part, or is not one of parts, is refused', async () => {
  await parts('lacks', { 'part-00000-of-00003.npy': 1, 'part-00002-of-00003.npy': 1 });
  await parts('two', {
    'part-00000-of-00001.npy': 1,
    'part-00000-of-00002.npy': 1,
    'part-00001-of-00002.npy': 1,
  });
  await parts('mixed', { 'part-00000-of-00001.npy': 1, 'other.npy': 1 });
  await parts('nested/inner', { 'a.npy': 1 });
  folder.write('none/_SUCCESS', '');
  await parts('wide', { 'a.npy': 1 });
  await writeMatrix(path('wide/b.npy'), [[1, 2, 3]]);
  await parts('types', { 'a.npy': 1 });
  folder.write('types/b.csv', '1,2\n');
  const cases: [string, string][] = [
    ['lacks', 'lacks: lacks part 1 of 3'],
    ['two', 'two: holds parts of different tables: part-00000-of-00001.npy and part-00000-of-00002.npy'],
    ['mixed', 'mixed: holds parts of different tables: part-00000-of-00001.npy and other.npy'],
    ['nested', 'nested: holds the folder inner, expected files of rows'],
    ['none', 'none: is a folder without files of rows'],
    ['wide', 'b.npy: has rows of 3 numbers, where those of a.npy have 2'],
    ['types', 'b.csv: has numbers of type float64, where those of a.npy have float32: choose one type'],
  ];
  for (const [name, message] of cases) await expect(readMatrix(path(name)), name).rejects.toThrow(message);
  expect((await readMatrix(path('types'), { type: 'float64' })).rows).toBe(2);
});
