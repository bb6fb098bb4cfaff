import { signs } from '../zodiac/signs.ts';
import { canvas, type FigureOptions, heading, label } from './drawing/canvas.ts';
import { count, plural } from './drawing/format.ts';
import { placeLabels } from './drawing/label-placement.ts';
import { legend } from './drawing/legend.ts';
import { marker, spreadApart } from './drawing/markers.ts';
import { empty, join, type Markup } from './drawing/markup.ts';
import {
  bounds,
  type ClusteredMap,
  clusterDots,
  dotRadius,
  frameFor,
  inset,
  meansOf,
  projection,
} from './drawing/scatter.ts';

/** What Figure 2 shows: the New Reality in the plane, by cluster. */
export interface Figure2Data extends ClusteredMap {
  /** Short facts for the line below the title, e.g. 't-SNE, perplexity 30'. */
  readonly details?: readonly string[];
  /** Whether the objects are made up; the figure then says so. */
  readonly synthetic: boolean;
}

const PLOT = 660;
const LOWEST = 540;
const MARGIN = 36;
const LEGEND_WIDTH = 200;
const HEADING_HEIGHT = 98;

/**
 * Figure 2 of the paper as SVG text: every object of the map as a dot in the color of its cluster's sign, and the
 * sign's glyph and name at the cluster's mean.
 *
 * @throws RangeError when the map is not n x 2, or the labels do not belong to it.
 * @example
 * await writeFile('figure-2.svg', figure2({ map, clusters, signOf, synthetic: false }));
 */
export function figure2(
  data: Figure2Data,
  { heading: headed = true, legend: keyed = true }: FigureOptions = {},
): Markup {
  const box = bounds(data.map);
  const frame = frameFor(box, [MARGIN, headed ? HEADING_HEIGHT : MARGIN / 2], PLOT, LOWEST);
  const width = 2 * MARGIN + PLOT + (keyed ? LEGEND_WIDTH + MARGIN : 0);
  const height = frame.y + frame.height + MARGIN;
  const radius = dotRadius(data.map.rows, frame);
  const project = projection(box, inset(frame, radius));
  const means = meansOf(data).map(project);
  const places = spreadApart(means, 34);
  const named = places
    .map((at, i) => ({ at, name: signs[data.signOf[i]]?.name ?? '' }))
    .filter(({ name }) => name !== '');
  const names = placeLabels(named, { size: 15, clearance: 20, frame });
  const title = 'The New Reality, by cluster';
  const facts = [
    plural(data.map.rows, 'object'),
    plural(data.signOf.length, 'cluster'),
    ...(data.details ?? []),
  ];
  return canvas(
    {
      id: 'figure-2',
      width,
      height,
      title: `Figure 2: ${title}`,
      description:
        `Scatter plot of ${count(data.map.rows)} objects in the plane, colored by cluster; a glyph of the zodiac ` +
        `marks the mean of each cluster.${data.synthetic ? ' The data is synthetic.' : ''}`,
    },
    [
      headed ? heading(title, facts.join(' \u00b7 '), width, data.synthetic) : empty,
      clusterDots(data, project, radius, 'dots'),
      join(means.map((mean, i) => marker(data.signOf[i], mean, places[i], 14))),
      join(
        names.map(({ name, x, y, anchor }) =>
          label(name, x, y, { size: 15, bold: true, anchor, halo: true }),
        ),
      ),
      keyed
        ? legend(data, { x: MARGIN * 2 + PLOT, y: frame.y, width: LEGEND_WIDTH, height: frame.height })
        : empty,
    ],
  );
}
