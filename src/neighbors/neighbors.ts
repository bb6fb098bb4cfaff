import { type Matrix, type MatrixLike, ownedMatrix } from '../matrix.ts';
import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { type CommonOptions, OptionReader } from '../options.ts';

/** Distance between rows: straight-line, or 1 - cos of the angle between them. */
export type Metric = 'euclidean' | 'cosine';

/** For each of some rows its nearest ones, nearest first. */
export interface Neighbors {
  /** rows x k: which rows they are; equal distances are in ascending order of this index. */
  readonly indices: Uint32Array;
  /** rows x k: how far they are. */
  readonly distances: Float32Array;
  /** Number of neighbours of each row. */
  readonly k: number;
}

/** Options of {@link nearestNeighbors}. */
export interface NeighborsOptions extends Omit<CommonOptions, 'seed'> {
  /** How many neighbours of each row: up to the number of rows of `X`, or without `query` one less. Default 10. */
  k?: number;
  /** Rows whose neighbours among `X` are wanted. Default: the rows of `X`, each without itself. */
  query?: MatrixLike;
  /** Default 'euclidean'. By 'cosine' a row of zeros is at distance 1 from all but other rows of zeros. */
  metric?: Metric;
  /**
   * Search only the parts of the data around each row (an inverted file): twice as fast at 100,000 rows, four times at 200,000,
   * and some of the neighbours are then not the nearest: of handwritten digits in 50 dimensions, one in 40 and one in 15. Not
   * with `query`.
   * Default false.
   */
  approximate?: boolean;
  /** Move the buffer of `X` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
  /** Called with the share of the work done, in [0, 1]. */
  onProgress?: (fraction: number) => void;
}

/**
 * The `k` nearest rows of `X` (rows x cols) for each query: exact unless `approximate` is set, equal to a search through all pairs up to float32
 * rounding of distances that are nearly equal. O(queries * rows * cols) time by matrix products.
 *
 * @throws RangeError when `k` is too large, column counts differ or a value is not finite; TypeError for arguments of the
 *   wrong kind.
 * @example
 * const { indices, distances } = await nearestNeighbors([[0, 0], [3, 4], [0, 1]], { k: 1 });
 * // indices: 2, 2, 0; distances: 1, 4.24, 1
 */
export async function nearestNeighbors(X: MatrixLike, options: NeighborsOptions = {}): Promise<Neighbors> {
  const read = new OptionReader(options, [
    'k',
    'query',
    'metric',
    'approximate',
    'transfer',
    'threads',
    'signal',
    'onProgress',
  ]);
  const metric = read.oneOf('metric', 'euclidean', ['euclidean', 'cosine']);
  const control = {
    signal: read.signal(),
    onProgress: read.callback('onProgress'),
  };
  const threads = read.threads();
  const transfer = read.boolean('transfer', false);
  const query = read.has('query') ? ownedMatrix('query', read.raw('query') as MatrixLike) : undefined;
  const data = ownedMatrix('X', X, { transfer });
  if (query !== undefined && query.cols !== data.cols) {
    throw new RangeError(`Expected \`query\` to have ${data.cols} columns but received ${query.cols}`);
  }
  const most = query === undefined ? Math.max(data.rows - 1, 0) : data.rows;
  const k = read.integer('k', Math.min(10, most), { min: 0, max: most, context: `for ${data.rows} rows` });
  const approximate = read.boolean('approximate', false);
  if (approximate && query !== undefined) {
    throw new TypeError('Expected `approximate` to be false where there is a `query`');
  }
  return searchNeighbors({ data, query, k, metric, approximate, threads }, control);
}

/** A search whose arguments have been checked. */
export interface NeighborSearch {
  data: Matrix;
  query?: Matrix | undefined;
  k: number;
  metric: Metric;
  approximate?: boolean;
  threads: number;
}

/** {@link nearestNeighbors} for matrices that nobody else writes to. */
export async function searchNeighbors(
  { data, query, k, metric, approximate = false, threads }: NeighborSearch,
  control: Parameters<typeof runJob>[1],
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
