import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { npyBytes } from '../../src/formats/npy.ts';
import { safetensorsChunks } from '../../src/formats/safetensors.ts';
import {
  type ReadMatrixOptions,
  readMatrix,
  readRows,
  writeMatrix,
  writeRows,
} from '../../src/matrix-files/index.ts';
import { gatherAll } from '../support/bytes.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const doubles = { data: Float64Array.of(1, 2.5, -3, 1e300), rows: 2, cols: 2 };
const singles = { data: Float32Array.of(1, 2.5, -3, 0.1), rows: 2, cols: 2 };

const read = (name: string, content: string | Uint8Array, options?: ReadMatrixOptions) =>
  readMatrix(folder.write(name, content), options);

test.each([
  [
    'comma.csv',
    'id,a,label,b\nr,1,x,2\ns,3,,4\n',
    {},
    { ids: ['r', 's'], labels: ['x', ''], numbers: [1, 2, 3, 4] },
  ],
  ['semicolon.csv', 'a;b\n1;2\n', {}, { numbers: [1, 2] }],
  ['tab.csv', '1\t2\n3\t4', {}, { numbers: [1, 2, 3, 4] }],
  ['bar.csv', '1|2\n', { delimiter: '|' }, { numbers: [1, 2] }],
  ['text.csv', 'a,1,2\nb,3,4\n', {}, { ids: ['a', 'b'], numbers: [1, 2, 3, 4] }],
  ['two-names.csv', 'a,x,1\nb,y,3\n', {}, { ids: ['a', 'b'], labels: ['x', 'y'], numbers: [1, 3] }],
  [
    'keys.csv',
    'name,kind,a\nr,x,1\n',
    { idKey: 'name', labelKey: 'kind' },
    { ids: ['r'], labels: ['x'], numbers: [1] },
  ],
  ['other-text.csv', 'city,id,a\nRome,7,1\n', {}, { ids: ['7'], numbers: [1] }],
  ['numeric-names.csv', 'id,0,1\n5,1,2\n6,3,4\n', {}, { ids: ['5', '6'], numbers: [1, 2, 3, 4] }],
  ['headless.csv', '1,2\n3,4\n', { header: false }, { numbers: [1, 2, 3, 4] }],
  ['headed.csv', '1,2\n3,4\n', { header: true }, { numbers: [3, 4] }],
  ['one.csv', '5,6', {}, { numbers: [5, 6] }],
  ['quoted.csv', 'id,"a, b"\n"x\ny",1\n', {}, { ids: ['x\ny'], numbers: [1] }],
  ['quotes.tsv', 'id\ta\n"x\t1\n', {}, { ids: ['"x'], numbers: [1] }],
  ['blanks.csv', 'a, b\n1, 2\n', {}, { numbers: [1, 2] }],
] as const)('a table: %s', async (name, content, options, { numbers, ...names }) => {
  const { data, rows, cols, ...found } = await read(name, content, options);
  expect([...data]).toEqual(numbers);
  expect(found).toEqual(names);
});

test.each([
  ['a.csv', 'a,b\n1\n', {}, 'a.csv, line 2: has 1 columns, where the first line has 2'],
  ['a.csv', 'a,b\n1,2\n1,\n', {}, 'line 3: column "b" is "", expected a finite number'],
  ['a.csv', 'a,b\n1,\n1,2\n', {}, 'line 2: column "b" is "", expected a finite number'],
  ['a.csv', 'a,b\n1,NaN\n', {}, 'line 2: column "b" is "NaN"'],
  ['a.csv', '1,2\n1,x\n', {}, 'line 2: column 2 is "x"'],
  ['a.csv', '1,2\n3,0x10\n5,6\n', { type: 'float32' }, 'line 2: column 2 is "0x10"'],
  [
    'a.csv',
    '1,2\n3,4\n5,1e39\n',
    { type: 'float32' },
    'line 3: column 2 is "1e39", expected a finite float32 number',
  ],
  ['a.csv', 'a,b\nx,y\n', {}, 'has no column of numbers'],
  ['a.csv', 'a,b\n', {}, 'holds no rows'],
  ['a.csv', '', {}, 'holds no rows'],
  ['a.csv', 'x,y,z,1\nx,y,z,2\n', {}, 'has 3 columns of text, expected two at most'],
  ['a.csv', 'id,id,a\n1,2,3\n', {}, 'has several columns `id`'],
  ['a.csv', 'id,a\n1,2\n', { labelKey: 'kind' }, 'has no column `kind`; the first line is "id", "a"'],
  ['a.csv', 'a\n"1\n', {}, 'line 2: a quoted field is never closed'],
  ['a.tsv', Buffer.from('61096209ff', 'hex'), {}, 'is not UTF-8 text'],
  ['a.npy', Buffer.from('PK\x03\x04 something else'), {}, 'is a zip archive, expected an .npy array'],
  [
    'a.npy',
    npyBytes({ data: Float64Array.of(1, 1e300), shape: [1, 2] }),
    { type: 'float32' },
    'row 0, column 1 is 1e+300, which is beyond float32',
  ],
  [
    'a.npy',
    npyBytes({ data: Float32Array.of(1, Number.NaN), shape: [2, 1] }),
    {},
    'row 1, column 0 is NaN, expected a finite number',
  ],
  ['a', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), {}, 'is a PNG image, expected a file of rows: npy'],
] as const)('%s is refused: %j', async (name, content, options, message) => {
  const error = await read(name, content, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).toContain(message);
});

test('a format is recognized by content first, then by name, then guessed', async () => {
  expect(await read('a.csv', npyBytes(singles))).toEqual(singles);
  expect((await read('no-ending', '{"vector":[1]}\n')).data).toEqual(Float64Array.of(1));
  expect((await read('vectors', 'a 1 2\nb 3 4\n')).ids).toEqual(['a', 'b']);
  expect((await read('x.txt', '1,2\n', { format: 'csv' })).data).toEqual(Float64Array.of(1, 2));
});

test('of a safetensors file, the only matrix or the named one is read', async () => {
  const tensors = new Map([
    ['bias', { data: Float32Array.of(1, 2), shape: [2] }],
    ['weight', { data: singles.data, shape: [2, 2] }],
  ]);
  const bytes = () => Buffer.concat(safetensorsChunks(tensors));
  expect(await read('a.safetensors', bytes())).toEqual(singles);
  tensors.set('other', { data: Float32Array.of(5), shape: [1, 1] });
  await expect(read('a.safetensors', bytes())).rejects.toThrow(
    'holds 2 matrices, expected one, or its name by `name`; it holds `bias` [2], `other` [1, 1], `weight` [2, 2]',
  );
  expect((await read('a.safetensors', bytes(), { name: 'other' })).data).toEqual(Float32Array.of(5));
  await expect(read('a.safetensors', bytes(), { name: 'no' })).rejects.toThrow('has no array `no`');
  await expect(read('a.safetensors', bytes(), { name: 'bias' })).rejects.toThrow('has 1 dimensions');
  await expect(read('a.safetensors', bytes().subarray(0, -1))).rejects.toThrow(DataError);
});

test('wrong options are refused', async () => {
  const file = folder.write('o.npy', npyBytes(singles));
  const options = (value: object) => readMatrix(file, value as ReadMatrixOptions);
  await expect(options({ delimiter: ',' })).rejects.toThrow(
    'Expected no option `delimiter` for the format npy',
  );
  await expect(options({ limits: 1 })).rejects.toThrow('Unknown option `limits`');
  await expect(options({ limit: 0 })).rejects.toThrow('Expected `limit` in [1, inf)');
  await expect(options({ type: 'float16' })).rejects.toThrow('Expected `type` to be one of');
  await expect(options({ format: 'doc' })).rejects.toThrow('Expected `format` to be one of');
  await expect(options({ format: 'csv', delimiter: '1' })).rejects.toThrow(
    'Expected `delimiter` to be one character',
  );
  await expect(gatherAll(readRows(file, { batchRows: 0 }))).rejects.toThrow(RangeError);
});

test('a signal stops reading between batches', async () => {
  const file = folder.write(
    's.npy',
    npyBytes({ data: new Float32Array(3 << 20), shape: [3 << 10, 1 << 10] }),
  );
  const controller = new AbortController();
  let rows = 0;
  const reading = (async () => {
    for await (const batch of readRows(file, { signal: controller.signal })) {
      rows += batch.rows;
      controller.abort(new Error('enough'));
    }
  })();
  await expect(reading).rejects.toThrow('enough');
  expect(rows).toBe(1 << 10);
});

test('values that cannot be written are refused, and the old file is kept', async () => {
  const file = folder.write('old/x.csv', 'old');
  const write = (X: unknown, options = {}, to = file) => writeMatrix(to, X as typeof singles, options);
  await expect(write(doubles, { type: 'float32' })).rejects.toThrow(
    'row 1, column 1 is 1e+300, which is beyond float32',
  );
  await expect(write([[1, Number.NaN]])).rejects.toThrow('row 0, column 1 is NaN');
  await expect(write([[1, null]])).rejects.toThrow('row 0, column 1 is null');
  await expect(write({ ...singles, ids: ['a'] })).rejects.toThrow(
    'Expected `X.ids` to hold 2 names but its length is 1',
  );
  await expect(write({ ...singles, labels: ['a', 1] })).rejects.toThrow(
    'Expected `X.labels[1]` to be a string',
  );
  await expect(write({ ...singles, ids: ['a\tb', 'c'] }, { format: 'tsv' })).rejects.toThrow(
    'TABs and line ends',
  );
  await expect(write({ ...singles, ids: ['a b', 'c'] }, { format: 'word2vec' })).rejects.toThrow('blanks');
  await expect(write(singles, { format: 'word2vec' })).rejects.toThrow('Expected `ids`');
  await expect(write(singles, { name: 'x' })).rejects.toThrow('Expected no option `name` for the format csv');
  await expect(write(singles, {}, join(folder.path, 'x.doc'))).rejects.toThrow(
    'Expected `path` to end with .npy',
  );
  await expect(write(singles, {}, join(folder.path, 'x.npy.bz2'))).rejects.toThrow('.bz2');
  await expect(write(singles, {}, join(folder.path, 'absent/x.npy'))).rejects.toThrow('ENOENT');
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(join(folder.path, 'old'))).toEqual(['x.csv']);
});

test('a writer keeps the batches before a refused one', async () => {
  const file = join(folder.path, 'w.npy');
  const writer = await writeRows(file);
  await expect(writer.close()).rejects.toThrow('Expected a batch before `close`');
  await writer.write(singles);
  await expect(writer.write([[1, 2, 3]])).rejects.toThrow('Expected `X` to have 2 columns, as before');
  await expect(writer.write(doubles)).rejects.toThrow('Expected `X` to hold finite numbers');
  await expect(writer.write({ ...singles, ids: ['a', 'b'] })).rejects.toThrow('in all batches or in none');
  await writer.write(singles);
  expect(await writer.close()).toMatchObject({ rows: 4, cols: 2, leftOut: [] });
  await expect(writer.write(singles)).rejects.toThrow('the writer has ended');
  expect((await readMatrix(file)).data).toEqual(Float32Array.of(...singles.data, ...singles.data));
});

test('an aborted writer leaves the old file and nothing else', async () => {
  const file = folder.write('aborted/x.npy.gz', 'old');
  await expect(writeRows(file).then((writer) => writer.write(singles))).rejects.toThrow('Expected `rows`');
  const writer = await writeRows(file, { rows: 3 });
  await writer.write(singles);
  await expect(writer.close()).rejects.toThrow('Expected 3 rows, as `rows` says, but received 2');
  await writer.abort();
  await writer.abort();
  expect(readFileSync(file, 'utf8')).toBe('old');
});

test('a matrix is written as .npy with the bytes of npyBytes', async () => {
  const file = join(folder.path, 'b.npy');
  await writeMatrix(file, doubles);
  expect(readFileSync(file)).toEqual(npyBytes(doubles));
  await writeMatrix(file, [
    [1, 2.5],
    [-3, 1e300],
  ]);
  expect(readFileSync(file)).toEqual(npyBytes(doubles));
});
