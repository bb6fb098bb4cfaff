import { AgglomerativeClustering } from '../../src/agglomerative/agglomerative.ts';
import type { ClusterSpace } from '../../src/pipeline/options.ts';
import { matchZodiac, type ZodiacMatch } from '../../src/zodiac/match.ts';
import { clusterMeans } from '../../src/zodiac/means.ts';
import type { Point } from '../../src/zodiac/signs.ts';
import { theology } from '../../src/zodiac/theology.ts';
import { type Figure, figure } from './figure.ts';
import type { Reference, ReferenceZodiac } from './reference.ts';

const CLUSTERS = 12;
/** Relative: the map and its means are float32 on one side. */
const SAME = { atMost: 1e-6 };

/** Ward's clusters of the New Reality and of its map against scipy's, and the zodiac matched with them. */
export async function measureClusters(reference: Reference, threads: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  const points = { latent: reference.reality, map: reference.map };
  for (const space of ['latent', 'map'] as const) {
    const tree = await AgglomerativeClustering.fit(points[space], { linkage: 'ward', threads });
    const labels = tree.labels({ clusters: CLUSTERS });
    const same = commonClusters(labels, reference.clusters[space]);
    figures.push(
      figure('ward', `clusters of the ${space} equal to scipy's`, same, { atLeast: CLUSTERS }),
      ...zodiacFigures(space, clusterMeans(reference.map, labels, CLUSTERS), reference.zodiac[space]),
    );
  }
  return figures;
}

/** How many clusters of `a` hold exactly the rows of a cluster of `b`, whatever their numbers. */
export function commonClusters(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const partners = (of: ArrayLike<number>, to: ArrayLike<number>) => {
    const met = new Map<number, Set<number>>();
    for (let i = 0; i < of.length; i++) {
      const partner = met.get(of[i]) ?? new Set<number>();
      met.set(of[i], partner.add(to[i]));
    }
    return met;
  };
  const [toB, toA] = [partners(a, b), partners(b, a)];
  return [...toB.values()].filter((met) => met.size === 1 && toA.get([...met][0])?.size === 1).length;
}

function zodiacFigures(space: ClusterSpace, means: readonly Point[], expected: ReferenceZodiac): Figure[] {
  const match = matchZodiac(means);
  const found = theology(means, match);
  const same = (name: string, value: number, reference: number) =>
    figure(
      'zodiac',
      `${name} of the ${space} clusters, relative error`,
      Math.abs(value / reference - 1),
      SAME,
    );
  return [
    figure('zodiac', `signs of the ${space} clusters equal`, equalSigns(means, match, expected), {
      atLeast: CLUSTERS,
    }),
    same('residual', match.residual, expected.residual),
    same('rotation', match.rotation, expected.rotation_deg),
    same('scale', match.scale, expected.scale),
    same('length of the closed path', found.pathLength, expected.closed),
    figure('zodiac', `means on the hull, ${space} clusters`, found.hull.length, exactly(expected.hull)),
    figure(
      'zodiac',
      `crossings of the path, ${space} clusters`,
      found.selfCrossings,
      exactly(expected.cross_closed),
    ),
  ];
}

/** How many signs stand at the same mean as in the reference, where clusters have other numbers. */
function equalSigns(
  means: readonly Point[],
  { clusterOf, scale }: ZodiacMatch,
  { means: reference, cluster_of_sign }: ReferenceZodiac,
): number {
  return clusterOf.filter((cluster, sign) => {
    const [x, y] = means[cluster];
    const [u, v] = reference[cluster_of_sign[sign] - 1];
    return Math.hypot(x - u, y - v) < SAME.atMost * scale;
  }).length;
}

function exactly(value: number) {
  return { atLeast: value, atMost: value };
}
