import type { Point } from './signs.ts';

/** n points of any dimension, row-major. */
interface Rows {
  readonly data: ArrayLike<number>;
  readonly rows: number;
  readonly cols: number;
}

/** The nearest object of another modality. */
export interface CelestialTwin {
  readonly modality: string;
  readonly row: number;
  /** Euclidean, in the space of the vectors. */
  readonly distance: number;
}

/**
 * The celestial twins of one object: for every other modality the nearest object of that modality. One pass over the
 * vectors, O(rows x cols) time, almost no memory. Of equally near objects, the first is the twin.
 *
 * @param vectors - rows x cols, e.g. the New Reality.
 * @param modalities - the modality of each row.
 * @param row - the object whose twins are wanted.
 * @returns one twin per other modality, in the order in which the modalities first appear.
 * @throws RangeError when `modalities` has another length or `row` is not one of the rows.
 * @example
 * const [{ modality, row }] = celestialTwins({ data: [0, 5, 1], rows: 3, cols: 1 }, ['sound', 'text', 'text'], 0);
 * // modality 'text', row 2
 */
export function celestialTwins(vectors: Rows, modalities: readonly string[], row: number): CelestialTwin[] {
  const { data, rows, cols } = vectors;
  if (modalities.length !== rows)
    throw new RangeError(`Expected ${rows} modalities but received ${modalities.length}`);
  if (!Number.isInteger(row) || row < 0 || row >= rows) {
    throw new RangeError(`Expected \`row\` to be in [0, ${rows - 1}] but received ${row}`);
  }
  const nearest = new Map<string, { row: number; squared: number }>();
  for (let other = 0; other < rows; other++) {
    const modality = modalities[other];
    if (modality === modalities[row]) continue;
    let squared = 0;
    for (let c = 0; c < cols; c++) squared += (data[row * cols + c] - data[other * cols + c]) ** 2;
    const best = nearest.get(modality);
    if (best === undefined || squared < best.squared) nearest.set(modality, { row: other, squared });
  }
  return Array.from(nearest, ([modality, { row: twin, squared }]) => {
    return { modality, row: twin, distance: Math.sqrt(squared) };
  });
}

/**
 * For each cluster, the row of the member nearest to its mean in the plane, or -1 if no member is finite.
 *
 * @param map - n x 2; `clusters` - n labels; `means` - one point per cluster.
 * @example
 * const rows = centralRows(map, labels, clusterMeans(map, labels, 12));
 */
export function centralRows(map: Rows, clusters: ArrayLike<number>, means: readonly Point[]): number[] {
  const nearest = means.map(() => -1);
  const least = means.map(() => Number.POSITIVE_INFINITY);
  for (let row = 0; row < map.rows; row++) {
    const cluster = clusters[row];
    const mean = means[cluster];
    if (mean === undefined) continue;
    const distance = Math.hypot(map.data[2 * row] - mean[0], map.data[2 * row + 1] - mean[1]);
    if (distance < least[cluster]) {
      least[cluster] = distance;
      nearest[cluster] = row;
    }
  }
  return nearest;
}
