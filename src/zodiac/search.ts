import { assign } from './assignment.ts';
import { type Point, signPoints } from './signs.ts';
import { centroid, fitSimilarity, move, type Similarity, spread } from './similarity.ts';

/** A similarity and an assignment, neither of which can be improved alone. */
export interface LocalOptimum {
  /** Takes `from` onto `to`. */
  readonly similarity: Similarity;
  /** For each point of `to` the index of its partner in `from`. */
  readonly pairs: readonly number[];
  /** Share of the variance of `to` that is left unexplained, in [0, 1]. */
  readonly residual: number;
}

// The twelve-gon looks the same after every 30 degrees, so only the angle modulo 30 distinguishes starts.
const STARTS = 36;
const SECTOR = Math.PI / 6;
const MOST_PAIR_STARTS = 800;

/**
 * The results of alternating between assignment and fit, from many starts. One side is the twelve sign points. All of `to` is
 * matched, and it has at most as many points as `from`.
 *
 * With twelve on both sides, the best center and scale do not depend on the assignment, so only starting angles are tried.
 * Otherwise the used part of the circle can be a short arc, far from its center, so transforms that put two points exactly onto
 * two others are tried as well.
 */
export function localOptima(from: readonly Point[], to: readonly Point[]): LocalOptimum[] {
  const starts = turnedStarts(from, to);
  if (from.length !== to.length) starts.push(...pairStarts(from, to));
  return starts.map((start) => alternate(from, to, start));
}

function turnedStarts(from: readonly Point[], to: readonly Point[]): Similarity[] {
  const source = spread(from) / from.length;
  const size = source > 0 ? Math.sqrt(spread(to) / to.length / source) : 0;
  const [fx, fy] = centroid(from);
  const [tx, ty] = centroid(to);
  return Array.from({ length: STARTS }, (_, i) => {
    const angle = (i / STARTS) * SECTOR;
    const a: Point = [size * Math.cos(angle), size * Math.sin(angle)];
    return { a, b: [tx - a[0] * fx + a[1] * fy, ty - a[1] * fx - a[0] * fy] };
  });
}

/** The first sign of a pair can be fixed: other signs give the same starts, turned. With many clusters, an even selection. */
function pairStarts(from: readonly Point[], to: readonly Point[]): Similarity[] {
  const clusters = from === signPoints ? to : from;
  const found: Similarity[] = [];
  const count = ((signPoints.length - 1) * clusters.length * (clusters.length - 1)) / 2;
  const stride = Math.ceil(count / MOST_PAIR_STARTS);
  for (let index = 0, i = 0; i < clusters.length; i++) {
    for (let j = 0; j < i; j++) {
      for (let sign = 1; sign < signPoints.length; sign++) {
        if (index++ % stride !== 0) continue;
        const twoSigns = [signPoints[0], signPoints[sign]];
        const twoClusters = [clusters[i], clusters[j]];
        found.push(
          clusters === to ? fitSimilarity(twoSigns, twoClusters) : fitSimilarity(twoClusters, twoSigns),
        );
      }
    }
  }
  return found;
}

/** Assignment and fit in turn until the assignment stays. No step increases the sum, so it ends. */
function alternate(from: readonly Point[], to: readonly Point[], start: Similarity): LocalOptimum {
  let similarity = start;
  let pairs: number[] = [];
  for (let step = 0; step < 100; step++) {
    const moved = from.map((point) => move(similarity, point));
    const next = assign(to.map(([x, y]) => moved.map(([u, v]) => (x - u) ** 2 + (y - v) ** 2)));
    if (next.every((column, row) => column === pairs[row])) break;
    pairs = next;
    const partners = pairs.map((column) => from[column]);
    similarity = fitSimilarity(partners, to);
  }
  return { similarity, pairs, residual: residualShare(similarity, pairs, from, to) };
}

function residualShare(
  similarity: Similarity,
  pairs: readonly number[],
  from: readonly Point[],
  to: readonly Point[],
): number {
  const total = spread(to);
  if (total === 0) return 0;
  let sum = 0;
  to.forEach(([x, y], i) => {
    const [u, v] = move(similarity, from[pairs[i]]);
    sum += (x - u) ** 2 + (y - v) ** 2;
  });
  return Math.min(1, sum / total);
}
