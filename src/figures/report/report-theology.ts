import { signPosition } from '../../zodiac/match.ts';
import { type Point, signs } from '../../zodiac/signs.ts';
import type { Theology } from '../../zodiac/theology.ts';
import { legendEntries } from '../drawing/legend.ts';
import { meansOf } from '../drawing/scatter.ts';
import type { Figure3Data } from '../figure-3.ts';
import type { Cell, Table } from './report-table.ts';

/** The tables below Figure 3: the paper's claims and the signs. */
export function theologyTables(figure: Figure3Data): Table[] {
  const means = meansOf({ ...figure, signOf: figure.match.signOf });
  return [claimsTable(figure.theology), signTable(figure, means)];
}

/** The paper's claims beside the findings. A row for which the paper gives no figure is not a claim. */
function claimsTable({ claims }: Theology): Table {
  return {
    caption: 'What the paper claims, and what was found',
    columns: [{ label: 'Claim' }, { label: 'Paper' }, { label: 'Found' }, { label: 'Holds' }],
    rows: claims
      .filter(({ holds }) => holds !== null)
      .map(({ claim, paper, found, holds }): Cell[] => [claim, paper, found, holds]),
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
