import type { MatrixLike } from '../matrix.ts';
import { type JobControl, runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { type NeighborSearch, type NeighborsOptions, readSearch } from './options.ts';

/** The nearest rows of each of some rows, nearest first. */
export interface Neighbors {
  /** rows x k: which rows they are; equal distances are in ascending order of this index. */
  readonly indices: Uint32Array;
  /** rows x k: their distances. */
  readonly distances: Float32Array;
  /** Number of neighbors of each row. */
  readonly k: number;
}

/**
 * The `k` nearest rows of `X` (rows x cols) for each query: exact unless `approximate` is set. Equal to a search through all
 * pairs, except that float32 rounding can swap nearly equal distances. O(queries * rows * cols) time by matrix products.
 *
 * @throws RangeError when `k` is too large, column counts differ or a value is not finite; TypeError for arguments of the
 *   wrong kind.
 * @example
 * const { indices, distances } = await nearestNeighbors([[0, 0], [3, 4], [0, 1]], { k: 1 });
 * // indices: 2, 2, 0; distances: 1, 4.24, 1
 */
export async function nearestNeighbors(X: MatrixLike, options: NeighborsOptions = {}): Promise<Neighbors> {
  const { search, control } = readSearch(X, options);
  return searchNeighbors(search, control);
}

/** {@link nearestNeighbors} for matrices that nobody else writes to. */
export async function searchNeighbors(
  { data, query, k, metric, approximate = false, threads }: NeighborSearch,
  control: JobControl,
): Promise<Neighbors> {
  const rows = (query ?? data).rows;
  const found = { indices: new Uint32Array(rows * k), distances: new Float32Array(rows * k) };
  const inputs = query === undefined ? { X: data } : { X: data, query };
  await runJob(
    () => native().nearestNeighbors(inputs, { k, cosine: metric === 'cosine', approximate, threads }, found),
    control,
  );
  return { ...found, k };
}
