import { DataError } from '../errors.ts';
import { ByteQueue } from '../files/byte-queue.ts';
import { firstBytes, isCompressed, readBytes, statPath } from '../files/read.ts';
import { type Matrix, matrix } from '../matrix.ts';
import { numbersOf, stringsOf } from './npy-elements.ts';
import { type NpyHeader, parseNpyHeader, type Take } from './npy-header.ts';

export type { NpyHeader, NpyType } from './npy-header.ts';
export { type NpyArray, npyBytes } from './npy-write.ts';

const blockBytes = 4 << 20;

/**
 * Reads the header of an .npy file, plain, gzip or bzip2. A plain file must be exactly as long as the header promises.
 *
 * @throws what `parseNpyHeader` throws.
 */
export function readNpyHeader(file: string): Promise<NpyHeader> {
  return withNpy(file, async (header) => header);
}

async function withNpy<T>(file: string, work: (header: NpyHeader, take: Take) => Promise<T>): Promise<T> {
  const opened = await openNpy(file);
  try {
    return await work(opened.header, opened.take);
  } finally {
    await opened.close();
  }
}

async function openNpy(file: string): Promise<{ header: NpyHeader; take: Take; close: () => Promise<void> }> {
  const size = isCompressed(await firstBytes(file, 10)) ? undefined : (await statPath(file)).size;
  const chunks = readBytes(file);
  const queue = new ByteQueue();
  const take: Take = async (count) => {
    while (queue.length < count) {
      const next = await chunks.next();
      if (next.done) break;
      queue.push(next.value);
    }
    return queue.take(Math.min(count, queue.length));
  };
  const close = async () => {
    await chunks.return(undefined);
  };
  try {
    return { header: await parseNpyHeader(take, size, file), take, close };
  } catch (error) {
    await close();
    throw error;
  }
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
 * @throws DataError for text, for more than two dimensions, and when the file ends early or late.
 * @example
 * for await (const { start, rows, values } of readNpyRows('features.npy')) console.log(start, rows, values[0]);
 */
export async function* readNpyRows(file: string): AsyncGenerator<NpyRows> {
  const { header, take, close } = await openNpy(file);
  try {
    const [rows, cols] = rowsAndColumns(header, file);
    const rowBytes = cols * header.type.width;
    const blockRows = Math.max(1, Math.floor(blockBytes / Math.max(1, rowBytes)));
    for (let start = 0; start < rows; start += blockRows) {
      const count = Math.min(blockRows, rows - start);
      const bytes = await takeAll(take, count * rowBytes, file);
      yield { start, rows: count, values: numbersOf(bytes, header) };
    }
    await checkEnd(take, file);
  } finally {
    await close();
  }
}

async function takeAll(take: Take, count: number, file: string): Promise<Buffer> {
  const bytes = await take(count);
  if (bytes.length < count) throw new DataError('the file ends before the last element', { file });
  return bytes;
}

async function checkEnd(take: Take, file: string): Promise<void> {
  if ((await take(1)).length > 0)
    throw new DataError('the file has more bytes after the last element', { file });
}

/**
 * A whole numeric array as a float32 matrix.
 *
 * @throws what `readNpyRows` and `matrixShape` throw.
 */
export async function readNpyMatrix(file: string): Promise<Matrix> {
  const [rows, cols] = matrixShape(await readNpyHeader(file), file);
  const parts: Float32Array[] = [];
  for await (const { values } of readNpyRows(file)) parts.push(Float32Array.from(values));
  const data = new Float32Array(rows * cols);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return matrix(data, rows, cols);
}

/** Rows and columns of a matrix. @throws DataError for text and for arrays of other than two dimensions. */
export function matrixShape(header: NpyHeader, file: string): [rows: number, cols: number] {
  if (header.shape.length === 1) {
    const problem = `is a list of ${header.shape[0]} ${header.type.kind === 'U' || header.type.kind === 'S' ? 'texts' : 'numbers'}`;
    throw new DataError(
      `${problem}, expected a matrix (rows x columns); a matrix of one column has the shape (rows, 1)`,
      { file },
    );
  }
  return rowsAndColumns(header, file);
}

function rowsAndColumns({ shape, type }: NpyHeader, file: string): [rows: number, cols: number] {
  if (type.kind === 'U' || type.kind === 'S') throw new DataError('holds text, expected numbers', { file });
  if (shape.length !== 1 && shape.length !== 2) {
    throw new DataError(`has ${shape.length} dimensions, expected a matrix (rows x columns)`, { file });
  }
  const [rows, cols = 1] = shape;
  if (cols === 0 && rows > 0) throw new DataError('has rows without columns', { file });
  return [rows, cols];
}

/**
 * The elements of a vector, or of a matrix of one column, as strings, for ids and labels. Integers of 64 bits are exact.
 *
 * @throws DataError for other shapes and for text that is not Unicode.
 */
export function readNpyStrings(file: string): Promise<string[]> {
  return withNpy(file, async (header, take) => {
    const { shape, dataBytes } = header;
    if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
      const found = shape.length === 0 ? 'a single value' : `an array of shape (${shape.join(', ')})`;
      throw new DataError(`is ${found}, expected a list: one dimension, or one column`, { file });
    }
    const bytes = await takeAll(take, dataBytes, file);
    await checkEnd(take, file);
    return stringsOf(bytes, header, file);
  });
}
