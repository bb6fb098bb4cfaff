import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { readTar } from '../../src/files/archive.ts';
import { openTree } from '../../src/files/file-tree.ts';
import { readBytes } from '../../src/files/read.ts';
import { decodeSequenceExample, maskedCrc, readTFRecords } from '../../src/formats/tfrecord.ts';
import { gatherAll, inChunks } from '../support/bytes.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { realData, testOnRealData } from '../support/real-data.ts';
import {
  audiosetClip,
  bytesFeature,
  floatFeature,
  intFeature,
  sequenceExample,
  tfrecords,
} from '../support/tfrecord.ts';

const file = 'x.tfrecord';
const records = [Buffer.from('first'), Buffer.alloc(0), Buffer.alloc(3000, 7)];

const read = (bytes: Uint8Array, chunk?: number) => gatherAll(readTFRecords(inChunks(bytes, chunk), file));

test('the checksum is CRC-32C, masked as in the format description', () => {
  // The published check value for "123456789" is e3069283; rotated right by 15, plus a282ead8, modulo 2^32.
  expect(maskedCrc(Buffer.from('123456789'))).toBe(0xc78ab0e5);
});

test.each([1, 2, 7, 12, 13, 1000, 100_000])('records are read from chunks of %i bytes', async (chunk) => {
  const found = await read(tfrecords(...records), chunk);
  expect(found.map(({ data }) => Buffer.from(data))).toEqual(records);
  expect(found.map(({ offset }) => offset)).toEqual([0, 21, 37]);
});

test('an empty file has no records', async () => {
  expect(await read(new Uint8Array(0))).toEqual([]);
});

test('any single damaged byte is detected, with the offset of its record', async () => {
  const good = tfrecords(Buffer.from('abc'), Buffer.from('defg'));
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at] ^= 0x10;
    const error = await read(bad).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ file, offset: at < 19 ? 0 : 19 });
  }
});

test('a file that is cut off anywhere inside a record is refused', async () => {
  const good = tfrecords(Buffer.from('abc'));
  for (let length = 1; length < good.length; length++) {
    await expect(read(good.subarray(0, length))).rejects.toThrow(
      'x.tfrecord, byte 0: the file ends inside this record',
    );
  }
});

test('a record that declares 2^63 bytes is refused before anything is allocated', async () => {
  const header = Buffer.alloc(16);
  header.writeBigUInt64LE(2n ** 63n);
  header.writeUInt32LE(maskedCrc(header.subarray(0, 8)), 8);
  await expect(read(header)).rejects.toThrow(/a record of 9223372036854776000 bytes is over the limit/);
});

const example = sequenceExample(
  {
    id: bytesFeature(Buffer.from('abc'), Buffer.from('d')),
    time: floatFeature([1.5, -2]),
    loose: floatFeature([3.25], false),
    labels: intFeature([0, 300, 2 ** 40]),
    single: intFeature([-1, 5], false),
  },
  { frames: [bytesFeature(Buffer.from([1, 2])), bytesFeature(Buffer.from([3]))], empty: [] },
);

test('SequenceExamples are decoded, packed or not', () => {
  const { context, lists } = decodeSequenceExample({ data: example, offset: 0 }, file);
  expect(context.get('id')).toEqual({
    kind: 'bytes',
    values: [Uint8Array.of(97, 98, 99), Uint8Array.of(100)],
  });
  expect(context.get('time')).toEqual({ kind: 'floats', values: [1.5, -2] });
  expect(context.get('loose')).toEqual({ kind: 'floats', values: [3.25] });
  expect(context.get('labels')).toEqual({ kind: 'ints', values: [0, 300, 2 ** 40] });
  expect(context.get('single')).toEqual({ kind: 'ints', values: [-1, 5] });
  expect(lists.get('frames')).toEqual([
    { kind: 'bytes', values: [Uint8Array.of(1, 2)] },
    { kind: 'bytes', values: [Uint8Array.of(3)] },
  ]);
  expect(lists.get('empty')).toEqual([]);
});

test('map entries can have their value before their key', () => {
  const data = sequenceExample({ n: intFeature([4]) }, {}, { valueFirst: true });
  expect(decodeSequenceExample({ data, offset: 0 }, file).context.get('n')).toEqual({
    kind: 'ints',
    values: [4],
  });
});

test('the key __proto__ is not special', () => {
  const data = sequenceExample({ ['__proto__']: intFeature([4]) }, {});
  const { context } = decodeSequenceExample({ data, offset: 0 }, file);
  expect(context.get('__proto__')).toEqual({ kind: 'ints', values: [4] });
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});

test('a length that points outside its message is refused', () => {
  // A context of five bytes in which an entry declares 100.
  const data = Uint8Array.of(0x0a, 0x05, 0x0a, 100, 1, 2, 3);
  expect(() => decodeSequenceExample({ data, offset: 12 }, file)).toThrow(
    'x.tfrecord, byte 12: the record is not a SequenceExample (a length points outside its message)',
  );
});

test('damaged records end in DataError', async () => {
  const good = tfrecords(audiosetClip({ video: 'v', frames: [new Uint8Array(16)] }), example);
  const { refused } = await fuzzParser([good], (bytes) => read(bytes, 50));
  expect(refused).toBeGreaterThan(200);
});

test('damaged messages with correct checksums end in DataError', async () => {
  const clip = audiosetClip({ video: 'v', frames: [new Uint8Array(16)] });
  const { refused } = await fuzzParser([clip, example], async (bytes) => {
    for (const record of await read(tfrecords(bytes))) decodeSequenceExample(record, file);
  });
  expect(refused).toBeGreaterThan(50);
});

const archive = 'audio/audioset_v1_embeddings.bal_train.tar.gz';

testOnRealData(
  "AudioSet's balanced training set has 22,160 clips, 220,270 frames and no wrong checksum",
  [archive],
  async () => {
    let clips = 0;
    let frames = 0;
    for await (const { name, chunks } of readTar(realData(archive))) {
      for await (const record of readTFRecords(chunks, name)) {
        clips++;
        frames += decodeSequenceExample(record, name).lists.get('audio_embedding')?.length ?? 0;
      }
    }
    expect([clips, frames]).toEqual([22_160, 220_270]);
  },
);

testOnRealData('a loose file of AudioSet is read', ['audio/sample'], async () => {
  const { names } = await openTree(realData('audio/sample'));
  for (const name of names) {
    const found = await gatherAll(readTFRecords(readBytes(realData(`audio/sample/${name}`)), name));
    expect(found.length).toBeGreaterThan(0);
  }
});
