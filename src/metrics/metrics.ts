import type { MatrixLike } from '../matrix.ts';
import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { readMetric } from '../neighbors/options.ts';
import { OptionReader } from '../options.ts';
import { ownedMatrix } from '../owned-matrix.ts';
import {
  type ClusterMetricOptions,
  ownedLabels,
  readNeighborhood,
  type TrustworthinessOptions,
} from './options.ts';

/**
 * How well the map `Y` (rows x any) can be trusted: whether neighbors in the map are also neighbors in the data `X` (rows x
 * any). 1 when all are, about 0.5 for a random map. For every row, each of its `neighbors` nearest rows in Y costs as much as
 * its rank among the row's neighbors in X exceeds `neighbors` (Venna and Kaski, "Neighborhood preservation in nonlinear
 * projection methods", ICANN 2001). Euclidean distances; equal ones rank by row. Takes O(rows^2) time.
 *
 * @throws RangeError when X and Y differ in their numbers of rows, there are fewer than 3 rows, `neighbors` is out of range, or
 *   a value is not finite.
 * @example
 * const X = matrix(new Float32Array([0, 1, 2, 3, 4, 5]), 6, 1);
 * await trustworthiness(X, X, { neighbors: 2 }); // 1
 */
export async function trustworthiness(
  X: MatrixLike,
  Y: MatrixLike,
  options: TrustworthinessOptions = {},
): Promise<number> {
  const read = new OptionReader(options, ['neighbors', 'threads', 'signal']);
  const threads = read.threads();
  const signal = read.signal();
  const data = ownedMatrix('X', X, { offset: 'fit' });
  const map = ownedMatrix('Y', Y, { offset: 'fit' });
  if (data.rows !== map.rows) {
    throw new RangeError(`Expected \`Y\` to have ${data.rows} rows as \`X\` has but received ${map.rows}`);
  }
  const neighbors = readNeighborhood(read, data.rows);
  const value = new Float64Array(1);
  await runJob(() => native().trustworthiness({ X: data, Y: map }, { neighbors, threads }, { value }), {
    signal,
  });
  return value[0];
}

/** What {@link silhouette} finds. */
export interface Silhouette {
  /** Mean over all rows, in [-1, 1]. */
  readonly mean: number;
  /** Mean over the rows of each cluster, by label; 0 for labels without rows. */
  readonly clusters: Float64Array;
  /** The silhouette of each row. */
  readonly values: Float64Array;
}

/**
 * How much nearer the rows of `X` (rows x any) are to their own cluster than to the next: for each row (b - a) / max(a, b) with a
 * its mean distance to the other rows of its cluster and b the smallest mean distance to another cluster (Rousseeuw,
 * "Silhouettes", J. Comput. Appl. Math. 1987); 0 for a row alone in its cluster. O(rows^2) time.
 *
 * `labels` holds one integer in [0, rows) for each row, and at least two different ones.
 *
 * @throws RangeError when the labels do not fit or a value is not finite; TypeError when `labels` is not an array.
 * @example
 * const X = matrix(new Float32Array([0, 1, 10, 11]), 4, 1);
 * const { mean } = await silhouette(X, [0, 0, 1, 1]); // about 0.9
 */
export async function silhouette(
  X: MatrixLike,
  labels: Int32Array | readonly number[],
  options: ClusterMetricOptions = {},
): Promise<Silhouette> {
  return (await silhouettes(X, [labels], options))[0];
}

/** {@link silhouette} of the same rows in several clusterings, whose distances are measured once. */
export async function silhouettes(
  X: MatrixLike,
  labelings: readonly (Int32Array | readonly number[])[],
  options: ClusterMetricOptions = {},
): Promise<Silhouette[]> {
  const { data, owned, clusters, signal, kernel } = readClusters(X, labelings, options);
  if (owned.some((labels) => labels.every((label) => label === labels[0]))) {
    throw new RangeError('Expected `labels` to name at least two clusters');
  }
  const ways = owned.length;
  const labels = new Int32Array(ways * data.rows);
  for (const [way, of] of owned.entries()) labels.set(of, way * data.rows);
  const values = new Float64Array(labels.length);
  await runJob(() => native().silhouette({ X: data, labels }, { ...kernel, ways }, { values }), { signal });
  return owned.map((labels, way) => {
    const own = values.slice(way * data.rows, (way + 1) * data.rows);
    return { ...meansByLabel(own, labels, clusters[way]), values: own };
  });
}

/**
 * The most central row of each cluster of `X` (rows x any): the one with the least mean distance to the rows of its cluster, the
 * lowest if several are equal (Kaufman and Rousseeuw, "Clustering by means of medoids", 1987). By label; -1 for labels that no row
 * has. Time grows with the sum of the squared sizes of the clusters.
 *
 * `labels` holds one integer in [0, rows) for each row.
 *
 * @throws RangeError when the labels do not fit or a value is not finite; TypeError when `labels` is not an array.
 * @example
 * const X = [[0], [1], [3], [10], [11]];
 * await medoids(X, [0, 0, 0, 1, 1]); // Int32Array [1, 3]
 */
export async function medoids(
  X: MatrixLike,
  labels: Int32Array | readonly number[],
  options: ClusterMetricOptions = {},
): Promise<Int32Array> {
  const { data, owned, signal, kernel } = readClusters(X, [labels], options);
  const rows = new Int32Array(kernel.clusters);
  await runJob(() => native().medoids({ X: data, labels: owned[0] }, kernel, { rows }), { signal });
  return rows;
}

function readClusters(X: MatrixLike, labelings: readonly unknown[], options: ClusterMetricOptions) {
  const read = new OptionReader(options, ['metric', 'threads', 'signal']);
  const threads = read.threads();
  const signal = read.signal();
  const cosine = readMetric(read) === 'cosine';
  const data = ownedMatrix('X', X, { offset: cosine ? 'refuse' : 'fit' });
  const owned = labelings.map((labels) => ownedLabels(labels, data.rows));
  const clusters = owned.map((labels) => labels.reduce((most, label) => Math.max(most, label + 1), 0));
  return { data, owned, clusters, signal, kernel: { clusters: Math.max(...clusters), cosine, threads } };
}

function meansByLabel(values: Float64Array, labels: Int32Array, clusters: number) {
  const sums = new Float64Array(clusters);
  const counts = new Float64Array(clusters);
  values.forEach((value, row) => {
    sums[labels[row]] += value;
    counts[labels[row]]++;
  });
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    clusters: sums.map((sum, label) => (counts[label] > 0 ? sum / counts[label] : 0)),
  };
}
