/**
 * The tree in the form of scipy's linkage matrix, row-major. Row i holds the two clusters that merge i joins (the lower
 * number first), its height, and the number of rows in the new cluster, which has the number n + i. Clusters 0 to n - 1 are
 * the rows of the data.
 */
export interface Merges {
  readonly data: Float64Array;
  /** n - 1. */
  readonly rows: number;
  readonly cols: 4;
}

/** @throws RangeError when `merges` is not a tree over its rows. */
export function checkMerges(merges: Merges): void {
  const n = merges.rows + 1;
  const used = new Uint8Array(2 * n - 1);
  for (let i = 0; i < merges.rows; i++) {
    const [a, b, height, size] = merges.data.subarray(i * 4, i * 4 + 4);
    const parts = [a, b].map((part) => (part < n ? 1 : merges.data[(part - n) * 4 + 3]));
    const fits = Number.isInteger(a) && Number.isInteger(b) && a >= 0 && a < b && b < n + i;
    if (!fits || used[a] !== 0 || used[b] !== 0 || !(height >= 0) || size !== parts[0] + parts[1]) {
      throw new RangeError(
        `Expected \`merges\` to describe a tree but row ${i} is [${[a, b, height, size]}]`,
      );
    }
    used[a] = used[b] = 1;
  }
}
