import { describe } from '../errors.ts';
import { notANumber } from '../matrix.ts';
import { native } from '../native/loader.ts';
import type { Cluster } from './cluster.ts';
import type { Merges } from './merges.ts';
import type { Linkage } from './options.ts';
import { toCluster } from './tree.ts';

/** The linkage of each method of ml-hclust, and whether the recurrence is applied to distances that are not squared. */
const METHODS = {
  single: { linkage: 'single', unsquared: false },
  complete: { linkage: 'complete', unsquared: false },
  average: { linkage: 'average', unsquared: false },
  upgma: { linkage: 'average', unsquared: false },
  wpgma: { linkage: 'weighted', unsquared: false },
  centroid: { linkage: 'centroid', unsquared: true },
  upgmc: { linkage: 'centroid', unsquared: true },
  median: { linkage: 'median', unsquared: true },
  wpgmc: { linkage: 'median', unsquared: true },
  ward: { linkage: 'ward', unsquared: true },
  ward2: { linkage: 'ward', unsquared: false },
} as const satisfies {
  readonly [method: string]: { readonly linkage: Linkage; readonly unsquared: boolean };
};

/** Options of {@link agnes}, the same as ml-hclust's. */
export interface AgnesOptions<T> {
  /** Default: the Euclidean distance of arrays of numbers. */
  distanceFunction?: (a: T, b: T) => number;
  /** Default 'complete'. Case does not matter. */
  method?: keyof typeof METHODS;
  /** `data` are the rows of a distance matrix. Default false. */
  isDistanceMatrix?: boolean;
}

/**
 * Agglomerative clustering with the signature, options, methods and result of ml-hclust's `agnes`: replace the import and keep
 * the rest. Like ml-hclust, it works on the calling thread; {@link AgglomerativeClustering.fit} does not block. As there,
 * `ward`, `centroid` and `median` apply their recurrence to the distances as they are, and `ward2` is the usual Ward's method.
 * Of equal distances, the pair with the lowest rows is merged first.
 *
 * @param data Points (arrays of numbers, or anything with a `distanceFunction`), at least one; or with `isDistanceMatrix` the rows
 *   of a symmetric matrix with zeros on the diagonal.
 * @throws RangeError for an unknown method or distances that are negative, not finite or not symmetric; TypeError when `data`
 *   is not an array.
 * @example
 * const tree = agnes([[0, 0], [0, 1], [5, 5]], { method: 'ward2' });
 * tree.cut(2).map((cluster) => cluster.indices()); // [[2], [0, 1]]
 */
export function agnes<T>(data: T[], options: AgnesOptions<T> = {}): Cluster {
  if (!Array.isArray(data))
    throw new TypeError(`Expected \`data\` to be an array but received ${describe(data)}`);
  const { distanceFunction, method = 'complete', isDistanceMatrix = false } = options;
  const how = howOf(method);
  if (data.length === 0) throw new RangeError('Expected `data` to have at least one row but received 0');
  const merges: Merges = { data: new Float64Array((data.length - 1) * 4), rows: data.length - 1, cols: 4 };
  if (!isDistanceMatrix && distanceFunction === undefined) checkNumbers(data);
  const points =
    isDistanceMatrix || distanceFunction !== undefined || how.unsquared ? undefined : exactFloat32(data);
  if (points !== undefined) {
    const kernel = { linkage: how.linkage, metric: 'euclidean', float64: true, threads: 0 };
    native().agglomerativeFitNow({ X: points }, kernel, { merges: merges.data });
  } else {
    const distances = isDistanceMatrix
      ? condensedMatrix(data as number[][])
      : condensedDistances(data, distanceFunction ?? (euclidean as (a: T, b: T) => number));
    const kernel = { ...how, rows: data.length, square: false, float64: true, threads: 0 };
    native().agglomerativeFitDistancesNow({ distances }, kernel, { merges: merges.data });
  }
  return toCluster(merges);
}

function howOf(method: unknown) {
  const name = String(method).toLowerCase();
  if (!Object.hasOwn(METHODS, name)) {
    throw new RangeError(
      `Expected \`method\` to be one of ${Object.keys(METHODS).join(', ')} but received ${describe(method)}`,
    );
  }
  return METHODS[name as keyof typeof METHODS];
}

/** @throws RangeError for the first value of the rows that is not a number. */
function checkNumbers(rows: readonly unknown[]): void {
  rows.forEach((row, i) => {
    const { length } = row as ArrayLike<unknown>;
    for (let k = 0; k < length; k++) {
      const value = (row as ArrayLike<unknown>)[k];
      if (typeof value !== 'number') throw notANumber('`data`', i, k, value);
    }
  });
}

/** The points as float32, when that loses nothing: then no distance matrix is needed for Ward and single linkage. */
function exactFloat32(rows: readonly unknown[]) {
  const cols = (rows[0] as ArrayLike<number>)?.length;
  const data = new Float32Array(rows.length * (cols || 0));
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as ArrayLike<number>;
    if (row?.length !== cols) return undefined;
    for (let k = 0; k < cols; k++) {
      data[i * cols + k] = row[k];
      if (data[i * cols + k] !== row[k]) return undefined;
    }
  }
  return { data, rows: rows.length, cols };
}

/** @throws RangeError when a distance is not a number. */
function condensedDistances<T>(
  data: readonly T[],
  distance: (a: T, b: T) => number,
  what = 'the distances of `data`',
): Float64Array {
  const n = data.length;
  const distances = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const value: unknown = distance(data[i], data[j]);
      if (typeof value !== 'number') throw notANumber(what, j, i, value);
      distances[at++] = value;
    }
  }
  return distances;
}

/** ml-hclust reads the lower triangle. */
function condensedMatrix(rows: readonly number[][]): Float64Array {
  return condensedDistances([...rows.keys()], (i, j) => {
    if (rows[j]?.length !== rows.length) {
      throw new RangeError(
        `Expected a square matrix but row ${j} has ${rows[j]?.length} of ${rows.length} values`,
      );
    }
    return rows[j][i];
  });
}

function euclidean(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) ** 2;
  return Math.sqrt(sum);
}
