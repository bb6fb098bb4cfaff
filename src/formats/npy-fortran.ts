import { openFile, readAt } from '../files/read.ts';
import { numbersOf } from './npy-elements.ts';
import { checkEnd, type NpyHeader, type Take, takeAll } from './npy-header.ts';

/**
 * Reads blocks of rows of a matrix that lies column by column: from a plain file a piece of each column, from a compressed one
 * (`total` undefined) everything at once.
 *
 * @returns a function that gives the numbers of `count` rows from `start` on, row-major.
 */
export async function fortranBlocks(
  file: string,
  header: NpyHeader,
  take: Take,
  total: number | undefined,
): Promise<(start: number, count: number) => Promise<Float32Array | Float64Array>> {
  const [rows, cols] = header.shape;
  const { width } = header.type;
  const all = total === undefined ? await takeAll(take, header.dataBytes, file) : undefined;
  if (all !== undefined) await checkEnd(take, file);
  return async (start, count) => {
    const handle = all === undefined ? await openFile(file) : undefined;
    try {
      let block: Float32Array | Float64Array | undefined;
      for (let col = 0; col < cols; col++) {
        const from = (col * rows + start) * width;
        const bytes =
          handle === undefined
            ? Buffer.from((all as Buffer).subarray(from, from + count * width))
            : await readAt(handle, header.dataOffset + from, count * width);
        const column = numbersOf(bytes, header, file, header.dataOffset + from);
        block ??=
          column.BYTES_PER_ELEMENT === 4 ? new Float32Array(count * cols) : new Float64Array(count * cols);
        for (let i = 0; i < count; i++) block[i * cols + col] = column[i];
      }
      return block ?? new Float32Array(0);
    } finally {
      await handle?.close();
    }
  };
}
