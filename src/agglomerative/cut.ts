import type { Merges } from './merges.ts';

/**
 * Labels of the rows when only merges `i` with `applied(i)` are made. Clusters are numbered from 0 in the order of their
 * lowest rows: row 0 is in cluster 0, the first row outside of it in cluster 1, and so on.
 */
export function cut(merges: Merges, applied: (merge: number) => boolean): Int32Array {
  const rows = merges.rows + 1;
  // From the root down: a cluster hands what it belongs to on to its parts. Parts have lower numbers than wholes.
  const top = new Int32Array(2 * rows - 1);
  for (let node = 0; node < top.length; node++) top[node] = node;
  for (let i = merges.rows - 1; i >= 0; i--) {
    if (!applied(i)) continue;
    top[merges.data[i * 4]] = top[rows + i];
    top[merges.data[i * 4 + 1]] = top[rows + i];
  }
  const numbers = new Int32Array(top.length).fill(-1);
  const labels = new Int32Array(rows);
  let clusters = 0;
  for (let row = 0; row < rows; row++) {
    const cluster = top[row];
    if (numbers[cluster] < 0) numbers[cluster] = clusters++;
    labels[row] = numbers[cluster];
  }
  return labels;
}

/** For each merge the largest height in its subtree; the heights themselves unless the linkage allows inversions. */
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
