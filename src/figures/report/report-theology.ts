import type { Matrix } from '../../matrix.ts';
import { signPosition } from '../../zodiac/match.ts';
import { type Point, signs } from '../../zodiac/signs.ts';
import type { Theology } from '../../zodiac/theology.ts';
import { celestialTwins, centralRows } from '../../zodiac/twins.ts';
import { legendEntries } from '../drawing/legend.ts';
import { meansOf } from '../drawing/scatter.ts';
import type { Figure3Data } from '../figure-3.ts';
import type { Cell, Table } from './report-table.ts';

/** The objects for which the rows of the New Reality stand. */
export interface ReportObjects {
  /** The New Reality, n x latent. */
  readonly vectors: Matrix;
  /** What to call each row. */
  readonly names: readonly string[];
  /** The modality of each row. */
  readonly modalities: readonly string[];
}

/** The tables below Figure 3: the paper's claims, the signs and, where objects of several modalities are given, their twins. */
export function theologyTables(figure: Figure3Data, objects?: ReportObjects): Table[] {
  const means = meansOf({ ...figure, signOf: figure.match.signOf });
  const tables = [claimsTable(figure.theology), signTable(figure, means)];
  if (objects !== undefined && new Set(objects.modalities).size > 1)
    tables.push(twinsTable(figure, objects, means));
  return tables;
}

/** The paper's claims beside the findings. */
function claimsTable({ claims }: Theology): Table {
  return {
    caption: 'What the paper claims, and what was found',
    columns: [{ label: 'Claim' }, { label: 'Paper' }, { label: 'Found' }, { label: 'Holds' }],
    rows: claims.map(({ claim, paper, found, holds }): Cell[] => [claim, paper, found, holds]),
  };
}

function signTable(
  { match, map, clusters, theology: { hull } }: Figure3Data,
  means: readonly Point[],
): Table {
  const scene = { map, clusters, signOf: match.signOf };
  return {
    caption: 'The signs',
    columns: [
      { label: 'Sign' },
      { label: 'Element' },
      { label: 'Objects', format: 'count', bar: true },
      { label: 'Mean x', format: 'decimal', digits: 1 },
      { label: 'Mean y', format: 'decimal', digits: 1 },
      { label: 'To its place', format: 'decimal', digits: 1 },
      { label: 'On the hull' },
    ],
    rows: legendEntries(scene)
      .filter(({ sign }) => sign >= 0)
      .map(({ sign, objects }): Cell[] => {
        const [x, y] = means[match.clusterOf[sign]];
        const [u, v] = signPosition(match, sign);
        const { name, element } = signs[sign];
        return [{ sign }, element, objects, x, y, Math.hypot(x - u, y - v), hull.includes(name)];
      }),
  };
}

/** For each sign the object nearest to its mean on the map, and that object's twins in the other modalities. */
function twinsTable(
  { match, map, clusters }: Figure3Data,
  { vectors, names, modalities }: ReportObjects,
  means: readonly Point[],
): Table {
  const all = [...new Set(modalities)];
  const central = centralRows(map, clusters, means);
  const rows = signs.flatMap((_, sign): Cell[][] => {
    const row = central[match.clusterOf[sign]] ?? -1;
    if (row < 0) return [];
    const twins = celestialTwins(vectors, modalities, row);
    const twinOf = (modality: string) => twins.find((twin) => twin.modality === modality);
    return [
      [
        { sign },
        names[row],
        modalities[row],
        ...all.map((modality) => names[twinOf(modality)?.row ?? -1] ?? null),
        Math.min(...twins.map(({ distance }) => distance)),
      ],
    ];
  });
  return {
    caption:
      'Celestial twins: the object at the heart of each sign, and the nearest to it of every other modality',
    columns: [
      { label: 'Sign' },
      { label: 'Object' },
      { label: 'Modality' },
      ...all.map((modality) => ({ label: `Twin in ${modality}` })),
      { label: 'Nearest', format: 'decimal' },
    ],
    rows,
  };
}
