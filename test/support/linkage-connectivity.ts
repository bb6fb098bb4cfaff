import type { Matrix } from '../../src/matrix.ts';
import { euclideanDistances } from './linkage.ts';

interface Cluster {
  readonly node: number;
  readonly lowest: number;
  readonly size: number;
  readonly center: number[];
}

/**
 * Plain O(n^3) linkage of linked clusters: the nearest linked pair is merged; of equally near ones, that with the
 * lowest rows. Ward, centroid and median use the clusters' centers; the others use distances of linked pairs, which a merge
 * combines if both parts have one. Sorted by height, except for ward, centroid and median.
 */
export function connectivityLinkage(X: Matrix, links: readonly number[][], linkage: string): number[][] {
  const n = X.rows;
  const rows = euclideanDistances(X);
  const geometric = ['ward', 'centroid', 'median'].includes(linkage);
  let live: Cluster[] = Array.from({ length: n }, (_, i) => ({
    node: i,
    lowest: i,
    size: 1,
    center: [...X.data.subarray(i * X.cols, (i + 1) * X.cols)],
  }));
  // Distances of linked clusters, by their nodes.
  const near = new Map<string, number>();
  const key = (a: Cluster, b: Cluster) => `${Math.min(a.node, b.node)} ${Math.max(a.node, b.node)}`;
  links.forEach((list, i) => {
    for (const j of list) if (i !== j) near.set(`${Math.min(i, j)} ${Math.max(i, j)}`, rows[i][j]);
  });
  const distance = (a: Cluster, b: Cluster): number => {
    const linked = near.get(key(a, b));
    if (linked === undefined || !geometric) return linked ?? Number.POSITIVE_INFINITY;
    const between = Math.hypot(...a.center.map((value, k) => value - b.center[k]));
    return linkage === 'ward' ? between * Math.sqrt((2 * a.size * b.size) / (a.size + b.size)) : between;
  };
  const merges: number[][] = [];
  while (live.length > 1) {
    // `live` is sorted by lowest row, so the first of equally near pairs has the lowest rows.
    let [best, first, second] = [Number.POSITIVE_INFINITY, live[0], live[0]];
    live.forEach((a, i) => {
      for (const b of live.slice(i + 1)) {
        const between = distance(a, b);
        if (between < best) [best, first, second] = [between, a, b];
      }
    });
    if (best === Number.POSITIVE_INFINITY) throw new Error('the graph does not hang together');
    const share = linkage === 'median' ? 0.5 : second.size / (first.size + second.size);
    const whole: Cluster = {
      node: n + merges.length,
      lowest: first.lowest,
      size: first.size + second.size,
      center: first.center.map((value, k) => value + share * (second.center[k] - value)),
    };
    for (const other of live) {
      if (other === first || other === second) continue;
      const distances = [near.get(key(first, other)), near.get(key(second, other))];
      const combined = combine(linkage, distances, first.size, second.size);
      if (combined !== undefined) near.set(key(whole, other), combined);
    }
    merges.push([Math.min(first.node, second.node), Math.max(first.node, second.node), best, whole.size]);
    live = live
      .filter((cluster) => cluster !== second)
      .map((cluster) => (cluster === first ? whole : cluster));
  }
  return merges;
}

function combine(
  linkage: string,
  [a, b]: (number | undefined)[],
  sizeA: number,
  sizeB: number,
): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (linkage === 'single') return Math.min(a, b);
  if (linkage === 'complete') return Math.max(a, b);
  return linkage === 'average' ? (sizeA * a + sizeB * b) / (sizeA + sizeB) : (a + b) / 2;
}
