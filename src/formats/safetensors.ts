import { DataError } from '../errors.ts';
import { messageOf } from '../files/file-error.ts';
import { readWhole } from '../files/read.ts';

/** A named array of a safetensors file, row-major. */
export interface Tensor {
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
  readonly shape: readonly number[];
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

const kinds = [
  { dtype: 'F64', array: Float64Array },
  { dtype: 'I64', array: BigInt64Array },
  { dtype: 'F32', array: Float32Array },
  { dtype: 'I32', array: Int32Array },
] as const;

/** The limit that the format's own implementation sets for headers. */
export const MAX_HEADER = 100_000_000;

/**
 * The bytes of a safetensors file, as chunks to be written one after another: u64le length of the header with the header as
 * JSON, then each tensor, as a view and not a copy. The same input gives the same bytes: tensors are ordered by element size
 * (so that each is aligned) and name, metadata by name.
 *
 * @throws RangeError when an array's length is not the product of its shape, or a name is the reserved `__metadata__`.
 */
export function safetensorsChunks(
  tensors: Iterable<readonly [string, Tensor]>,
  metadata: Iterable<readonly [string, string]> = [],
): Uint8Array[] {
  const entries = [...tensors].sort(([nameA, a], [nameB, b]) => {
    return b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || compare(nameA, nameB);
  });
  const header: [string, unknown][] = [];
  const notes = [...metadata].sort(([a], [b]) => compare(a, b));
  if (notes.length > 0) header.push(['__metadata__', Object.fromEntries(notes)]);
  let end = 0;
  for (const [name, tensor] of entries) {
    checkTensor(name, tensor);
    const start = end;
    end += tensor.data.byteLength;
    header.push([name, { dtype: dtypeOf(name, tensor), shape: tensor.shape, data_offsets: [start, end] }]);
  }
  if (new Set(header.map(([name]) => name)).size !== header.length)
    throw new RangeError('Expected different names');
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  // Blanks after the header align the arrays to eight bytes.
  const dataStart = 8 + Math.ceil(json.length / 8) * 8;
  const start = Buffer.alloc(dataStart, ' ');
  start.writeBigUInt64LE(BigInt(dataStart - 8));
  json.copy(start, 8);
  return [
    start,
    ...entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}

/**
 * The bytes before the elements of a file of one matrix, always as many whatever its rows, so that they can be replaced when all
 * rows have been written.
 */
export function safetensorsHead(name: string, dtype: 'F32' | 'F64', rows: number, cols: number): Buffer {
  if (name === '__metadata__') throw new RangeError('Expected another name than the reserved `__metadata__`');
  const json = (count: number) => {
    const entry = { dtype, shape: [count, cols], data_offsets: [0, count * cols * DTYPES[dtype]] };
    return Buffer.from(JSON.stringify({ [name]: entry }));
  };
  const length = Math.ceil(json(Number.MAX_SAFE_INTEGER).length / 8) * 8;
  const start = Buffer.alloc(8 + length, ' ');
  start.writeBigUInt64LE(BigInt(length));
  json(rows).copy(start, 8);
  return start;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function dtypeOf(name: string, tensor: Tensor): string {
  const kind = kinds.find(({ array }) => tensor.data?.[Symbol.toStringTag] === array.name);
  if (kind === undefined)
    throw new TypeError(`Expected \`${name}\` to be a float32, float64, int32 or int64 array`);
  return kind.dtype;
}

function checkTensor(name: string, { data, shape }: Tensor): void {
  if (name === '__metadata__') throw new RangeError('Expected another name than the reserved `__metadata__`');
  if (elements(shape) !== data.length) {
    throw new RangeError(
      `Expected \`${name}\` to hold ${shape.join(' x ')} values but its length is ${data.length}`,
    );
  }
}

/** Product of a shape of non-negative integers; NaN if it is not such a shape or the product exceeds 2^53. */
function elements(shape: readonly unknown[]): number {
  let product = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || Number(size) < 0) return Number.NaN;
    product *= Number(size);
  }
  return Number.isSafeInteger(product) ? product : Number.NaN;
}

/** Reads a safetensors file. @throws DataError for a missing or damaged file. */
export async function readSafetensors(file: string): Promise<Safetensors> {
  return parseSafetensors(await readWhole(file), file);
}

/**
 * Reads the bytes of a safetensors file. Arrays are views of `bytes` if the alignment allows, else copies.
 *
 * @throws DataError unless the header fits the file, every array has a known type, a length that fits its shape, and
 * all of them together cover the data without gap or overlap.
 */
export function parseSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const fail = (problem: string, offset?: number): never => {
    throw new DataError(problem, { file, offset });
  };
  if (bytes.length < 8) fail(`a file of ${bytes.length} bytes is too short for a safetensors header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER || length > bytes.length - 8) {
    fail(`the header should be ${length} bytes long but the file has ${bytes.length - 8} after it`, 0);
  }
  const data = bytes.subarray(8 + length);
  const { entries, metadata } = parseSafetensorsHeader(bytes.subarray(8, 8 + length), data.length, file);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, start, end } of entries) {
    const kind = kinds.find((candidate) => candidate.dtype === dtype);
    if (kind === undefined)
      return fail(`${labelOf(name)} has the type ${JSON.stringify(dtype)}, expected F64, F32, I64 or I32`, 8);
    tensors.set(name, { data: typedView(data.subarray(start, end), kind.array), shape });
  }
  return { tensors, metadata };
}

/** Where an array lies in a safetensors file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: keyof typeof DTYPES;
  readonly shape: readonly number[];
  /** First byte and the byte after the last, counted from the end of the header. */
  readonly start: number;
  readonly end: number;
}

/** Bytes of an element. */
export const DTYPES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

/**
 * The arrays that a header describes.
 *
 * @param dataBytes bytes of the file after the header.
 * @throws DataError as `parseSafetensors`.
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  dataBytes: number,
  file: string,
): { entries: TensorEntry[]; metadata: Map<string, string> } {
  const fail: Fail = (problem, offset) => {
    throw new DataError(problem, { file, offset });
  };
  const metadata = new Map<string, string>();
  const entries: TensorEntry[] = [];
  for (const [name, entry] of Object.entries(parseHeader(bytes, file))) {
    if (name === '__metadata__') readMetadata(entry, metadata, fail);
    else entries.push(readEntry(name, entry, dataBytes, fail));
  }
  checkCover(
    entries.map(({ start, end, name }) => [start, end, name]),
    dataBytes,
    fail,
  );
  return { entries, metadata };
}

function labelOf(name: string): string {
  return `the array ${JSON.stringify(name.slice(0, 80))}`;
}

type Fail = (problem: string, offset?: number) => never;

function parseHeader(bytes: Uint8Array, file: string): object {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (bytes[0] === 0x7b && typeof header === 'object' && header !== null) return header;
  } catch (error) {
    throw new DataError(
      `the header is not JSON (${messageOf(error)})`,
      { file, offset: 8 },
      { cause: error },
    );
  }
  throw new DataError('the header is not a JSON object', { file, offset: 8 });
}

function readMetadata(entry: unknown, into: Map<string, string>, fail: Fail): void {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    fail('the metadata are not a JSON object', 8);
  for (const [key, value] of Object.entries(entry as object)) {
    if (typeof value !== 'string') fail(`the metadata entry ${JSON.stringify(key)} is not a string`, 8);
    into.set(key, value);
  }
}

function readEntry(name: string, entry: unknown, dataBytes: number, fail: Fail): TensorEntry {
  const label = labelOf(name);
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype))
    return fail(`${label} has the type ${JSON.stringify(dtype)}, expected F64, F32, I64 or I32`, 8);
  if (!Array.isArray(shape) || Number.isNaN(elements(shape))) return fail(`${label} has no valid shape`, 8);
  if (
    !Array.isArray(offsets) ||
    offsets.length !== 2 ||
    !offsets.every((value) => Number.isSafeInteger(value))
  ) {
    return fail(`${label} has no valid offsets`, 8);
  }
  const [start, end]: number[] = offsets;
  if (start < 0 || end < start || end > dataBytes) {
    return fail(`${label} lies at ${start} to ${end} but the file has ${dataBytes} bytes of data`, 8);
  }
  const known = dtype as TensorEntry['dtype'];
  if (elements(shape) * DTYPES[known] !== end - start) {
    return fail(`${label} of shape [${shape.join(', ')}] cannot be ${end - start} bytes long`, 8);
  }
  return { name, dtype: known, shape, start, end };
}

type ArrayKind = (typeof kinds)[number]['array'];

function typedView(bytes: Uint8Array, array: ArrayKind): Tensor['data'] {
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0;
  const source = aligned ? bytes : Uint8Array.from(bytes);
  return new array(source.buffer as ArrayBuffer, source.byteOffset, bytes.length / array.BYTES_PER_ELEMENT);
}

/** Arrays must lie end to end: a gap could hide data, an overlap shows damage. */
function checkCover(extents: [number, number, string][], size: number, fail: Fail): void {
  extents.sort(([startA, endA], [startB, endB]) => startA - startB || endA - endB);
  let position = 0;
  for (const [start, end, name] of extents) {
    if (start !== position) {
      fail(
        `${start < position ? 'an overlap' : 'a gap'} before the array ${JSON.stringify(name.slice(0, 80))}`,
        8,
      );
    }
    position = end;
  }
  if (position !== size) fail(`${size - position} bytes after the last array`, 8);
}
