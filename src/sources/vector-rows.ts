import { checkFloat32 } from '../matrix-files/batches.ts';
import type { ReadMatrixOptions } from '../matrix-files/options.ts';
import { readRows } from '../matrix-files/read.ts';
import { RowSample } from './sampling.ts';
import type { Gathered, GatherOptions, SourceSize } from './source.ts';

/** The rows that such a file says to have. @throws what `readRows` throws. */
export async function sizeOfRows(path: string, reading: ReadMatrixOptions): Promise<SourceSize | undefined> {
  for await (const { total, cols } of readRows(path, { ...reading, type: 'float32' }))
    return total === undefined ? undefined : { rows: total, cols, exact: true };
  return undefined;
}

/**
 * A sample of the rows of a file in any format of `readRows`. Rows without an id are called `row 0`, `row 1`, ...
 *
 * @throws what `readRows` throws; DataError for a value beyond float32.
 */
export async function gatherRows(
  path: string,
  modality: string,
  reading: ReadMatrixOptions,
  options: GatherOptions,
): Promise<Gathered> {
  const { signal, onProgress } = options;
  const sample = new RowSample(options);
  const batches = readRows(path, { ...reading, ...(signal && { signal }) });
  for await (const batch of batches) {
    checkFloat32(batch, path);
    const { data, rows, cols, ids, labels, total } = batch;
    onProgress?.(sample.total, total);
    for (let i = 0; i < rows; i++) {
      const row = sample.total;
      const slot = sample.offer();
      if (slot === -1) continue;
      const vector = data.subarray(i * cols, (i + 1) * cols);
      sample.put(slot, ids?.[i] || `row ${row}`, labels?.[i] ?? '', vector);
    }
  }
  return sample.finish(modality, path, []);
}
