/** A tree of n rows in the form of scipy's linkage matrix, (n - 1) x 4 row-major: two parts, height, number of rows. */
export interface TreeMerges {
  readonly data: ArrayLike<number>;
  /** n - 1. */
  readonly rows: number;
}

/**
 * For each node of a tree (rows, then merges), the cluster in which it lies when only the merges `i` with `made(i)` are made;
 * -1 for merges that are not made. Clusters are numbered from 0 in the order of their first rows: row 0 is in cluster 0, the
 * first row outside it is in cluster 1, and so on.
 */
export function nodeClusters(merges: TreeMerges, made: (merge: number) => boolean): Int32Array {
  const rows = merges.rows + 1;
  // From the root down: each cluster passes its number on to its parts. Parts have lower numbers than wholes.
  const top = Int32Array.from({ length: 2 * rows - 1 }, (_, node) => node);
  for (let i = merges.rows - 1; i >= 0; i--) {
    if (!made(i)) continue;
    top[merges.data[i * 4]] = top[rows + i];
    top[merges.data[i * 4 + 1]] = top[rows + i];
  }
  const numbers = new Int32Array(top.length).fill(-1);
  let clusters = 0;
  for (let row = 0; row < rows; row++) {
    if (numbers[top[row]] < 0) numbers[top[row]] = clusters++;
  }
  return top.map((cluster, node) => (node < rows || made(node - rows) ? numbers[cluster] : -1));
}
