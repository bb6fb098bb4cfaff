import { DataError } from '../errors.ts';
import { isFloats } from '../matrix.ts';
import type { NpyHeader, NpyType } from './npy-header.ts';

/** The elements as numbers: float32 stays float32; everything else becomes float64. Bytes can be swapped in place. */
export function numbersOf(bytes: Buffer, { type, bigEndian }: NpyHeader): Float32Array | Float64Array {
  const array = arrayOf(bytes, type, bigEndian);
  return isFloats(array) ? array : Float64Array.from(array, Number);
}

type Elements = Float32Array | Float64Array | Iterable<number | bigint>;

function arrayOf(
  bytes: Buffer,
  { kind, width }: NpyType,
  bigEndian: boolean,
): Elements & Iterable<number | bigint> {
  if (bigEndian && width > 1) [bytes.swap16, bytes.swap32, bytes.swap64][Math.log2(width) - 1].call(bytes);
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes);
  const count = bytes.length / width;
  switch (`${kind}${width}`) {
    case 'f2':
      return Float64Array.from(new Uint16Array(buffer, byteOffset, count), halfFloat);
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

/** A binary16 number of IEEE 754 from its bits. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
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
  return Array.from(arrayOf(bytes, header.type, header.bigEndian), write);
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
