import { describe } from '../errors.ts';
import { localOptima } from './search.ts';
import { type Point, signPoints, signs } from './signs.ts';
import { centroid, inverse, type Similarity } from './similarity.ts';

/** How clusters and signs go together. */
export interface ZodiacMatch {
  /** For each cluster, the index of its sign, or -1 if it has none (only with more than 12 clusters). */
  readonly signOf: readonly number[];
  /** For each of the 12 signs, the index of its cluster, or -1 if it has none (only with fewer than 12). */
  readonly clusterOf: readonly number[];
  /** Degrees, counter-clockwise, in [-15, 15). */
  readonly rotation: number;
  /** Radius of the ecliptic in the units of the means. 0 when the means all coincide. */
  readonly scale: number;
  /** Center of the ecliptic. */
  readonly translation: Point;
  /** Share of the variance of the smaller side (means or signs) that the match leaves unexplained, in [0, 1]. */
  readonly residual: number;
}

const SECTOR = 30;
const ROUNDING = 1e-9;

/**
 * Matches cluster means with the twelve signs: the similarity transform without reflection and the one-to-one
 * assignment that together leave the least sum of squared distances, by alternating the two from many starting
 * angles. The smaller side is matched whole: with fewer than 12 clusters some signs stay unused, with more than 12
 * the clusters that fit worst stay without a sign.
 *
 * Every optimum has twelve equal twins, turned by multiples of 30 degrees; the one with its rotation in
 * [-15, 15) degrees is returned. Remaining ties go to the smaller circle, then to the assignment that is first in
 * lexicographic order.
 *
 * @param means - one point per cluster, at least one, finite.
 * @throws TypeError when `means` is not a list of points; RangeError for an empty list or a value that is not finite.
 * @example
 * const { signOf } = matchZodiac([[1, 0], [0, 1], [-1, 0], [0, -1]]); // [0, 3, 6, 9]: Aries, Cancer, Libra, Capricorn
 */
export function matchZodiac(means: readonly Point[]): ZodiacMatch {
  checkMeans(means);
  const { points, unit, origin } = normalize(means);
  let best: Candidate | undefined;
  for (const candidate of candidates(points)) {
    const twin = canonical(candidate);
    if (best === undefined || isBetter(twin, best)) best = twin;
  }
  if (best === undefined) throw new RangeError('Expected at least one start');
  const { similarity, signOf, residual } = best;
  return {
    signOf,
    clusterOf: signs.map((_, sign) => signOf.indexOf(sign)),
    rotation: rotationOf(similarity),
    scale: Math.hypot(...similarity.a) * unit,
    translation: [similarity.b[0] * unit + origin[0], similarity.b[1] * unit + origin[1]],
    residual,
  };
}

/** Where a sign stands among the means, by a match: its place on the ecliptic. */
export function signPosition(match: ZodiacMatch, sign: number): Point {
  const angle = ((signs[sign].angle + match.rotation) * Math.PI) / 180;
  const [x, y] = match.translation;
  return [x + match.scale * Math.cos(angle), y + match.scale * Math.sin(angle)];
}

/** A match in the normalized coordinates of the means; the similarity takes signs to means. */
interface Candidate {
  readonly similarity: Similarity;
  readonly signOf: readonly number[];
  readonly residual: number;
}

function candidates(points: readonly Point[]): Candidate[] {
  if (points.length <= signs.length) {
    return localOptima(signPoints, points).map(({ similarity, pairs, residual }) => ({
      similarity,
      signOf: pairs,
      residual,
    }));
  }
  return localOptima(points, signPoints).map(({ similarity, pairs, residual }) => ({
    similarity: Math.hypot(...similarity.a) > 0 ? inverse(similarity) : { a: [0, 0], b: centroid(points) },
    signOf: points.map((_, cluster) => pairs.indexOf(cluster)),
    residual,
  }));
}

/** The twin whose rotation lies in [-15, 15): turning the circle back by 30 degrees moves every sign to the next place. */
function canonical(candidate: Candidate): Candidate {
  const degrees = angleOf(candidate.similarity.a);
  const turns = Math.floor((degrees + SECTOR / 2 + ROUNDING) / SECTOR);
  const back = (-turns * SECTOR * Math.PI) / 180;
  const [re, im] = candidate.similarity.a;
  return {
    residual: candidate.residual,
    similarity: {
      a: [re * Math.cos(back) - im * Math.sin(back), re * Math.sin(back) + im * Math.cos(back)],
      b: candidate.similarity.b,
    },
    signOf: candidate.signOf.map((sign) =>
      sign < 0 ? -1 : (((sign + turns) % signs.length) + signs.length) % signs.length,
    ),
  };
}

function angleOf([re, im]: Point): number {
  return re === 0 && im === 0 ? 0 : (Math.atan2(im, re) * 180) / Math.PI;
}

/** Rounding can leave a rotation a hair outside [-15, 15). */
function rotationOf({ a }: Similarity): number {
  const degrees = angleOf(a);
  if (degrees >= SECTOR / 2 - ROUNDING) return -SECTOR / 2;
  return Math.max(degrees, -SECTOR / 2);
}

function isBetter(candidate: Candidate, best: Candidate): boolean {
  const gain = best.residual - candidate.residual;
  if (Math.abs(gain) > ROUNDING) return gain > 0;
  const scale = Math.hypot(...candidate.similarity.a);
  const bestScale = Math.hypot(...best.similarity.a);
  if (Math.abs(scale - bestScale) > ROUNDING * Math.max(scale, bestScale)) return scale < bestScale;
  for (let i = 0; i < candidate.signOf.length; i++) {
    if (candidate.signOf[i] !== best.signOf[i]) return candidate.signOf[i] < best.signOf[i];
  }
  return false;
}

/** Moves and scales the means so that they fit in the unit square: their squares cannot overflow or vanish. */
function normalize(means: readonly Point[]): { points: Point[]; unit: number; origin: Point } {
  const largest = means.reduce((most, [x, y]) => Math.max(most, Math.abs(x), Math.abs(y)), 0) || 1;
  const [cx, cy] = centroid(means.map(([x, y]): Point => [x / largest, y / largest]));
  const centered = means.map(([x, y]): Point => [x / largest - cx, y / largest - cy]);
  const reach = centered.reduce((most, [x, y]) => Math.max(most, Math.abs(x), Math.abs(y)), 0);
  // Means that differ only by rounding coincide.
  const size = reach > 1e-15 ? reach : 1;
  const points = centered.map(([x, y]): Point => (reach > 1e-15 ? [x / size, y / size] : [0, 0]));
  return { points, unit: size * largest, origin: [cx * largest, cy * largest] };
}

function checkMeans(means: readonly Point[]): void {
  if (!Array.isArray(means)) {
    throw new TypeError(`Expected \`means\` to be an array of [x, y] but received ${describe(means)}`);
  }
  if (means.length === 0) throw new RangeError('Expected `means` to hold at least one point but it is empty');
  means.forEach((mean: unknown, i) => {
    if (!Array.isArray(mean) || mean.length !== 2) {
      throw new TypeError(`Expected \`means[${i}]\` to be [x, y] but received ${describe(mean)}`);
    }
    if (!mean.every((value) => Number.isFinite(value))) {
      throw new RangeError(`Expected \`means[${i}]\` to be finite but received [${mean.join(', ')}]`);
    }
  });
}
