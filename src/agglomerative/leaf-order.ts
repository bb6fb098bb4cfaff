import type { Merges } from './merges.ts';

/** The rows from left to right as a dendrogram without crossings draws them, the lower-numbered part of each merge first. */
export function leafOrder(merges: Merges): Int32Array {
  const rows = merges.rows + 1;
  const order = new Int32Array(rows);
  // A cluster of s rows that begins at place p divides [p, p + s) among its parts. Parts have lower numbers than wholes.
  const begin = new Int32Array(2 * rows - 1);
  const size = (node: number) => (node < rows ? 1 : merges.data[(node - rows) * 4 + 3]);
  for (let i = merges.rows - 1; i >= 0; i--) {
    const left = merges.data[i * 4];
    begin[left] = begin[rows + i];
    begin[merges.data[i * 4 + 1]] = begin[rows + i] + size(left);
  }
  for (let row = 0; row < rows; row++) order[begin[row]] = row;
  return order;
}
