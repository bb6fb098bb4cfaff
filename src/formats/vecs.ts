import { DataError } from '../errors.ts';
import { ByteQueue } from '../files/byte-queue.ts';
import { firstBytes, isCompressed, readBytes, statPath } from '../files/read.ts';
import { copyFloats } from './floats.ts';

/** Some rows of a file. */
export interface VecsBlock {
  readonly start: number;
  readonly rows: number;
  readonly cols: number;
  readonly total: number | undefined;
  readonly data: Float32Array;
}

const BLOCK_BYTES = 4 << 20;
const MAX_COLS = 1_000_000;

/**
 * Streams the rows of the TEXMEX corpora's formats: for each row its number of columns as int32, then its values, float32 in .fvecs and
 * one byte each in .bvecs, little-endian.
 *
 * @param width bytes of a value: 4 or 1.
 * @throws DataError with the offset for a number of columns that is out of range or differs from the first, and when the file
 *   ends early.
 */
export async function* readVecs(file: string, width: 4 | 1): AsyncGenerator<VecsBlock> {
  const first = await firstBytes(file, 10);
  const chunks = readBytes(file);
  const queue = new ByteQueue();
  let [start, offset, cols] = [0, 0, 0];
  let total: number | undefined;
  try {
    for await (const chunk of chunks) {
      queue.push(chunk);
      if (cols === 0 && queue.length >= 4) {
        cols = firstCols(queue, file);
        if (!isCompressed(first)) total = rowsIn((await statPath(file)).size, cols * width + 4, file);
      }
      const rowBytes = cols * width + 4;
      if (queue.length < Math.max(rowBytes, BLOCK_BYTES)) continue;
      const rows = Math.floor(queue.length / rowBytes);
      yield {
        start,
        rows,
        cols,
        total,
        data: decode(queue.take(rows * rowBytes), rows, cols, width, file, offset),
      };
      start += rows;
      offset += rows * rowBytes;
    }
    const rowBytes = cols * width + 4;
    const rows = cols === 0 ? 0 : Math.floor(queue.length / rowBytes);
    const rest = decode(queue.take(rows * rowBytes), rows, cols, width, file, offset);
    if (queue.length > 0)
      throw new DataError('the file ends inside a row', {
        file,
        offset: offset + rows * rowBytes + queue.length,
      });
    if (rows > 0 || start === 0)
      yield { start, rows, cols, total: total ?? (start === 0 ? rows : undefined), data: rest };
  } finally {
    await chunks.return(undefined);
  }
}

function firstCols(queue: ByteQueue, file: string): number {
  const cols = queue.peekInt32();
  if (cols >= 1 && cols <= MAX_COLS) return cols;
  throw new DataError(`begins with a row of ${cols} columns, expected 1 to ${MAX_COLS}`, { file, offset: 0 });
}

function rowsIn(size: number, rowBytes: number, file: string): number {
  if (size % rowBytes === 0) return size / rowBytes;
  throw new DataError(`holds ${size} bytes, which are not whole rows of ${rowBytes} bytes`, { file });
}

function decode(
  bytes: Buffer,
  rows: number,
  cols: number,
  width: 4 | 1,
  file: string,
  offset: number,
): Float32Array {
  const data = new Float32Array(rows * cols);
  const rowBytes = cols * width + 4;
  for (let i = 0; i < rows; i++) {
    const at = i * rowBytes;
    const found = bytes.readInt32LE(at);
    if (found !== cols)
      throw new DataError(`a row has ${found} columns, where the first has ${cols}`, {
        file,
        offset: offset + at,
      });
    const values = bytes.subarray(at + 4, at + rowBytes);
    if (width === 4) copyFloats(values, data, i * cols);
    else data.set(values, i * cols);
  }
  return data;
}
