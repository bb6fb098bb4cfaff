import { leafOrder } from './leaf-order.ts';
import type { Merges } from './merges.ts';

/**
 * For every pair of rows, the height of the merge that first joins them, condensed: pair (i, j), i < j, is at i (2n - i - 1) /
 * 2 + j - i - 1.
 *
 * @throws RangeError when no array can be that long.
 */
export function copheneticDistances(merges: Merges): Float64Array {
  const rows = merges.rows + 1;
  const order = leafOrder(merges);
  const distances = new Float64Array((rows * (rows - 1)) / 2);
  const size = (node: number) => (node < rows ? 1 : merges.data[(node - rows) * 4 + 3]);
  // As in leafOrder: the rows of a cluster stand side by side, and each merge joins two such runs.
  const begin = new Int32Array(2 * rows - 1);
  for (let i = merges.rows - 1; i >= 0; i--) {
    const left = merges.data[i * 4];
    const right = merges.data[i * 4 + 1];
    const start = begin[rows + i];
    const middle = start + size(left);
    const end = middle + size(right);
    begin[left] = start;
    begin[right] = middle;
    for (let p = start; p < middle; p++) {
      for (let q = middle; q < end; q++) {
        const low = Math.min(order[p], order[q]);
        const high = Math.max(order[p], order[q]);
        distances[(low * (2 * rows - low - 1)) / 2 + high - low - 1] = merges.data[i * 4 + 2];
      }
    }
  }
  return distances;
}
