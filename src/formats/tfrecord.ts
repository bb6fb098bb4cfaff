import crc32c from 'crc-32/crc32c.js';
import { PbfReader } from 'pbf';
import { DataError } from '../errors.ts';
import { ByteQueue } from '../files/byte-queue.ts';
import { messageOf } from '../files/file-error.ts';
import type { Chunks } from '../files/read.ts';
import { eachField, readRaw, readText } from './protobuf.ts';

/** One record of a TFRecord file. `data` is a view that stays valid. */
export interface TFRecord {
  readonly data: Uint8Array;
  /** Where the record starts in the (decompressed) file. */
  readonly offset: number;
}

const headerBytes = 12;
const footerBytes = 4;
/** Bytes of a record in the file in addition to its data. */
export const RECORD_FRAME = headerBytes + footerBytes;

/**
 * Splits a TFRecord stream into records: u64le length, u32le masked CRC-32C of those eight bytes, data, u32le masked
 * CRC-32C of the data. Both checksums are verified, the first one before the length is used.
 *
 * @param file name for error messages.
 * @param limit largest record in bytes; at most this much is held in memory.
 * @throws DataError with the byte offset of the record that is damaged, too long or cut off.
 */
export async function* readTFRecords(
  chunks: Chunks,
  file: string,
  limit = 64 << 20,
): AsyncGenerator<TFRecord> {
  const queue = new ByteQueue();
  let offset = 0;
  let length = -1;
  for await (const chunk of chunks) {
    queue.push(chunk);
    for (;;) {
      if (length === -1) {
        if (queue.length < headerBytes) break;
        length = recordLength(queue.take(headerBytes), limit, { file, offset });
      }
      if (queue.length < length + footerBytes) break;
      const data = queue.take(length);
      if (maskedCrc(data) !== queue.take(footerBytes).readUInt32LE()) {
        throw new DataError('the checksum of the record is wrong', { file, offset });
      }
      yield { data, offset };
      offset += headerBytes + length + footerBytes;
      length = -1;
    }
  }
  if (length !== -1 || queue.length > 0)
    throw new DataError('the file ends inside this record', { file, offset });
}

function recordLength(header: Buffer, limit: number, place: { file: string; offset: number }): number {
  if (maskedCrc(header.subarray(0, 8)) !== header.readUInt32LE(8)) {
    throw new DataError("no record starts here (the checksum of the record's length is wrong)", place);
  }
  const length = header.readUInt32LE(0) + header.readUInt32LE(4) * 2 ** 32;
  if (length > limit) throw new DataError(`a record of ${length} bytes is over the limit of ${limit}`, place);
  return length;
}

/** CRC-32C, rotated right by 15 and shifted by a constant, so that checksums of checksums stay useful. */
export function maskedCrc(data: Uint8Array): number {
  const crc = crc32c.buf(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A tf.train.Feature: one of three lists. */
export type Feature =
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  | { readonly kind: 'floats'; readonly values: readonly number[] }
  | { readonly kind: 'ints'; readonly values: readonly number[] };

/** A tf.train.SequenceExample. Maps, because the names come from the file. */
export interface SequenceExample {
  readonly context: ReadonlyMap<string, Feature>;
  readonly lists: ReadonlyMap<string, readonly Feature[]>;
}

/**
 * Decodes a tf.train.SequenceExample (context = 1, feature_lists = 2).
 *
 * @throws DataError when a length points outside its message, a wire type does not fit or a value is cut off.
 */
export function decodeSequenceExample(record: TFRecord, file: string): SequenceExample {
  const context = new Map<string, Feature>();
  const lists = new Map<string, readonly Feature[]>();
  try {
    const pbf = new PbfReader(record.data);
    eachField(pbf, pbf.length, (field, end) => {
      if (field === 1) readMap(pbf, end(), (valueEnd) => readFeature(pbf, valueEnd), context);
      else if (field === 2) readMap(pbf, end(), (valueEnd) => readFeatureList(pbf, valueEnd), lists);
    });
  } catch (error) {
    const problem = `the record is not a SequenceExample (${messageOf(error)})`;
    throw new DataError(problem, { file, offset: record.offset }, { cause: error });
  }
  return { context, lists };
}

function readMap<T>(pbf: PbfReader, end: number, readValue: (end: number) => T, into: Map<string, T>): void {
  eachField(pbf, end, (field, valueEnd) => {
    if (field !== 1) return;
    let key = '';
    let value: T | undefined;
    // Key and value can come in either order.
    eachField(pbf, valueEnd(), (part, partEnd) => {
      if (part === 1) key = readText(pbf, partEnd());
      else if (part === 2) value = readValue(partEnd());
    });
    if (value !== undefined) into.set(key, value);
  });
}

function readFeatureList(pbf: PbfReader, end: number): readonly Feature[] {
  const features: Feature[] = [];
  eachField(pbf, end, (field, valueEnd) => {
    if (field === 1) features.push(readFeature(pbf, valueEnd()));
  });
  return features;
}

function readFeature(pbf: PbfReader, end: number): Feature {
  let feature: Feature = { kind: 'bytes', values: [] };
  eachField(pbf, end, (field, valueEnd) => {
    if (field === 1) feature = { kind: 'bytes', values: readList(pbf, valueEnd(), bytesValue) };
    else if (field === 2) feature = { kind: 'floats', values: readList(pbf, valueEnd(), floatValue) };
    else if (field === 3) feature = { kind: 'ints', values: readList(pbf, valueEnd(), intValue) };
  });
  return feature;
}

type ReadValue<T> = (pbf: PbfReader, valueEnd: () => number, into: T[]) => void;

function readList<T>(pbf: PbfReader, end: number, readValue: ReadValue<T>): T[] {
  const values: T[] = [];
  eachField(pbf, end, (field, valueEnd) => {
    if (field === 1) readValue(pbf, valueEnd, values);
  });
  return values;
}

const bytesValue: ReadValue<Uint8Array> = (pbf, valueEnd, into) => {
  into.push(readRaw(pbf, valueEnd()));
};

const floatValue: ReadValue<number> = (pbf, valueEnd, into) => {
  readNumbers(pbf, valueEnd, 5, () => pbf.readFloat(), into);
};

const intValue: ReadValue<number> = (pbf, valueEnd, into) => {
  readNumbers(pbf, valueEnd, 0, () => pbf.readVarint(true), into);
};

/** Numbers come packed in one value, or one by one with their own wire type. Both are always valid. */
function readNumbers(
  pbf: PbfReader,
  valueEnd: () => number,
  wireType: number,
  read: () => number,
  into: number[],
): void {
  if (pbf.type === wireType) {
    into.push(read());
    return;
  }
  const end = valueEnd();
  while (pbf.pos < end) into.push(read());
  if (pbf.pos !== end) throw new Error('a packed list runs over its end');
}
