import { types } from 'node:util';
import { DataError } from '../errors.ts';
import { isFloats } from '../matrix.ts';
import { halfFloats } from './half-float.ts';
import type { NpyHeader, NpyType } from './npy-header.ts';

/**
 * The elements as numbers, all of them exact: float32 for float16, float32, truth values and integers of 8 and 16 bits; float64
 * for the others. Bytes can be swapped in place.
 *
 * @param offset of `bytes` in the file, for the message.
 * @throws DataError for an integer beyond 2^53.
 */
export function numbersOf(
  bytes: Buffer,
  { type, bigEndian }: Pick<NpyHeader, 'type' | 'bigEndian'>,
  file: string,
  offset: number,
): Float32Array | Float64Array {
  return exactNumbers(arrayOf(bytes, type, bigEndian), { file, offset });
}

/** The same of elements in an array; `place` is that of the first, for messages. */
export function exactNumbers(
  array: NumberArray,
  place: { file: string; offset: number },
): Float32Array | Float64Array {
  if (isFloats(array)) return array;
  if (!isBigInts(array))
    return array.BYTES_PER_ELEMENT < 4 ? new Float32Array(array) : new Float64Array(array);
  const numbers = Float64Array.from(array, Number);
  const beyond = numbers.findIndex((value, i) => Math.abs(value) >= 2 ** 53 && BigInt(value) !== array[i]);
  if (beyond === -1) return numbers;
  throw new DataError(`holds ${array[beyond]}, an integer beyond 2^53 that would be rounded`, {
    file: place.file,
    offset: place.offset + beyond * 8,
  });
}

type BigInts = BigInt64Array | BigUint64Array;
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInts;

function isBigInts(array: NumberArray): array is BigInts {
  return types.isBigInt64Array(array) || types.isBigUint64Array(array);
}

function arrayOf(bytes: Buffer, { kind, width }: NpyType, bigEndian: boolean): NumberArray {
  if (bigEndian && width > 1) [bytes.swap16, bytes.swap32, bytes.swap64][Math.log2(width) - 1].call(bytes);
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const count = bytes.length / width;
  switch (`${kind}${width}`) {
    case 'f2':
      return halfFloats(new Uint16Array(buffer, byteOffset, count));
    case 'f4':
      return new Float32Array(buffer, byteOffset, count);
    case 'f8':
      return new Float64Array(buffer, byteOffset, count);
    case 'i1':
      return new Int8Array(buffer, byteOffset, count);
    case 'i2':
      return new Int16Array(buffer, byteOffset, count);
    case 'i4':
      return new Int32Array(buffer, byteOffset, count);
    case 'i8':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'u2':
      return new Uint16Array(buffer, byteOffset, count);
    case 'u4':
      return new Uint32Array(buffer, byteOffset, count);
    case 'u8':
      return new BigUint64Array(buffer, byteOffset, count);
    default:
      return new Uint8Array(buffer, byteOffset, count);
  }
}

/**
 * The elements as text: integers exactly, truth values as `true` and `false`, floats with the fewest digits that distinguish
 * them.
 */
export function stringsOf(bytes: Buffer, header: NpyHeader, file: string): string[] {
  const { kind, width } = header.type;
  const texts = (read: (start: number) => string) =>
    Array.from({ length: bytes.length / width }, (_, i) => read(i * width));
  if (kind === 'U') return texts((start) => utf32(bytes, start, header, file));
  if (kind === 'S') return texts((start) => byteString(bytes.subarray(start, start + width), file));
  const write = kind === 'b' ? (value: number | bigint) => String(value !== 0) : writerOf(header.type);
  const elements: Iterable<number | bigint> = arrayOf(bytes, header.type, header.bigEndian);
  return Array.from(elements, write);
}

function writerOf({ kind, width }: NpyType): (value: number | bigint) => string {
  if (kind !== 'f' || width === 8) return String;
  // Digits of the fraction and the least exponent of binary16 and binary32.
  const [digits, least] = width === 2 ? [10, -14] : [23, -126];
  return (value) => shortest(Number(value), digits, least);
}

function shortest(value: number, digits: number, least: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  const exponent = Math.max(least, Math.floor(Math.log2(Math.abs(value))));
  // Half the distance to the next number; below a power of two the numbers lie twice as dense.
  const reach = 2 ** (exponent - digits) / (Math.abs(value) === 2 ** exponent ? 4 : 2);
  for (let precision = 1; precision < 17; precision++) {
    const candidate = Number(value.toPrecision(precision));
    if (Math.abs(candidate - value) < reach) return String(candidate);
  }
  return String(value);
}

function byteString(bytes: Buffer, file: string): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
  } catch (cause) {
    throw new DataError('holds byte strings that are not UTF-8 text', { file }, { cause });
  }
}

function utf32(bytes: Buffer, start: number, { type, bigEndian }: NpyHeader, file: string): string {
  let text = '';
  for (let at = start; at < start + type.width; at += 4) {
    const code = bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    if (code > 0x10ffff) throw new DataError('text that is not Unicode', { file });
    text += String.fromCodePoint(code);
  }
  return text.replace(/\0+$/, '');
}
