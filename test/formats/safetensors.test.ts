import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import {
  parseSafetensors,
  readSafetensors,
  safetensorsChunks,
  type Tensor,
} from '../../src/formats/safetensors.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { runs } from '../support/gate.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();

const tensors: [string, Tensor][] = [
  ['weights', { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] }],
  ['heights', { data: Float64Array.of(0.1), shape: [1] }],
  ['count', { data: Int32Array.of(7), shape: [] }],
  ['big', { data: BigInt64Array.of(-5n, 2n ** 62n), shape: [2] }],
  ['nothing', { data: new Float32Array(0), shape: [0, 3] }],
];
const metadata: [string, string][] = [
  ['format', 'god'],
  ['note', '"é"\n'],
];

const safetensorsBytes = (...content: Parameters<typeof safetensorsChunks>) =>
  Buffer.concat(safetensorsChunks(...content));

/** A file with this header text and data. */
function file(header: string, dataBytes: number, headerLength = Buffer.byteLength(header)): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(headerLength));
  return Buffer.concat([bytes, Buffer.from(header), Buffer.alloc(dataBytes)]);
}

const entry = (dtype: string, shape: unknown, offsets: unknown) =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

test('arrays and metadata are read back', () => {
  const read = parseSafetensors(safetensorsBytes(tensors, metadata), 'x');
  expect([...read.tensors].sort()).toEqual([...tensors].sort());
  expect([...read.metadata].sort()).toEqual(metadata);
});

test('a file that Python wrote is read', () => {
  // safetensors 0.8.0: save({'b': np.float32([[1, 2]]), 'a': np.int64([3])}, metadata={'k': 'v'})
  const header =
    '{"__metadata__":{"k":"v"},"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}';
  const bytes = file(header.padEnd(Math.ceil(header.length / 8) * 8), 16);
  bytes.writeBigInt64LE(3n, bytes.length - 16);
  bytes.writeFloatLE(1, bytes.length - 8);
  bytes.writeFloatLE(2, bytes.length - 4);
  const read = parseSafetensors(bytes, 'x');
  expect(read.tensors.get('a')).toEqual({ data: BigInt64Array.of(3n), shape: [1] });
  expect(read.tensors.get('b')).toEqual({ data: Float32Array.of(1, 2), shape: [1, 2] });
  expect(read.metadata.get('k')).toBe('v');
});

test('the same content gives the same bytes in any order', () => {
  const forward = safetensorsBytes(tensors, metadata);
  const backward = safetensorsBytes([...tensors].reverse(), [...metadata].reverse());
  expect(Buffer.from(forward).equals(backward)).toBe(true);
});

test('every array starts at a multiple of its element size', () => {
  const bytes = Uint8Array.from(safetensorsBytes(tensors, [['odd', 'x']]));
  for (const { data } of parseSafetensors(bytes, 'x').tensors.values()) {
    expect(data.length === 0 || data.buffer === bytes.buffer).toBe(true);
  }
});

test('arrays that are not aligned are copied', () => {
  const bytes = file(`{"a":${entry('F64', [1], [0, 8])}} `, 8);
  bytes.writeDoubleLE(2.5, bytes.length - 8);
  for (let shift = 0; shift < 8; shift++) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
    expect(parseSafetensors(shifted, 'x').tensors.get('a')?.data).toEqual(Float64Array.of(2.5));
  }
});

test('names like __proto__ and 0 are not special', () => {
  const odd: [string, Tensor][] = ['__proto__', 'constructor', '0', ''].map((name, i) => [
    name,
    { data: Int32Array.of(i), shape: [1] },
  ]);
  const read = parseSafetensors(safetensorsBytes(odd, [['__proto__', 'x']]), 'x');
  expect([...read.tensors].sort()).toEqual([...odd].sort());
  expect(read.metadata.get('__proto__')).toBe('x');
});

test.each([
  ['a file without header', Buffer.alloc(7), 'too short for a safetensors header'],
  ['a header of 2^63 bytes', file('{}', 0, 2 ** 63), 'the header should be 9223372036854776000 bytes'],
  ['a header longer than the file', file('{}', 0, 100), 'the header should be 100 bytes'],
  ['not JSON', file('{"a":', 0), 'the header is not JSON'],
  ['not a JSON object', file('[1, 2]', 0), 'the header is not a JSON object'],
  ['a header that starts with a blank', file(' {}', 0), 'the header is not a JSON object'],
  ['not UTF-8', Buffer.concat([file('', 0, 3), Buffer.from([0x7b, 0xff, 0x7d])]), 'the header is not JSON'],
  [
    'metadata that are not strings',
    file('{"__metadata__":{"a":1}}', 0),
    'the metadata entry "a" is not a string',
  ],
  ['metadata that are a list', file('{"__metadata__":["a"]}', 0), 'the metadata are not a JSON object'],
  ['an unknown type', file(`{"a":${entry('F16', [1], [0, 2])}}`, 2), 'has the type "F16"'],
  ['an array that is null', file('{"a":null}', 0), 'has the type undefined'],
  ['a shape that is not a list', file(`{"a":${entry('F32', '1', [0, 4])}}`, 4), 'has no valid shape'],
  ['a negative extent', file(`{"a":${entry('F32', [-1, -1], [0, 4])}}`, 4), 'has no valid shape'],
  [
    'a shape that overflows',
    file(`{"a":${entry('F32', [2 ** 31, 2 ** 31], [0, 4])}}`, 4),
    'has no valid shape',
  ],
  ['offsets that are not integers', file(`{"a":${entry('F32', [1], [0, 4.5])}}`, 4), 'has no valid offsets'],
  [
    'offsets outside the file',
    file(`{"a":${entry('F32', [2], [0, 8])}}`, 4),
    'lies at 0 to 8 but the file has 4',
  ],
  ['offsets in the wrong order', file(`{"a":${entry('F32', [1], [4, 0])}}`, 4), 'lies at 4 to 0'],
  [
    'a shape that does not fit',
    file(`{"a":${entry('F32', [2], [0, 4])}}`, 4),
    'of shape [2] cannot be 4 bytes long',
  ],
  ['a gap', file(`{"a":${entry('F32', [1], [4, 8])}}`, 8), 'a gap before the array "a"'],
  [
    'an overlap',
    file(`{"a":${entry('F32', [2], [0, 8])},"b":${entry('F32', [1], [4, 8])}}`, 8),
    'an overlap before the array "b"',
  ],
  [
    'bytes after the last array',
    file(`{"a":${entry('F32', [1], [0, 4])}}`, 8),
    '4 bytes after the last array',
  ],
  [
    'a name that comes twice',
    file(`{"a":${entry('F32', [1], [0, 4])},"a":${entry('F32', [1], [4, 8])}}`, 8),
    'a gap before',
  ],
])('%s is refused', (_, bytes, message) => {
  const read = () => parseSafetensors(bytes, 'x.safetensors');
  expect(read).toThrow(DataError);
  expect(read).toThrow(message);
});

test('values that cannot be written are refused', () => {
  expect(() => safetensorsBytes([['a', { data: new Float32Array(3), shape: [2] }]])).toThrow(RangeError);
  expect(() => safetensorsBytes([['__metadata__', { data: new Float32Array(1), shape: [1] }]])).toThrow(
    RangeError,
  );
  const twice: [string, Tensor] = ['a', { data: new Float32Array(1), shape: [1] }];
  expect(() => safetensorsBytes([twice, twice])).toThrow('Expected different names');
});

test('arrays of any kind and name are read back', () => {
  const tensor = fc.oneof(
    fc.float32Array({ maxLength: 9 }),
    fc.float64Array({ maxLength: 9 }),
    fc.int32Array({ maxLength: 9 }),
    fc.bigInt64Array({ maxLength: 9 }),
  );
  const name = fc
    .string({ unit: 'binary', maxLength: 8 })
    .filter((text) => text !== '__metadata__' && !/\p{Surrogate}/u.test(text));
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 }),
      (entries) => {
        const written = entries.map(([key, data]): [string, Tensor] => [key, { data, shape: [data.length] }]);
        const read = parseSafetensors(safetensorsBytes(written), 'x').tensors;
        expect(read).toEqual(new Map(written));
      },
    ),
    { numRuns: runs(200) },
  );
});

test('a file is read, and the error for a missing one names it', async () => {
  const path = folder.write('m.safetensors', safetensorsBytes(tensors));
  expect((await readSafetensors(path)).tensors.size).toBe(tensors.length);
  await expect(readSafetensors(`${path}.missing`)).rejects.toThrow(
    'm.safetensors.missing: no such file or folder',
  );
});

test('damaged files end in DataError', async () => {
  const { refused } = await fuzzParser([safetensorsBytes(tensors, metadata)], async (bytes) =>
    parseSafetensors(bytes, 'x'),
  );
  expect(refused).toBeGreaterThan(150);
});
