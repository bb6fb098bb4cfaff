import type { Point } from './signs.ts';

/**
 * Means of the clusters of points in the plane.
 *
 * @param map - n x 2, row-major.
 * @param clusters - n labels in [0, k).
 * @returns k points, in label order. Rows that are not finite are left out.
 * @throws RangeError for a map that is not n x 2, another number of labels, a label out of range or an empty cluster.
 * @example
 * const means = clusterMeans(map, labels, 12);
 */
export function clusterMeans(
  map: { readonly data: ArrayLike<number>; readonly rows: number; readonly cols: number },
  clusters: ArrayLike<number>,
  k: number,
): Point[] {
  if (map.cols !== 2) throw new RangeError(`Expected \`map\` to have 2 columns but it has ${map.cols}`);
  if (clusters.length !== map.rows) {
    throw new RangeError(`Expected ${map.rows} labels in \`clusters\` but received ${clusters.length}`);
  }
  const sums = Array.from({ length: k }, () => ({ x: 0, y: 0, n: 0 }));
  for (let i = 0; i < map.rows; i++) {
    const sum = sums[clusters[i]];
    if (sum === undefined) {
      throw new RangeError(`Expected \`clusters[${i}]\` to be in [0, ${k - 1}] but received ${clusters[i]}`);
    }
    const x = map.data[2 * i];
    const y = map.data[2 * i + 1];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    sum.x += x;
    sum.y += y;
    sum.n++;
  }
  return sums.map(({ x, y, n }, cluster) => {
    if (n === 0) throw new RangeError(`Expected cluster ${cluster} to have at least one finite row`);
    return [x / n, y / n];
  });
}
