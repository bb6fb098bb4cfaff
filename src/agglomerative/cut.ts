import { nodeClusters } from '../node-clusters.ts';
import type { Merges } from './merges.ts';

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
