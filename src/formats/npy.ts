import { DataError } from '../errors.ts';
import { ByteQueue } from '../files/byte-queue.ts';
import { asDataError } from '../files/file-error.ts';
import { firstBytes, isCompressed, openFile, readAt, readBytes } from '../files/read.ts';
import { blockMemory, type RowUse } from './block-memory.ts';
import { numbersOf, stringsOf } from './npy-elements.ts';
import { fortranBlocks } from './npy-fortran.ts';
import { checkEnd, type NpyHeader, parseNpyHeader, type Take, takeAll } from './npy-header.ts';

export type { NpyHeader, NpyType } from './npy-header.ts';
export { type NpyArray, npyBytes, npyHead, npyTexts } from './npy-write.ts';

const blockBytes = 4 << 20;

/**
 * Reads the header of an .npy file, plain, gzip or bzip2. A plain file must be exactly as long as the header promises.
 *
 * @throws what `parseNpyHeader` throws.
 */
export function readNpyHeader(file: string): Promise<NpyHeader> {
  return withNpy(openNpy(file), async ({ header }) => header);
}

/** The same of the bytes of an array's file, of which the rest is not read. */
export function npyStreamHeader(chunks: AsyncGenerator<Uint8Array>, file: string): Promise<NpyHeader> {
  return withNpy(openNpyStream(chunks, file), async ({ header }) => header);
}

async function withNpy<T>(opening: Promise<OpenNpy>, work: (opened: OpenNpy) => Promise<T>): Promise<T> {
  const opened = await opening;
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

interface OpenNpy {
  readonly header: NpyHeader;
  readonly take: Take;
  /** Rows; undefined if the file is compressed. */
  readonly total: number | undefined;
  close(): Promise<void>;
}

async function openNpy(file: string): Promise<OpenNpy> {
  return isCompressed(await firstBytes(file, 10)) ? openNpyStream(readBytes(file), file) : openPlain(file);
}

/** Reads blocks where they lie, each into memory of its own that is aligned for its numbers. */
async function openPlain(file: string): Promise<OpenNpy> {
  const handle = await openFile(file);
  let position = 0;
  const take: Take = async (count, into) => {
    try {
      const bytes = await readAt(handle, position, count, into);
      position += bytes.length;
      return bytes;
    } catch (error) {
      throw asDataError(error, file);
    }
  };
  try {
    const { size } = await handle.stat();
    const header = await parseNpyHeader(take, size, file);
    return { header, take, total: header.shape[0], close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The bytes of an array's file, whose number is not known. */
async function openNpyStream(chunks: AsyncGenerator<Uint8Array>, file: string): Promise<OpenNpy> {
  const queue = new ByteQueue();
  const fetch = async (): Promise<boolean> => {
    const next = await chunks.next();
    if (!next.done) queue.push(next.value);
    return !next.done;
  };
  const take: Take = async (count, into) => {
    if (into === undefined) {
      while (queue.length < count && (await fetch()));
      return queue.take(Math.min(count, queue.length));
    }
    let done = 0;
    while (done < count && (queue.length > 0 || (await fetch()))) {
      const part = queue.take(Math.min(count - done, queue.length));
      into.set(part, done);
      done += part.length;
    }
    return into.subarray(0, done);
  };
  const close = async () => {
    await chunks.return(undefined);
  };
  try {
    const header = await parseNpyHeader(take, undefined, file);
    return { header, take, total: undefined, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Some rows of a matrix. */
export interface NpyRows {
  /** Index of the first of these rows. */
  readonly start: number;
  readonly rows: number;
  readonly cols: number;
  /** rows x cols, row-major, exact: see `numbersOf`. */
  readonly data: Float32Array | Float64Array;
  /** Rows of the whole matrix; undefined if the file is compressed, because its header could promise anything. */
  readonly total: number | undefined;
}

/**
 * Streams the rows of a numeric matrix in blocks of about 4 MB; a matrix without rows is one empty block. In Fortran order, a plain
 * file is read in blocks too, a compressed one at once.
 *
 * @throws DataError for text, for other than two dimensions, for an integer beyond 2^53, and when the file ends early or late.
 * @example
 * for await (const { start, rows, data } of readNpyRows('features.npy')) console.log(start, rows, data[0]);
 */
export function readNpyRows(file: string, use: RowUse = {}): AsyncGenerator<NpyRows> {
  return rowsOf(() => openNpy(file), file, use);
}

/** The same of the bytes of an array's file, such as a member of an archive. */
export function npyStreamRows(chunks: AsyncGenerator<Uint8Array>, file: string): AsyncGenerator<NpyRows> {
  return rowsOf(() => openNpyStream(chunks, file), file, {});
}

async function* rowsOf(open: () => Promise<OpenNpy>, file: string, use: RowUse): AsyncGenerator<NpyRows> {
  const { header, take, total, close } = await open();
  try {
    const [rows, cols] = matrixShape(header, file);
    const blockRows = Math.max(1, Math.floor(blockBytes / Math.max(1, cols * header.type.width)));
    const next = header.fortran
      ? await fortranBlocks(file, header, take, total)
      : rowBlocks(file, header, take, total === undefined ? {} : use);
    const wanted = Math.min(rows, use.limit ?? rows);
    let start = 0;
    do {
      const count = Math.min(blockRows, wanted - start);
      yield { start, rows: count, cols, data: await next(start, count), total };
      start += count;
    } while (start < wanted);
    if (!header.fortran && wanted === rows) await checkEnd(take, file);
  } finally {
    await close();
  }
}

/** Gives the numbers of `count` rows from `start` on. */
type ReadBlock = (start: number, count: number) => Promise<Float32Array | Float64Array>;

function rowBlocks(file: string, header: NpyHeader, take: Take, { whole, limit }: RowUse): ReadBlock {
  const [rows, cols] = header.shape;
  const rowBytes = cols * header.type.width;
  // Other types become arrays of their own.
  const stays = whole && header.type.kind === 'f' && header.type.width > 2;
  const memory = blockMemory(stays ? Math.min(rows, limit ?? rows) * rowBytes : undefined);
  return async (start, count) => {
    const size = count * rowBytes;
    const bytes = await takeAll(take, size, file, memory(size));
    return numbersOf(bytes, header, file, header.dataOffset + start * rowBytes);
  };
}

/** Rows and columns of a matrix. @throws DataError for text and for arrays of other than two dimensions. */
export function matrixShape({ shape, type }: NpyHeader, file: string): [rows: number, cols: number] {
  const text = type.kind === 'U' || type.kind === 'S';
  if (shape.length === 1) {
    const problem = `is a list of ${shape[0]} ${text ? 'texts' : 'numbers'}`;
    throw new DataError(
      `${problem}, expected a matrix (rows x columns); a matrix of one column has the shape (rows, 1)`,
      { file },
    );
  }
  if (text) throw new DataError('holds text, expected numbers', { file });
  if (shape.length !== 2)
    throw new DataError(`has ${shape.length} dimensions, expected a matrix (rows x columns)`, { file });
  const [rows, cols] = shape;
  if (cols === 0 && rows > 0) throw new DataError('has rows without columns', { file });
  return [rows, cols];
}

/**
 * The elements of a vector, or of a matrix of one column, as strings, for ids and labels. Integers of 64 bits are exact.
 *
 * @throws DataError for other shapes and for text that is not Unicode.
 */
export function readNpyStrings(file: string): Promise<string[]> {
  return withNpy(openNpy(file), (opened) => stringsIn(opened, file));
}

/** The same of the bytes of an array's file. */
export function npyStreamStrings(chunks: AsyncGenerator<Uint8Array>, file: string): Promise<string[]> {
  return withNpy(openNpyStream(chunks, file), (opened) => stringsIn(opened, file));
}

async function stringsIn({ header, take }: OpenNpy, file: string): Promise<string[]> {
  const { shape, dataBytes } = header;
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    const found = shape.length === 0 ? 'a single value' : `an array of shape (${shape.join(', ')})`;
    throw new DataError(`is ${found}, expected a list: one dimension, or one column`, { file });
  }
  const bytes = await takeAll(take, dataBytes, file);
  await checkEnd(take, file);
  return stringsOf(bytes, header, file);
}
