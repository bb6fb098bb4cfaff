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
  const rows = merges.rows + 1;
  const largest = new Float64Array(merges.rows);
  for (let i = 0; i < merges.rows; i++) {
    largest[i] = merges.data[i * 4 + 2];
    for (const part of [merges.data[i * 4], merges.data[i * 4 + 1]]) {
      if (part >= rows) largest[i] = Math.max(largest[i], largest[part - rows]);
    }
  }
  return largest;
}
