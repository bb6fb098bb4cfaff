import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { npyBytes, readNpyHeader, readNpyRows, readNpyStrings } from '../../src/formats/npy.ts';
import { gatherAll } from '../support/bytes.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { runs } from '../support/gate.ts';
import { npyFile, npyHeader } from '../support/npy.ts';
import { realData, testOnRealData } from '../support/real-data.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const write = (bytes: Uint8Array): string => folder.write('x.npy', bytes);
const bytesOf = (array: NodeJS.TypedArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

async function values(bytes: Uint8Array): Promise<number[]> {
  return (await gatherAll(readNpyRows(write(bytes)))).flatMap((block) => [...block.data]);
}

test.each([
  ['<f4', Float32Array.of(1.5, -2, 3, 4, 5, 6)],
  ['<f8', Float64Array.of(0.1, -2, 3, 4, 5, 1e300)],
  ['|i1', Int8Array.of(-128, 127, 0, 1, 2, 3)],
  ['|u1', Uint8Array.of(255, 127, 0, 1, 2, 3)],
  ['|b1', Uint8Array.of(1, 0, 0, 1, 1, 0)],
  ['<i2', Int16Array.of(-32_768, 2, 3, 4, 5, 6)],
  ['<u2', Uint16Array.of(65_535, 2, 3, 4, 5, 6)],
  ['<i4', Int32Array.of(-(2 ** 31), 2, 3, 4, 5, 6)],
  ['<u4', Uint32Array.of(2 ** 32 - 1, 2, 3, 4, 5, 6)],
  ['<i8', BigInt64Array.of(-(2n ** 53n), 2n, 3n, 4n, 5n, 6n)],
  ['<u8', BigUint64Array.of(2n ** 53n, 2n, 3n, 4n, 5n, 6n)],
] as const)('elements of type %s are read, in both byte orders', async (descr, array) => {
  const expected = Array.from(array as ArrayLike<number | bigint>, Number);
  expect(await values(npyFile(npyHeader(descr, [2, 3]), bytesOf(array)))).toEqual(expected);
  const swapped = Buffer.from(bytesOf(array));
  const width = array.BYTES_PER_ELEMENT;
  for (let at = 0; at < swapped.length; at += width) swapped.subarray(at, at + width).reverse();
  expect(await values(npyFile(npyHeader(descr.replace('<', '>'), [2, 3]), swapped))).toEqual(expected);
});

test('half floats are read exactly', async () => {
  // numpy: np.array([1, -2, 65504, 2**-24, 0.1, -0.0, np.inf], dtype='<f2').view('<u2')
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x2e66, 0x8000, 0x7c00);
  const file = npyFile(npyHeader('<f2', [7, 1]), bytesOf(bits));
  expect(await values(file)).toEqual([
    1,
    -2,
    65_504,
    2 ** -24,
    0.0999755859375,
    -0,
    Number.POSITIVE_INFINITY,
  ]);
});

const six = bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6));

test.each([1, 2, 3] as const)('header version %i is read', async (version) => {
  const header = await readNpyHeader(write(npyFile(npyHeader('<f4', [2, 3]), six, version)));
  expect(header).toMatchObject({ type: { kind: 'f', width: 4 }, shape: [2, 3], bigEndian: false });
});

test.each([
  "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}",
  "{'descr':'<f4','fortran_order':False,'shape':(2,3)}",
  "{ 'descr' : '<f4' , 'fortran_order' : False , 'shape' : (2L, 3L) , }",
])('the keys come in any order and spacing: %s', async (header) => {
  expect(await values(npyFile(header, six))).toEqual([1, 2, 3, 4, 5, 6]);
});

test('an empty matrix is one block without rows', async () => {
  const blocks = await gatherAll(readNpyRows(write(npyFile(npyHeader('<f4', [0, 3]), new Uint8Array(0)))));
  expect(blocks).toMatchObject([{ start: 0, rows: 0, cols: 3, total: 0 }]);
  expect(await values(npyFile(npyHeader('<f4', [0, 3]), new Uint8Array(0)))).toEqual([]);
});

test.each([
  ['<f2', 2, Float32Array],
  ['|i1', 1, Float32Array],
  ['<u2', 2, Float32Array],
  ['|b1', 1, Float32Array],
  ['<f4', 4, Float32Array],
  ['<i4', 4, Float64Array],
  ['<u8', 8, Float64Array],
  ['<f8', 8, Float64Array],
] as const)('%s becomes the smaller type that holds every value of it', async (descr, width, type) => {
  const file = write(npyFile(npyHeader(descr, [1, 2]), new Uint8Array(2 * width)));
  const [{ data }] = await gatherAll(readNpyRows(file));
  expect(data).toBeInstanceOf(type);
});

test.each([
  ['<i8', BigInt64Array.of(1n, -(2n ** 53n) - 1n)],
  ['<u8', BigUint64Array.of(1n, 2n ** 53n + 1n)],
] as const)('an integer beyond 2^53 of type %s is refused with its offset', async (descr, array) => {
  const file = npyFile(npyHeader(descr, [1, 2]), bytesOf(array));
  await expect(values(file)).rejects.toThrow(
    `byte ${file.length - 8}: holds ${array[1]}, an integer beyond 2^53`,
  );
});

test('Fortran order is read column by column, also compressed', async () => {
  // numpy: np.save(f, np.asfortranarray([[1, 3, 5], [2, 4, 6]]))
  const file = npyFile(npyHeader('<f4', [2, 3], true), six);
  expect(await values(file)).toEqual([1, 3, 5, 2, 4, 6]);
  expect(await values(gzipSync(file))).toEqual([1, 3, 5, 2, 4, 6]);
  expect(await values(npyFile(npyHeader('<f4', [6, 1], true), six))).toEqual([1, 2, 3, 4, 5, 6]);
  await expect(values(gzipSync(file.subarray(0, -1)))).rejects.toThrow('ends before the last element');
  await expect(values(gzipSync(Buffer.concat([file, Buffer.of(0)])))).rejects.toThrow('more bytes after');
});

test('several blocks of Fortran order cover the matrix', async () => {
  const [rows, cols] = [3000, 700];
  const data = Float64Array.from(
    { length: rows * cols },
    (_, at) => (at % rows) * cols + Math.floor(at / rows),
  );
  const blocks = await gatherAll(
    readNpyRows(write(npyFile(npyHeader('<f8', [rows, cols], true), bytesOf(data)))),
  );
  expect(blocks.length).toBeGreaterThan(3);
  expect(blocks.flatMap((block) => [...block.data])).toEqual(Array.from(data.keys()));
});

test.each([
  [
    'no .npy file',
    Buffer.from('PK\x03\x04 something else that is longer than a header'),
    'is a zip archive, expected an .npy array',
  ],
  ['an empty file', Buffer.alloc(0), 'is empty, expected an .npy array'],
  ['an unknown version', Buffer.from('\x93NUMPY\x09\0\x10\0\0\0', 'latin1'), '.npy version 9 is not known'],
  [
    'a header of 4 GiB',
    Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\xff{', 'latin1'),
    'the header should be 4294967295 bytes',
  ],
  [
    'a missing key',
    npyFile("{'descr': '<f4', 'shape': (2, 3)}", six),
    'does not give descr, fortran_order and shape',
  ],
  [
    'a structured type',
    npyFile("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)}", six),
    'holds records of a structured type',
  ],
  [
    'code in the header',
    npyFile("{'descr': __import__('os'), 'fortran_order': False, 'shape': (6,)}", six),
    'plain array',
  ],
  ['objects', npyFile(npyHeader('|O', [6]), six), 'holds Python objects (save text'],
  ['complex numbers', npyFile(npyHeader('<c8', [3]), six), "holds complex numbers (type '<c8')"],
  ['long doubles', npyFile(npyHeader('<f16', [1]), six), 'holds numbers of long double precision'],
  ['dates', npyFile(npyHeader('<M8[D]', [3]), six), 'holds dates'],
  ['spans of time', npyFile(npyHeader('<m8[ns]', [3]), six), 'holds spans of time'],
  ['raw bytes', npyFile(npyHeader('|V8', [3]), six), 'holds raw bytes'],
  ['a negative extent', npyFile(npyHeader('<f4', [-2, -3]), six), 'plain array'],
  ['three dimensions', npyFile(npyHeader('<f4', [1, 2, 3]), six), 'has 3 dimensions, expected a matrix'],
  ['text', npyFile(npyHeader('<U1', [3, 2]), six), 'holds text, expected numbers'],
  [
    'too little data',
    npyFile(npyHeader('<f4', [2, 4]), six),
    "shape (2, 4) of '<f4' needs 32 bytes but the file holds 24",
  ],
  ['too much data', npyFile(npyHeader('<f4', [2, 2]), six), 'needs 16 bytes but the file holds 24'],
  ['a shape that overflows', npyFile(npyHeader('<f4', [2 ** 52, 2 ** 52]), six), 'but the file holds 24'],
  [
    'rows without columns',
    npyFile(npyHeader('<f4', [9_007_199_254_740_991, 0]), Buffer.alloc(0)),
    'rows without columns',
  ],
])('%s is refused', async (_, bytes, message) => {
  const error = await values(bytes).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).toContain(message);
});

test('a long header of blanks is refused', async () => {
  await expect(values(npyFile(`{${' '.repeat(60_000)}`, six))).rejects.toThrow(DataError);
});

test.each([
  ['<i8', BigInt64Array.of(1234567890123456789n, -1n), ['1234567890123456789', '-1']],
  ['<u8', BigUint64Array.of(18446744073709551615n, 0n), ['18446744073709551615', '0']],
  ['|b1', Uint8Array.of(1, 0), ['true', 'false']],
  ['<f2', Uint16Array.of(0x2e66, 0x4200), ['0.1', '3']],
  ['<f4', Float32Array.of(0.1, 1e-40), ['0.1', '1e-40']],
  ['<f8', Float64Array.of(0.1, 7), ['0.1', '7']],
  ['|S3', Buffer.from('cat\xc3\xa9\0', 'latin1'), ['cat', '\u00e9']],
] as const)('names of type %s are exact, as a list and as a column', async (descr, array, expected) => {
  for (const shape of [[2], [2, 1]]) {
    const file = npyFile(npyHeader(descr, shape), bytesOf(array));
    expect(await readNpyStrings(write(file))).toEqual(expected);
    expect(await readNpyStrings(write(gzipSync(file)))).toEqual(expected);
  }
});

test('a matrix, a single value and byte strings that are not text are refused as names', async () => {
  const names = (header: string, bytes: Uint8Array) => readNpyStrings(write(npyFile(header, bytes)));
  await expect(names(npyHeader('<f4', [2, 3]), six)).rejects.toThrow(
    'an array of shape (2, 3), expected a list',
  );
  await expect(names(npyHeader('<f8', []), six.subarray(0, 8))).rejects.toThrow('is a single value');
  await expect(names(npyHeader('|S1', [1]), Uint8Array.of(0xff))).rejects.toThrow('not UTF-8');
});

test('a list is refused as a matrix', async () => {
  await expect(values(npyFile(npyHeader('<f4', [6]), six))).rejects.toThrow(
    'is a list of 6 numbers, expected a matrix',
  );
});

test('a compressed array that is too short or too long is refused', async () => {
  const file = npyFile(npyHeader('<f4', [2, 3]), six);
  expect(await values(gzipSync(file))).toEqual([1, 2, 3, 4, 5, 6]);
  await expect(values(gzipSync(file.subarray(0, -1)))).rejects.toThrow('ends before the last element');
  await expect(values(gzipSync(Buffer.concat([file, Buffer.of(0)])))).rejects.toThrow('more bytes after');
});

test('labels are read from numbers and from text', async () => {
  expect(
    await readNpyStrings(write(npyFile(npyHeader('<i4', [3]), bytesOf(Int32Array.of(7, -1, 0))))),
  ).toEqual(['7', '-1', '0']);
  const text = Uint32Array.from('cat\0dog\0e\u{1f600}\0\0', (char) => char.codePointAt(0) ?? 0);
  expect(await readNpyStrings(write(npyFile(npyHeader('<U4', [3]), bytesOf(text))))).toEqual([
    'cat',
    'dog',
    'e\u{1f600}',
  ]);
  const wrong = npyFile(npyHeader('<U1', [1]), bytesOf(Uint32Array.of(0x110000)));
  await expect(readNpyStrings(write(wrong))).rejects.toThrow('text that is not Unicode');
});

test('arrays that are written are read back bit by bit', async () => {
  const column = fc.integer({ min: 1, max: 7 });
  await fc.assert(
    fc.asyncProperty(
      column,
      fc.float32Array({ maxLength: 70, noNaN: true }),
      fc.boolean(),
      async (cols, data, wide) => {
        const rows = Math.floor(data.length / cols);
        const cut = data.slice(0, rows * cols);
        const written = npyBytes({ data: wide ? Float64Array.from(cut) : cut, rows, cols });
        expect(written.indexOf('\n') % 64).toBe(63);
        expect(await values(written)).toEqual([...cut]);
      },
    ),
    { numRuns: runs(100) },
  );
});

test('the bytes are the same as those of numpy.save', () => {
  // numpy 2.4: np.save(f, np.array([[1, 2], [3, 4], [5, 6]], dtype=np.int32))
  const header = "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 2), }".padEnd(117);
  const expected = Buffer.concat([
    Buffer.from(`\x93NUMPY\x01\0v\0${header}\n`, 'latin1'),
    bytesOf(Int32Array.of(1, 2, 3, 4, 5, 6)),
  ]);
  expect(npyBytes({ data: Int32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] })).toEqual(expected);
});

test('a shape that does not match the data is refused when writing', () => {
  expect(() => npyBytes({ data: new Float32Array(6), shape: [4, 2] })).toThrow(RangeError);
  expect(() => npyBytes({ data: new Float32Array(6), shape: [-2, -3] })).toThrow(RangeError);
});

test('damaged files end in DataError', async () => {
  const inputs = [npyFile(npyHeader('<f4', [2, 3]), six), npyFile(npyHeader('<U1', [6]), six)];
  const { refused } = await fuzzParser(inputs, async (bytes) => {
    await values(bytes);
  });
  expect(refused).toBeGreaterThan(100);
});

const features = 'image/tin_train5000x1280_mobilenetv2int8.npy';

testOnRealData('a matrix of 5000 x 1280 comes in blocks that cover it', [features], async () => {
  let next = 0;
  for await (const { start, rows, data: block } of readNpyRows(realData(features))) {
    expect(start).toBe(next);
    expect(block.length).toBe(rows * 1280);
    next += rows;
  }
  expect(next).toBe(5000);
});
