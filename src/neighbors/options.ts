import { aboutOption } from '../errors.ts';
import type { Matrix, MatrixLike } from '../matrix.ts';
import type { JobControl } from '../native/job.ts';
import { type CallOptions, forRows, OptionReader } from '../options.ts';
import { ownedMatrix } from '../owned-matrix.ts';
import { type OnProgress, phaseControl } from '../progress.ts';

/** Distance between rows: straight-line, or 1 - cos of the angle between them. */
export type Metric = 'euclidean' | 'cosine';

/** Options of `nearestNeighbors`. */
export interface NeighborsOptions extends CallOptions {
  /** Number of neighbors of each row: at most the number of rows of `X`, or one less without `query`. Default 10. */
  k?: number;
  /** Rows for which to find neighbors among `X`. Default: the rows of `X`, each without itself. */
  query?: MatrixLike;
  /** Default 'euclidean'. By 'cosine', a row of zeros is at distance 1 from other rows, and at 0 from rows of zeros. */
  metric?: Metric;
  /**
   * Search only near each row (by an inverted file): twice as fast at 100,000 rows, four times at 200,000. Some neighbors are then
   * not the nearest ones: one in 40 and one in 15, measured on handwritten digits in 50 dimensions. Not allowed with `query`.
   * Default false.
   */
  approximate?: boolean;
  /** Move the buffer of `X` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
  /** Called with progress, in the phase 'search'. */
  onProgress?: OnProgress;
}

const OPTIONS = [
  'k',
  'query',
  'metric',
  'approximate',
  'transfer',
  'threads',
  'signal',
  'onProgress',
] as const;

/** A search whose arguments have been checked. */
export interface NeighborSearch {
  data: Matrix;
  query?: Matrix | undefined;
  k: number;
  metric: Metric;
  approximate?: boolean;
  threads: number;
}

/** The rows and options of `nearestNeighbors`, checked. */
export function readSearch(
  X: MatrixLike,
  options: NeighborsOptions,
): { search: NeighborSearch; control: JobControl } {
  const read = new OptionReader(options, OPTIONS);
  const metric = readMetric(read);
  const control = phaseControl({ signal: read.signal(), onProgress: read.callback('onProgress') }, 'search');
  const threads = read.threads();
  const transfer = read.boolean('transfer', false);
  const offset = metric === 'euclidean' ? 'fit' : 'refuse';
  const data = ownedMatrix('X', X, { transfer, offset });
  const query = read.has('query')
    ? ownedMatrix('query', read.raw('query') as MatrixLike, { offset: data.offset })
    : undefined;
  if (query !== undefined && query.cols !== data.cols) {
    throw new RangeError(`Expected \`query\` to have ${data.cols} columns but received ${query.cols}`);
  }
  const { k, approximate } = readCount(read, data.rows, query !== undefined);
  return { search: { data, query, k, metric, approximate, threads }, control };
}

/** What a search reads that depends on the number of rows. */
function readCount(read: OptionReader<NeighborsOptions>, rows: number, query: boolean) {
  const most = query ? rows : Math.max(rows - 1, 0);
  const k = read.integer('k', Math.min(10, most), { min: 0, max: most, ...forRows(rows) });
  const approximate = read.boolean('approximate', false);
  if (approximate && query) {
    throw aboutOption(new TypeError('Expected `approximate` to be false with a `query`'), 'approximate');
  }
  return { k, approximate };
}

/** Checks options before there are rows. @throws what `nearestNeighbors` throws for options that are wrong for any rows. */
export function checkOptions(options: Omit<NeighborsOptions, 'query'>, query: boolean): void {
  const read = new OptionReader<NeighborsOptions, typeof OPTIONS>(options, OPTIONS);
  readMetric(read);
  read.threads();
  readCount(read, Number.POSITIVE_INFINITY, query);
}

export function readMetric(read: OptionReader<{ metric?: Metric }>): Metric {
  return read.oneOf('metric', 'euclidean', ['euclidean', 'cosine']);
}

/** A name of a group of rows. */
export type GroupName = string | number;

/** Options of `MutualProximity.fit`. */
export interface MutualProximityOptions extends CallOptions {
  /** For each row, the name of its group. Default: all rows are one group. */
  groups?: ArrayLike<GroupName>;
}

/** Options of `MutualProximity.neighbors`. */
export interface MutualNeighborsOptions extends CallOptions {
  /** Number of neighbors of each group, at least 1. Default 3. */
  k?: number;
}

/** Options of `MutualProximity.query`. */
export interface MutualQueryOptions extends MutualNeighborsOptions {
  /** For each query, the name of its group, which must be a fitted one. Required unless there is only one group. */
  groups?: ArrayLike<GroupName>;
}
