import { numbersOf } from '../npy-elements.ts';
import type { NpyType } from '../npy-header.ts';
import { isUnsigned, kindOf, type Leaf } from './leaf.ts';
import { type PageBytes, readHybrid } from './levels.ts';

/** Values of a page or a dictionary: numbers as they are, or text. */
export type Values = Float32Array | Float64Array | string[];

/** Where values come from, for errors. */
export interface Origin {
  readonly file: string;
  readonly offset: number;
}

const WIDTHS: Partial<Record<string, number>> = {
  FLOAT: 4,
  DOUBLE: 8,
  INT32: 4,
  INT64: 8,
  FIXED_LEN_BYTE_ARRAY: 2,
};

/**
 * `count` values as they lie in `page`. With `asText`, integers become their exact text.
 *
 * @throws Error when the page is too short; DataError for an integer beyond 2^53.
 */
export function readPlain(
  page: PageBytes,
  leaf: Leaf,
  count: number,
  asText: boolean,
  origin: Origin,
): Values {
  const { element } = leaf;
  if (element.type === 'BYTE_ARRAY') return readTexts(page, count);
  if (element.type === 'BOOLEAN') return readBits(page, count);
  const width = WIDTHS[element.type ?? ''];
  if (width === undefined) throw new Error(`values of the type ${element.type}`);
  const bytes = takeBytes(page, count * width);
  return numbersFrom(bytes, leaf, asText, origin);
}

export function takeBytes(page: PageBytes, count: number): Buffer {
  if (page.at + count > page.bytes.length) throw new Error('the page ends early');
  const bytes = page.bytes.subarray(page.at, page.at + count);
  page.at += count;
  return bytes;
}

export function numbersFrom(bytes: Buffer, leaf: Leaf, asText: boolean, { file, offset }: Origin): Values {
  const { element } = leaf;
  if (asText && (element.type === 'INT64' || element.type === 'INT32')) return integerTexts(bytes, leaf);
  const numbers = numbersOf(bytes, { type: npyTypeOf(leaf), bigEndian: false }, file, offset);
  if (asText) return Array.from(numbers, String);
  return kindOf(element) === 'float32' && numbers.BYTES_PER_ELEMENT === 8
    ? new Float32Array(numbers)
    : numbers;
}

function npyTypeOf({ element }: Leaf): NpyType {
  const whole = isUnsigned(element) ? 'u' : 'i';
  switch (element.type) {
    case 'FLOAT':
      return { kind: 'f', width: 4 };
    case 'DOUBLE':
      return { kind: 'f', width: 8 };
    case 'INT32':
      return { kind: whole, width: 4 };
    case 'INT64':
      return { kind: whole, width: 8 };
    default:
      return { kind: 'f', width: 2 };
  }
}

function integerTexts(bytes: Buffer, { element }: Leaf): string[] {
  const width = element.type === 'INT64' ? 8 : 4;
  const unsigned = isUnsigned(element);
  return Array.from({ length: bytes.length / width }, (_, i) => {
    if (width === 4) return String(unsigned ? bytes.readUInt32LE(4 * i) : bytes.readInt32LE(4 * i));
    return String(unsigned ? bytes.readBigUInt64LE(8 * i) : bytes.readBigInt64LE(8 * i));
  });
}

function readBits(page: PageBytes, count: number): Float32Array {
  const bytes = takeBytes(page, Math.ceil(count / 8));
  return Float32Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}

/** Truth values as runs. */
export function readRuns(page: PageBytes, { element }: Leaf, count: number): Float32Array {
  if (element.type !== 'BOOLEAN') throw new Error(`values of the type ${element.type} as runs`);
  const end = page.at + 4 + takeBytes(page, 4).readUInt32LE();
  if (end > page.bytes.length) throw new Error('the page ends early');
  return new Float32Array(readHybrid(page, end, 1, count));
}

export const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readTexts(page: PageBytes, count: number): string[] {
  const texts: string[] = [];
  for (let i = 0; i < count; i++) texts.push(utf8.decode(takeBytes(page, takeBytes(page, 4).readUInt32LE())));
  return texts;
}

/** Bytes of all first bytes, then of all second bytes, ... */
export function joinByteStreams(page: PageBytes, leaf: Leaf, count: number): PageBytes {
  const width = WIDTHS[leaf.element.type ?? ''];
  if (width === undefined) throw new Error(`values of the type ${leaf.element.type} in streams of bytes`);
  const streams = takeBytes(page, count * width);
  const bytes = Buffer.allocUnsafe(count * width);
  for (let b = 0; b < width; b++) {
    for (let i = 0; i < count; i++) bytes[i * width + b] = streams[b * count + i];
  }
  return { bytes, at: 0 };
}

/** `count` values by their numbers in a dictionary. */
export function readFromDictionary(page: PageBytes, dictionary: Values | undefined, count: number): Values {
  if (dictionary === undefined) throw new Error('a page refers to a dictionary that is not there');
  const [width] = takeBytes(page, 1);
  const indices = readHybrid(page, page.bytes.length, width, count);
  for (const index of indices) {
    if (index >= dictionary.length)
      throw new Error('a page refers to a value that its dictionary does not have');
  }
  if (Array.isArray(dictionary)) return Array.from(indices, (index) => dictionary[index]);
  const values = new (dictionary.BYTES_PER_ELEMENT === 4 ? Float32Array : Float64Array)(count);
  for (let i = 0; i < count; i++) values[i] = dictionary[indices[i]];
  return values;
}
