import { DataError } from '../errors.ts';
import { fileKind } from '../files/kind.ts';

/** The contents of an .npy file according to its header. */
export interface NpyHeader {
  readonly type: NpyType;
  readonly shape: readonly number[];
  readonly bigEndian: boolean;
  /** Whether the elements lie column by column. False if there are fewer than two rows or columns: then it makes no difference. */
  readonly fortran: boolean;
  /** Byte offset of the first element. */
  readonly dataOffset: number;
  /** Bytes of all elements. */
  readonly dataBytes: number;
}

/** Kind and width of an element; `U` is text of `width / 4` UTF-32 code points, `S` text of `width` bytes. */
export interface NpyType {
  readonly kind: 'f' | 'i' | 'u' | 'b' | 'U' | 'S';
  readonly width: number;
}

export const NPY_MAGIC = Buffer.from('\x93NUMPY', 'latin1');

const MAX_HEADER = 65_535;
const WIDTHS = { f: [2, 4, 8], i: [1, 2, 4, 8], u: [1, 2, 4, 8], b: [1] };

/** Reads bytes in order: as many as requested, fewer only at the end. `into` is memory for them. */
export type Take = (count: number, into?: Buffer) => Promise<Buffer>;

/** All of the next `count` bytes. @throws DataError when there are fewer. */
export async function takeAll(take: Take, count: number, file: string, into?: Buffer): Promise<Buffer> {
  const bytes = await take(count, into);
  if (bytes.length < count) throw new DataError('the file ends before the last element', { file });
  return bytes;
}

/** @throws DataError when there are bytes left. */
export async function checkEnd(take: Take, file: string): Promise<void> {
  if ((await take(1)).length > 0)
    throw new DataError('the file has more bytes after the last element', { file });
}

/**
 * Reads the header (versions 1, 2 and 3) and checks that the file has as many bytes as the elements need.
 *
 * @param size of the file in bytes; undefined when it is not known.
 * @throws DataError for another kind of file, a damaged header, a type other than real numbers or text, or a wrong size.
 */
export async function parseNpyHeader(take: Take, size: number | undefined, file: string): Promise<NpyHeader> {
  const start = await take(10);
  if (!start.subarray(0, 6).equals(NPY_MAGIC)) {
    const head = Buffer.concat([start, await take(4086)]);
    const found = head.length === 0 ? 'is empty' : `is ${fileKind(head) ?? 'another kind of file'}`;
    throw new DataError(`${found}, expected an .npy array (which starts with \\x93NUMPY)`, {
      file,
      offset: 0,
    });
  }
  const version = start[6];
  if (version < 1 || version > 3)
    throw new DataError(`.npy version ${version} is not known`, { file, offset: 6 });
  const extra = version === 1 ? Buffer.alloc(0) : await take(2);
  if (start.length < 10 || (version > 1 && extra.length < 2))
    throw new DataError('the file ends inside its header', { file, offset: 8 });
  const length = start.readUInt16LE(8) + (version === 1 ? 0 : extra.readUInt16LE() * 65_536);
  const headerOffset = version === 1 ? 10 : 12;
  const bytes = await take(Math.min(length, MAX_HEADER));
  if (bytes.length < length) {
    const problem = `the header should be ${length} bytes long but ${bytes.length} could be read`;
    throw new DataError(problem, { file, offset: 8 });
  }
  const text = bytes.toString(version === 3 ? 'utf8' : 'latin1');
  const description = parseDescription(text, { file, offset: headerOffset });
  return checkHeader(description, headerOffset + length, size, file);
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
  if (/'descr'\s*:\s*\[/.test(dict))
    throw new DataError('holds records of a structured type, expected an array of numbers or text', place);
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

function checkHeader(
  { descr, fortran, shape }: Description,
  dataOffset: number,
  size: number | undefined,
  file: string,
): NpyHeader {
  const type = parseType(descr);
  if (type === undefined) {
    const problem = `holds ${typeName(descr)} (type '${descr}'), expected real numbers or text`;
    throw new DataError(problem, { file });
  }
  const dataBytes = shape.reduce((product, extent) => product * extent, type.width);
  if (size !== undefined && dataBytes !== size - dataOffset) {
    const needs = `shape (${shape.join(', ')}) of '${descr}' needs ${dataBytes} bytes`;
    throw new DataError(`${needs} but the file holds ${size - dataOffset}`, { file, offset: dataOffset });
  }
  return {
    type,
    shape,
    bigEndian: descr.startsWith('>'),
    fortran: fortran && shape.filter((extent) => extent > 1).length > 1,
    dataOffset,
    dataBytes,
  };
}

function parseType(descr: string): NpyType | undefined {
  const match = /^[<>|=]([fiubUS])(\d{1,6})$/.exec(descr);
  if (match === null) return undefined;
  const kind = match[1] as NpyType['kind'];
  const count = Number(match[2]);
  if (kind === 'U' || kind === 'S')
    return count > 0 ? { kind, width: kind === 'U' ? 4 * count : count } : undefined;
  return WIDTHS[kind].includes(count) ? { kind, width: count } : undefined;
}

/** What the elements of an unsupported type are, for messages. */
function typeName(descr: string): string {
  const names: Record<string, string> = {
    O: 'Python objects (save text with astype(str), numbers with astype(float))',
    c: 'complex numbers',
    M: 'dates',
    m: 'spans of time',
    V: 'raw bytes or records',
    f: 'numbers of long double precision (save them with astype(float))',
    U: 'text of no length',
    S: 'text of no length',
  };
  return names[/^[<>|=]?([a-zA-Z])/.exec(descr)?.[1] ?? ''] ?? 'elements of a type that is not known';
}
