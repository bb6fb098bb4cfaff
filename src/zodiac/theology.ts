import { convexHull, distance, pathLength, selfCrossings } from './geometry.ts';
import type { ZodiacMatch } from './match.ts';
import { type Point, signs } from './signs.ts';

/** One statement about Figure 3. */
export interface Claim {
  readonly claim: string;
  /** The paper's figure, or null if it gives none. */
  readonly paper: number | null;
  /** What this run shows. */
  readonly found: number;
  /** Whether the two agree; null if the paper gives no figure. */
  readonly holds: boolean | null;
}

/** What Figure 3 is said to show, and what it does show. */
export interface Theology {
  /** Names of the signs whose cluster mean lies on the convex hull of the means, counter-clockwise. */
  readonly hull: readonly string[];
  /** Names of the signs whose cluster mean lies strictly inside it, in sign order. */
  readonly interior: readonly string[];
  /** Length of the closed path through the means in sign order, in the units of the map. */
  readonly pathLength: number;
  /** The same without the last edge, from the last sign back to the first. */
  readonly openPathLength: number;
  /** Pairs of edges of the closed path that meet, without neighbors. */
  readonly selfCrossings: number;
  readonly claims: readonly Claim[];
}

/** What the paper reads from its Figure 3: twelve clusters, eight on the hull, four inside, a path that never crosses itself. */
const PAPER = { clusters: 12, hull: 8, interior: 4, selfCrossings: 0 };

/**
 * Compares the geometry of the cluster means with the claims of the paper (section on Figure 3). Clusters without a sign are
 * left out. Nothing is asserted: some seeds give eight means on the hull and others do not.
 *
 * @param means - one point per cluster, as given to `matchZodiac`.
 * @throws RangeError when `match` belongs to another number of clusters.
 * @example
 * const { interior, claims } = theology(means, matchZodiac(means));
 */
export function theology(means: readonly Point[], match: Pick<ZodiacMatch, 'signOf'>): Theology {
  if (match.signOf.length !== means.length) {
    throw new RangeError(
      `Expected \`match\` to be of ${means.length} clusters but it is of ${match.signOf.length}`,
    );
  }
  const used = signs.map((_, sign) => match.signOf.indexOf(sign));
  const named = signs.map(({ name }, sign) => ({ name, cluster: used[sign] })).filter((s) => s.cluster >= 0);
  const path = named.map(({ cluster }) => means[cluster]);

  const ring = convexHull(path);
  const onHull = new Set(ring);
  const hull = ring.map((i) => named[i].name);
  const interior = named.filter((_, i) => !onHull.has(i)).map(({ name }) => name);
  const open = pathLength(path);
  const crossings = selfCrossings(path);
  const closed = path.length > 0 ? open + distance(path[path.length - 1], path[0]) : 0;

  const compare = (claim: string, paper: number, found: number): Claim => {
    return { claim, paper, found, holds: paper === found };
  };
  return {
    hull,
    interior,
    pathLength: closed,
    openPathLength: open,
    selfCrossings: crossings,
    claims: [
      compare('Clusters with a sign', PAPER.clusters, named.length),
      compare('Means on the convex hull', PAPER.hull, hull.length),
      compare('Means inside the hull', PAPER.interior, interior.length),
      compare('Crossings of the closed path in sign order', PAPER.selfCrossings, crossings),
      { claim: 'Length of the closed path', paper: null, found: closed, holds: null },
    ],
  };
}
