import { aboutOption } from '../errors.ts';
import { nodeClusters } from '../node-clusters.ts';
import { forRows, OptionReader } from '../options.ts';
import type { Merges } from './merges.ts';

/** Where {@link AgglomerativeClustering.labels} cuts the tree. Give exactly one of `clusters`, `distance` and `inconsistency`. */
export type Cut =
  | {
      /** Number of clusters, in [1, rows]. */
      clusters: number;
      distance?: undefined;
      inconsistency?: undefined;
      depth?: undefined;
    }
  | {
      /** Merges up to this height, inclusive, are made. */
      distance: number;
      clusters?: undefined;
      inconsistency?: undefined;
      depth?: undefined;
    }
  | {
      /** Merges whose inconsistency, and every one below them, is at most this are made. */
      inconsistency: number;
      /** Levels below a merge that it is compared with, itself included, in [1, 1e6]. Default 2. */
      depth?: number;
      clusters?: undefined;
      distance?: undefined;
    };

const CUTS = ['clusters', 'distance', 'inconsistency'] as const;

/**
 * The one number that cuts the tree. `rows` is Infinity if the rows are not known yet.
 *
 * @throws what {@link AgglomerativeClustering.labels} throws.
 */
export function readCut(
  at: Cut,
  rows: number,
): { readonly by: (typeof CUTS)[number]; readonly most: number; readonly depth: number } {
  const read = new OptionReader<Partial<Record<(typeof CUTS)[number] | 'depth', number>>>(at, [
    ...CUTS,
    'depth',
  ]);
  const [by, ...others] = CUTS.filter((name) => read.has(name));
  if (by === undefined || others.length > 0) {
    throw new TypeError('Expected one of `clusters`, `distance` and `inconsistency`');
  }
  if (read.has('depth') && by !== 'inconsistency') {
    throw aboutOption(new TypeError('Expected `depth` only with `inconsistency`'), 'depth');
  }
  const most =
    by === 'clusters'
      ? read.integer('clusters', 1, { min: 1, max: rows, ...forRows(rows) })
      : read.number(by, 0, { min: 0 });
  return { by, most, depth: readDepth(read) };
}

export function readDepth(read: OptionReader<{ depth?: number }>): number {
  return read.integer('depth', 2, { min: 1, max: 1e6 });
}

/** Labels of the rows when only merges `i` with `made(i)` are made: see {@link nodeClusters}. */
export function cut(merges: Merges, made: (merge: number) => boolean): Int32Array {
  return nodeClusters(merges, made).slice(0, merges.rows + 1);
}

/**
 * For each merge, the largest height in its subtree. Unless the linkage allows inversions, these are the heights themselves.
 */
export function largestHeights(merges: Merges): Float64Array {
  return largestBelow(merges, (merge) => merges.data[merge * 4 + 2]);
}

/** For each merge, the largest value in its subtree. */
export function largestBelow({ data, rows }: Merges, valueAt: (merge: number) => number): Float64Array {
  const largest = new Float64Array(rows);
  for (let merge = 0; merge < rows; merge++) {
    largest[merge] = valueAt(merge);
    for (const part of [data[merge * 4] - rows - 1, data[merge * 4 + 1] - rows - 1]) {
      if (part >= 0) largest[merge] = Math.max(largest[merge], largest[part]);
    }
  }
  return largest;
}
