import { endianness } from 'node:os';
import { types } from 'node:util';
import { DataError } from '../errors.ts';
import { openFile, readAt } from '../files/read.ts';
import { type Matrix, matrix } from '../matrix.ts';

/** What an .npy file holds, as its header says and its size confirms. */
export interface NpyHeader {
  readonly type: NpyType;
  readonly shape: readonly number[];
  readonly bigEndian: boolean;
  /** Byte offset of the first element. */
  readonly dataOffset: number;
}

/** Kind and width of an element; `U` is text of `width / 4` UTF-32 code points. */
export interface NpyType {
  readonly kind: 'f' | 'i' | 'u' | 'b' | 'U';
  readonly width: number;
}

const magic = Buffer.from('\x93NUMPY', 'latin1');
const maxHeader = 65_535;
const blockBytes = 4 << 20;
const widths = { f: [4, 8], i: [1, 2, 4, 8], u: [1, 2, 4, 8], b: [1] };

/**
 * Reads the header of an .npy file (versions 1, 2 and 3) and checks that the file is exactly as long as it promises.
 *
 * @throws DataError for a damaged header, a type other than real numbers or text, Fortran order, or a wrong size.
 */
export async function readNpyHeader(file: string): Promise<NpyHeader> {
  const handle = await openFile(file);
  try {
    const { size } = await handle.stat();
    const start = await readAt(handle, 0, 12);
    if (start.length < 10 || !start.subarray(0, 6).equals(magic)) {
      throw new DataError('is no .npy file (it does not start with \\x93NUMPY)', { file, offset: 0 });
    }
    const version = start[6];
    if (version < 1 || version > 3 || (version > 1 && start.length < 12)) {
      throw new DataError(`.npy version ${version} is not known`, { file, offset: 6 });
    }
    const headerOffset = version === 1 ? 10 : 12;
    const length = version === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8);
    const dataOffset = headerOffset + length;
    if (length > maxHeader || dataOffset > size) {
      throw new DataError(`the header should be ${length} bytes long but the file has ${size}`, {
        file,
        offset: 8,
      });
    }
    const text = (await readAt(handle, headerOffset, length)).toString(version === 3 ? 'utf8' : 'latin1');
    return checkHeader(parseDescription(text, { file, offset: headerOffset }), dataOffset, size, file);
  } finally {
    await handle.close();
  }
}

interface Description {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** The header is a Python dict with exactly these three keys, in any order. */
function parseDescription(text: string, place: { file: string; offset: number }): Description {
  const dict = text.trim();
  const body = dict.startsWith('{') && dict.endsWith('}') ? dict.slice(1, -1).trimEnd() : undefined;
  const entry =
    /\s*'(descr|fortran_order|shape)'\s*:\s*(?:'([^']{1,20})'|(True|False)|\(([\d\sL,]*)\))\s*(?:,|$)/y;
  const found = new Map<string, RegExpExecArray>();
  let position = 0;
  while (body !== undefined && position < body.length) {
    entry.lastIndex = position;
    const match = entry.exec(body);
    if (match === null) break;
    found.set(match[1], match);
    position = entry.lastIndex;
  }
  const descr = found.get('descr')?.[2];
  const fortran = found.get('fortran_order')?.[3];
  const shape = found.get('shape')?.[4];
  if (position !== body?.length || descr === undefined || fortran === undefined || shape === undefined) {
    throw new DataError('the header does not give descr, fortran_order and shape of a plain array', place);
  }
  const sizes = shape.split(',').map((size) => size.trim().replace(/L$/, ''));
  if (sizes.at(-1) === '') sizes.pop();
  if (sizes.some((size) => !/^\d{1,16}$/.test(size)))
    throw new DataError(`the shape (${shape}) is damaged`, place);
  return { descr, fortran: fortran === 'True', shape: sizes.map(Number) };
}

function checkHeader(description: Description, dataOffset: number, size: number, file: string): NpyHeader {
  const { descr, fortran, shape } = description;
  const type = parseType(descr);
  if (type === undefined) {
    throw new DataError(`elements of type '${descr}' can not be read, expected real numbers`, { file });
  }
  // An array of one column or one row lies the same way in both orders.
  if (fortran && shape.filter((extent) => extent > 1).length > 1) {
    throw new DataError('the array is in Fortran order; save it with numpy.ascontiguousarray', { file });
  }
  const bytes = shape.reduce((product, extent) => product * extent, type.width);
  if (bytes !== size - dataOffset) {
    const needs = `shape (${shape.join(', ')}) of '${descr}' needs ${bytes} bytes`;
    throw new DataError(`${needs} but the file holds ${size - dataOffset}`, { file, offset: dataOffset });
  }
  return { type, shape, bigEndian: descr.startsWith('>'), dataOffset };
}

function parseType(descr: string): NpyType | undefined {
  const match = /^[<>|=]([fiubU])(\d{1,6})$/.exec(descr);
  if (match === null) return undefined;
  const kind = match[1] as NpyType['kind'];
  const count = Number(match[2]);
  if (kind === 'U') return count > 0 ? { kind, width: 4 * count } : undefined;
  return widths[kind].includes(count) ? { kind, width: count } : undefined;
}

/** Some rows of a two-dimensional array. */
export interface NpyRows {
  /** Index of the first of these rows. */
  readonly start: number;
  readonly rows: number;
  /** rows x cols, row-major. float64 holds every element exactly, except integers beyond 2^53. */
  readonly values: Float32Array | Float64Array;
}

/**
 * Streams the rows of a numeric array in blocks of about 4 MB. A vector is read as one column.
 *
 * @throws DataError for text, for more than two dimensions, and when the file is cut while it is read.
 * @example
 * for await (const { start, rows, values } of readNpyRows('features.npy')) console.log(start, rows, values[0]);
 */
export async function* readNpyRows(file: string): AsyncGenerator<NpyRows> {
  const header = await readNpyHeader(file);
  const [rows, cols] = matrixShape(header, file);
  const rowBytes = cols * header.type.width;
  const blockRows = Math.max(1, Math.floor(blockBytes / Math.max(1, rowBytes)));
  const handle = await openFile(file);
  try {
    for (let start = 0; start < rows; start += blockRows) {
      const count = Math.min(blockRows, rows - start);
      const offset = header.dataOffset + start * rowBytes;
      const bytes = await readAt(handle, offset, count * rowBytes);
      if (bytes.length < count * rowBytes)
        throw new DataError('the file was cut while it was read', { file, offset });
      yield { start, rows: count, values: decode(bytes, header) };
    }
  } finally {
    await handle.close();
  }
}

/**
 * A whole numeric array as a float32 matrix; a vector is one column.
 *
 * @throws DataError as `readNpyRows` does.
 */
export async function readNpyMatrix(file: string): Promise<Matrix> {
  const [rows, cols] = matrixShape(await readNpyHeader(file), file);
  const data = new Float32Array(rows * cols);
  for await (const { start, values } of readNpyRows(file)) data.set(values, start * cols);
  return matrix(data, rows, cols);
}

/** Rows and columns of a two-dimensional array, or of a vector as one column. @throws DataError for other shapes. */
export function matrixShape({ shape, type }: NpyHeader, file: string): [rows: number, cols: number] {
  if (type.kind === 'U') throw new DataError('holds text, expected numbers', { file });
  if (shape.length !== 1 && shape.length !== 2) {
    throw new DataError(`has ${shape.length} dimensions, expected a matrix (rows x columns)`, { file });
  }
  const [rows, cols = 1] = shape;
  if (cols === 0 && rows > 0) throw new DataError('has rows without columns', { file });
  return [rows, cols];
}

/** The elements of a vector of numbers or text as strings, for labels. */
export async function readNpyStrings(file: string): Promise<string[]> {
  const header = await readNpyHeader(file);
  if (header.shape.length !== 1) {
    throw new DataError(`has ${header.shape.length} dimensions, expected a vector`, { file });
  }
  const handle = await openFile(file);
  try {
    const bytes = await readAt(handle, header.dataOffset, header.shape[0] * header.type.width);
    if (header.type.kind !== 'U') return Array.from(decode(bytes, header), String);
    return Array.from({ length: header.shape[0] }, (_, i) =>
      utf32(bytes, i * header.type.width, header, file),
    );
  } finally {
    await handle.close();
  }
}

function utf32(bytes: Buffer, start: number, { type, bigEndian }: NpyHeader, file: string): string {
  let text = '';
  for (let at = start; at < start + type.width; at += 4) {
    const code = bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    if (code > 0x10ffff) throw new DataError('text that is no Unicode', { file });
    text += String.fromCodePoint(code);
  }
  return text.replace(/\0+$/, '');
}

/** The elements as numbers: float32 stays what it is, everything else becomes float64. */
function decode(bytes: Buffer, { type, bigEndian }: NpyHeader): Float32Array | Float64Array {
  const { kind, width } = type;
  if (bigEndian && width > 1) [bytes.swap16, bytes.swap32, bytes.swap64][Math.log2(width) - 1].call(bytes);
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes);
  const count = bytes.length / width;
  switch (`${kind}${width}`) {
    case 'f4':
      return new Float32Array(buffer, byteOffset, count);
    case 'f8':
      return new Float64Array(buffer, byteOffset, count);
    case 'i1':
      return Float64Array.from(new Int8Array(buffer, byteOffset, count));
    case 'i2':
      return Float64Array.from(new Int16Array(buffer, byteOffset, count));
    case 'i4':
      return Float64Array.from(new Int32Array(buffer, byteOffset, count));
    case 'i8':
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case 'u2':
      return Float64Array.from(new Uint16Array(buffer, byteOffset, count));
    case 'u4':
      return Float64Array.from(new Uint32Array(buffer, byteOffset, count));
    case 'u8':
      return Float64Array.from(new BigUint64Array(buffer, byteOffset, count), Number);
    default:
      return Float64Array.from(bytes);
  }
}

/** An array to write: row-major values with their shape, or a matrix. */
export type NpyArray = { readonly data: Float32Array | Float64Array | Int32Array } & (
  | { readonly shape: readonly number[] }
  | { readonly rows: number; readonly cols: number }
);

/**
 * The bytes of an .npy file (version 1.0) for an array of float32, float64 or int32; numpy.load reads it.
 *
 * @throws RangeError when the length of the data is not the product of the shape.
 * @example
 * await writeFile('map.npy', npyBytes(map.embedding));
 */
export function npyBytes(array: NpyArray): Buffer {
  const { data } = array;
  const shape = 'shape' in array ? array.shape : [array.rows, array.cols];
  const product = shape.reduce((total, extent) => total * extent, 1);
  if (product !== data.length || shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) {
    throw new RangeError(
      `Expected \`data\` to hold ${shape.join(' x ')} values but its length is ${data.length}`,
    );
  }
  const order = endianness() === 'LE' ? '<' : '>';
  const descr = `${order}${types.isInt32Array(data) ? 'i' : 'f'}${data.BYTES_PER_ELEMENT}`;
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The data start on a multiple of 64 bytes; the line feed is the last byte of the header.
  const dataOffset = Math.ceil((magic.length + 4 + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(dataOffset, ' ');
  magic.copy(header);
  header.set([1, 0], 6);
  header.writeUInt16LE(dataOffset - 10, 8);
  header.write(text, 10, 'latin1');
  header[dataOffset - 1] = 10;
  return Buffer.concat([header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}
