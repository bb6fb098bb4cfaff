import { type Matrix, matrix } from '../../src/matrix.ts';
import { seededRandom } from './bytes.ts';

/** Plain O(n^3) linkage: merges the closest pair, ties to the lowest rows, by Lance and Williams' recurrence (1967). */
export function plainLinkage(distances: readonly (readonly number[])[], linkage: string): number[][] {
  const n = distances.length;
  // For ward, centroid and median the recurrence is for squared distances.
  const squared = ['ward', 'centroid', 'median'].includes(linkage);
  const d = distances.map((row) => row.map((value) => (squared ? value * value : value)));
  const size: number[] = Array(n).fill(1);
  const label = Array.from({ length: n }, (_, i) => i);
  const live = new Set(label);
  const merges: number[][] = [];
  while (live.size > 1) {
    const [a, b] = closestPair(d, [...live]);
    const between = d[a][b];
    live.delete(b);
    for (const k of live) {
      if (k === a) continue;
      d[a][k] = d[k][a] = update(linkage, d[a][k], d[b][k], between, size[a], size[b], size[k]);
    }
    size[a] += size[b];
    const low = Math.min(label[a], label[b]);
    merges.push([low, label[a] + label[b] - low, squared ? Math.sqrt(between) : between, size[a]]);
    label[a] = n + merges.length - 1;
  }
  return merges;
}

function closestPair(d: number[][], live: number[]): [number, number] {
  let best: [number, number] = [live[0], live[1]];
  for (const i of live) {
    for (const j of live) {
      if (i < j && d[i][j] < d[best[0]][best[1]]) best = [i, j];
    }
  }
  return best;
}

function update(
  linkage: string,
  ak: number,
  bk: number,
  ab: number,
  a: number,
  b: number,
  k: number,
): number {
  switch (linkage) {
    case 'single':
      return Math.min(ak, bk);
    case 'complete':
      return Math.max(ak, bk);
    case 'average':
      return (a * ak + b * bk) / (a + b);
    case 'weighted':
      return (ak + bk) / 2;
    case 'ward':
      return ((a + k) * ak + (b + k) * bk - k * ab) / (a + b + k);
    case 'centroid':
      return (a * ak + b * bk - (a * b * ab) / (a + b)) / (a + b);
    case 'median':
      return (ak + bk) / 2 - ab / 4;
    default:
      throw new Error(`no such linkage: ${linkage}`);
  }
}

/** Pairwise Euclidean distances of the rows, in double precision. */
export function euclideanDistances({ data, rows, cols }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: rows }, (_, j) => {
      let sum = 0;
      for (let k = 0; k < cols; k++) sum += (data[i * cols + k] - data[j * cols + k]) ** 2;
      return Math.sqrt(sum);
    }),
  );
}

/** Whether two labelings are the same partition, whatever the numbers of clusters. */
export function samePartition(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  const there = new Map<number, number>();
  const back = new Map<number, number>();
  for (let i = 0; i < a.length; i++) {
    if ((there.get(a[i]) ?? b[i]) !== b[i] || (back.get(b[i]) ?? a[i]) !== a[i]) return false;
    there.set(a[i], b[i]);
    back.set(b[i], a[i]);
  }
  return a.length === b.length;
}

/** Rows uniformly distributed in a cube of side 10. */
export function points(rows: number, cols: number, seed: number): Matrix {
  const random = seededRandom(seed);
  return matrix(
    Float32Array.from({ length: rows * cols }, () => random() * 10),
    rows,
    cols,
  );
}
