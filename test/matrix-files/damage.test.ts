// Damaged files end in a DataError that names the file: cut off anywhere, with wrong bytes anywhere, and in the ways of each format.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import {
  type NamedMatrix,
  type ReadMatrixOptions,
  readMatrix,
  writeMatrix,
} from '../../src/matrix-files/index.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const kept = (name: string) => readFileSync(join(import.meta.dirname, 'python/files', name));
const read = (name: string, bytes: string | Uint8Array, options?: ReadMatrixOptions) =>
  readMatrix(folder.write(name, bytes), options);

const X = { data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 3, cols: 2, ids: ['a', 'b', 'c'] };

async function written(name: string, matrix: NamedMatrix = X): Promise<Buffer> {
  const file = join(folder.path, name);
  await writeMatrix(file, matrix);
  return readFileSync(file);
}

const theirs = [
  'big.npy',
  'fortran.npy',
  'compressed.npz',
  'fixed.parquet',
  'groups.parquet',
  'streams.parquet',
  'whole.parquet',
  'wide.parquet',
  'deltas.parquet',
  'small-deltas.parquet',
  'lz4.parquet',
  'truth.parquet',
  'lz4.feather',
  'file.arrow',
  'gensim.bin',
];

test.each(theirs)('%s is refused wherever it is cut off', { timeout: 60_000 }, async (name) => {
  const bytes = kept(name);
  const options = name === 'compressed.npz' ? { name: 'X' } : {};
  const step = Math.max(1, Math.floor(bytes.length / 150));
  for (let length = 0; length < bytes.length; length += step) {
    const error = await read(name, bytes.subarray(0, length), options).catch((reason: unknown) => reason);
    if (!(error instanceof DataError)) throw new Error(`${length} bytes were read`, { cause: error });
    expect(error.file).toContain(name);
  }
});

test.each(['x.npz', 'x.parquet', 'x.arrow', 'x.bin', 'x.fvecs', 'x.safetensors'])(
  'our %s is refused wherever it is cut off',
  { timeout: 60_000 },
  async (name) => {
    const bytes = await written(name);
    const step = Math.max(1, Math.floor(bytes.length / 100));
    for (let length = 0; length < bytes.length; length += step) {
      // One or more rows of .fvecs are a valid file, too, and an empty file is one without rows.
      if (name === 'x.fvecs' && length % 12 === 0) continue;
      // The line feed after the last word can be absent.
      if (name === 'x.bin' && length === bytes.length - 1) continue;
      await expect(read(name, bytes.subarray(0, length)), `${length} bytes`).rejects.toThrow(DataError);
    }
  },
);

test.each([...theirs, 'stream.arrows', 'half.parquet', 'brotli.parquet', 'plain.npz'])(
  '%s with wrong bytes is read or refused by DataError',
  { timeout: 120_000 },
  async (name) => {
    const { refused } = await fuzzParser([kept(name)], (bytes) => read(`fuzz-${name}`, bytes));
    expect(refused).toBeGreaterThan(30);
  },
);

test.each(['x.fvecs', 'x.bvecs', 'x.safetensors', 'x.csv'])(
  'our %s with wrong bytes is read or refused by DataError, too',
  async (name) => {
    const bytes = await written(name);
    const { refused } = await fuzzParser([bytes], (damaged) => read(`fuzz-${name}`, damaged));
    expect(refused).toBeGreaterThan(30);
  },
);

test('wrong checksums are detected', async () => {
  const npz = await written('x.npz');
  npz[npz.indexOf('\x93NUMPY', 0, 'latin1') + 128] ^= 1;
  await expect(read('x.npz', npz)).rejects.toThrow(
    'x.npz: vectors.npy: damaged zip archive (a checksum is wrong)',
  );
  const parquet = await written('x.parquet');
  const value = Buffer.alloc(8);
  value.writeFloatLE(5);
  value.writeFloatLE(6, 4);
  parquet[parquet.indexOf(value)] ^= 1;
  await expect(read('x.parquet', parquet)).rejects.toThrow(
    /byte \d+: the checksum of a Parquet page is wrong/,
  );
});

const words = (header: string, ...rows: [string, ...number[]][]) =>
  Buffer.concat([
    Buffer.from(header),
    ...rows.map(([word, ...values]) =>
      Buffer.concat([Buffer.from(`${word} `), Buffer.from(Float32Array.from(values).buffer)]),
    ),
  ]);
const vecs = (...rows: number[][]) =>
  Buffer.concat(
    rows.map(([cols, ...values]) => {
      const head = Buffer.alloc(4);
      head.writeInt32LE(cols);
      return Buffer.concat([head, Buffer.from(Float32Array.from(values).buffer)]);
    }),
  );

test.each([
  [
    'a.bin',
    words('2 2\n', ['a', 1, 2]),
    'byte 4: holds 10 bytes of words, fewer than the 2 words of 2 numbers',
  ],
  ['a.bin', words('1 2\n', ['a', 1, 2], ['b', 3, 4]), 'byte 14: has more bytes after the last word'],
  ['a.bin', words('1 0\n', ['a']), 'byte 0: begins with "1 0", expected the number of words and of columns'],
  ['a.bin', words('99999999999 3\n', ['a', 1, 2, 3]), 'fewer than the 99999999999 words'],
  ['a.bin', words('1 1\n', ['a', Number.NaN]), 'row 0, column 0 is NaN, expected a finite number'],
  [
    'a.bin',
    Buffer.concat([Buffer.from('1 1\n\xff ', 'latin1'), Buffer.alloc(4)]),
    'byte 4: a word is not UTF-8 text',
  ],
  ['a.bin', Buffer.from(`1 1\n${'x'.repeat(70_000)}`), 'byte 4: expected a blank within 65536 bytes'],
  ['a.fvecs', vecs([2, 1, 2], [1, 3, 4]), 'byte 12: a row has 1 columns, where the first has 2'],
  ['a.fvecs', vecs([2, 1, 2, 3]), 'holds 16 bytes, which are not whole rows of 12 bytes'],
  ['a.fvecs', vecs([0]), 'byte 0: begins with a row of 0 columns'],
  ['a.fvecs', vecs([-1, 2]), 'byte 0: begins with a row of -1 columns'],
  ['a.parquet', Buffer.from('PAR1 and nothing else PAR1'), 'damaged Parquet footer'],
  ['a.arrow', Buffer.from('ARROW1\0\0 not a message'), 'byte 8: expected an Arrow message'],
  ['a.npz', Buffer.from('PK\x03\x04 and nothing else'), 'damaged zip archive'],
] as const)('%s: %#', async (name, bytes, message) => {
  const error = await read(name, bytes, name === 'a.fvecs' ? { format: 'fvecs' } : {}).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).toContain(message);
});

test('damaged counts do not fill the memory', async () => {
  const bytes = kept('groups.parquet');
  const before = process.memoryUsage().rss;
  const { tried } = await fuzzParser([bytes], (damaged) => read('run.parquet', damaged), 7);
  expect(tried).toBeGreaterThanOrEqual(300);
  expect(process.memoryUsage().rss - before).toBeLessThan(1e9);
});

test('errors name columns that are missing or of the wrong kind', async () => {
  const wide = kept('wide.parquet');
  await expect(read('w.parquet', wide, { vectorKey: 'city' })).rejects.toThrow(
    'holds no vectors in the column `city`; the columns are `c0` (FLOAT), `c1` (DOUBLE)',
  );
  await expect(read('w.parquet', wide, { idKey: 'none' })).rejects.toThrow('has no column `none`');
  expect((await read('w.parquet', wide, { vectorKey: 'c1', idKey: 'city' })).cols).toBe(1);
  await expect(read('f.arrow', kept('file.arrow'), { vectorKey: 'id' })).rejects.toThrow('holds no vectors');
  await expect(read('p.npz', kept('plain.npz'), { name: 'bias' })).rejects.toThrow(
    'is not a matrix of numbers',
  );
});

test('zstd is read, or the error says which version of Node can read it', async () => {
  const zstd = Buffer.from('28b52ffd2408410000312c320a332c340a9b4a3a6d', 'hex');
  const reading = read('x.csv.zst', zstd);
  const known = 'createZstdDecompress' in (await import('node:zlib'));
  if (known) await expect(reading).rejects.toThrow(DataError);
  else
    await expect(reading).rejects.toThrow(
      /is compressed by zstd, which Node \d+\.\d+\.\d+ cannot read; Node 22\.15/,
    );
});
