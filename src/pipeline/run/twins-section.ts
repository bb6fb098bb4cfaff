import { count } from '../../figures/drawing/format.ts';
import type { Section } from '../../figures/report/report.ts';
import type { Cell } from '../../figures/report/report-table.ts';
import type { MutualNeighbors } from '../../neighbors/mutual-proximity.ts';
import type { GOD } from '../god.ts';

/** Two objects of different modalities, each the other's nearest there. */
export interface MutualPair {
  readonly rows: readonly [number, number];
  readonly proximity: number;
}

const PAIRS_PER_SIGN = 3;
/** Lower ends of the classes by which twins are counted. */
const CLASSES = [0, 1, 2, 5, 10, 25, 50, 100] as const;

/** The first neighbor of each row in a group, -1 where there is none. */
function firstOf({ groups, k, indices }: MutualNeighbors, row: number, group: number): number {
  return indices[(row * groups.length + group) * k];
}

/** All pairs of mutual twins of different modalities, nearest first. */
export function mutualPairs(neighbors: MutualNeighbors, groupOf: ArrayLike<number>): MutualPair[] {
  const { groups, k, proximities } = neighbors;
  const pairs: MutualPair[] = [];
  for (let row = 0; row < groupOf.length; row++) {
    groups.forEach((_, group) => {
      const twin = firstOf(neighbors, row, group);
      if (group === groupOf[row] || twin < row || firstOf(neighbors, twin, groupOf[row]) !== row) return;
      pairs.push({ rows: [row, twin], proximity: proximities[(row * groups.length + group) * k] });
    });
  }
  return pairs.sort((a, b) => b.proximity - a.proximity || a.rows[0] - b.rows[0] || a.rows[1] - b.rows[1]);
}

/** For each row, the number of rows of other groups whose first twin it is. */
export function twinCounts(neighbors: MutualNeighbors, groupOf: ArrayLike<number>): Uint32Array {
  const counts = new Uint32Array(groupOf.length);
  for (let row = 0; row < groupOf.length; row++) {
    neighbors.groups.forEach((_, group) => {
      const twin = firstOf(neighbors, row, group);
      if (group !== groupOf[row] && twin >= 0) counts[twin]++;
    });
  }
  return counts;
}

/** The chapter on celestial twins; undefined with a single modality. */
export function twinsSection(god: GOD, neighbors: MutualNeighbors): Section | undefined {
  if (neighbors.groups.length < 2) return undefined;
  const { objects, clusters, match } = god;
  const groupOf = objects.map(({ modality }) => neighbors.groups.indexOf(modality));
  const pairs = mutualPairs(neighbors, groupOf);
  const taken = new Map<number, number>();
  const chosen = pairs.filter(({ rows: [row] }) => {
    const before = taken.get(clusters[row]) ?? 0;
    taken.set(clusters[row], before + 1);
    return before < PAIRS_PER_SIGN;
  });
  const rank = ({ rows: [row] }: MutualPair) => match.signOf[clusters[row]];
  const name = (row: number) => {
    const { id, label } = objects[row];
    return label === '' ? id : `${id} (${label})`;
  };
  const counts = twinCounts(neighbors, groupOf);
  return {
    title: 'Celestial twins',
    intro:
      `The twin of an object is the nearest of another modality as seen from both ends. ${count(pairs.length)} pairs are ` +
      'twins of each other. Nothing aligns the modalities: twins mean as much as the signs do. Mutual proximity is the ' +
      'probability that a random pair of the two modalities is farther apart, from both ends.',
    tables: [
      {
        caption: 'The nearest pairs of mutual twins, at most three for each sign',
        columns: [
          { label: 'Sign' },
          { label: 'Object' },
          { label: 'Modality' },
          { label: 'Its twin' },
          { label: 'Modality' },
          { label: 'Mutual proximity', digits: 4 },
        ],
        rows: chosen
          .toSorted((a, b) => rank(a) - rank(b) || b.proximity - a.proximity)
          .map(({ rows: [row, twin], proximity }): Cell[] => [
            { sign: match.signOf[clusters[row]] },
            name(row),
            objects[row].modality,
            name(twin),
            objects[twin].modality,
            proximity,
          ]),
      },
      {
        caption: 'How many objects have it as their twin',
        folded: true,
        columns: [{ label: 'Others' }, { label: 'Objects', format: 'count', bar: true }],
        rows: CLASSES.map((from, i): Cell[] => {
          const end = CLASSES[i + 1] ?? Infinity;
          const shown =
            end === Infinity ? `${from} or more` : end === from + 1 ? `${from}` : `${from} to ${end - 1}`;
          return [shown, counts.reduce((sum, n) => sum + Number(n >= from && n < end), 0)];
        }),
      },
    ],
  };
}
