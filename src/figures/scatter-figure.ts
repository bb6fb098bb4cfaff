import type { Matrix } from '../matrix.ts';
import { canvas, heading, label } from './drawing/canvas.ts';
import { count, plural } from './drawing/format.ts';
import { el, empty, join, type Markup } from './drawing/markup.ts';
import { paint, paintSign } from './drawing/palette.ts';
import {
  bounds,
  clusterDots,
  dotRadius,
  type Frame,
  frameFor,
  inset,
  projection,
} from './drawing/scatter.ts';

/** A map of rows, and what they are. */
export interface ScatterData {
  /** n x 2. */
  readonly map: Matrix;
  /** One for each row; '' where a row has none. */
  readonly labels?: readonly string[] | undefined;
  /** Short facts for the line below the title. */
  readonly details: readonly string[];
}

const PLOT = 660;
const LOWEST = 540;
const MARGIN = 36;
const LEGEND_WIDTH = 200;
const HEADING_HEIGHT = 98;
/** Labels with a color of their own: as many as there are colors that people tell apart. */
const COLORS = 12;

/** A scatter plot as SVG text: every row a dot in the color of its label. The most frequent labels have colors. */
export function scatterFigure({ map, labels, details }: ScatterData): Markup {
  const groups = frequentLabels(labels ?? []);
  const box = bounds(map);
  const frame = frameFor(box, [MARGIN, HEADING_HEIGHT], PLOT, LOWEST);
  const radius = dotRadius(map.rows, frame);
  const keyed = groups.length > 0;
  const width = 2 * MARGIN + PLOT + (keyed ? LEGEND_WIDTH + MARGIN : 0);
  const place = new Map(groups.map(({ name }, i) => [name, i]));
  const clusters = Int32Array.from(
    { length: map.rows },
    (_, row) => place.get(labels?.[row] ?? '') ?? groups.length,
  );
  // Rows without one of these labels come last, in the color of what has no sign.
  const scene = { map, clusters, signOf: [...groups.keys(), -1] };
  return canvas(
    {
      id: 'scatter',
      width,
      height: frame.y + frame.height + MARGIN,
      title: `Map of ${plural(map.rows, 'row')}`,
      description: `Scatter plot of ${count(map.rows)} rows in the plane${keyed ? ', colored by label' : ''}.`,
    },
    [
      heading(`Map of ${plural(map.rows, 'row')}`, details.join(' \u00b7 '), width, false),
      clusterDots(scene, projection(box, inset(frame, radius)), radius, 'dots'),
      keyed
        ? key(groups, { x: 2 * MARGIN + PLOT, y: frame.y, width: LEGEND_WIDTH, height: frame.height })
        : empty,
    ],
  );
}

interface Group {
  readonly name: string;
  readonly rows: number;
}

function frequentLabels(labels: readonly string[]): Group[] {
  const rows = new Map<string, number>();
  for (const name of labels) if (name !== '') rows.set(name, (rows.get(name) ?? 0) + 1);
  const all = Array.from(rows, ([name, count]) => ({ name, rows: count }));
  return all.sort((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1)).slice(0, COLORS);
}

/** A column of colors with labels and, right-aligned, numbers of rows. */
function key(groups: readonly Group[], frame: Frame): Markup {
  const right = frame.x + frame.width;
  const step = Math.min(34, frame.height / groups.length);
  return join(
    groups.map(({ name, rows }, i) => {
      const y = frame.y + step * (i + 0.5);
      return el(
        'g',
        {},
        el('circle', { cx: frame.x + 8, cy: y, r: 7, ...paintSign('fill', i), ...paint('stroke', 'line') }),
        label(name, frame.x + 26, y + 5, { maxWidth: frame.width - 90 }),
        label(count(rows), right, y + 5, { anchor: 'end', soft: true }),
      );
    }),
  );
}
