import { canvas, heading } from './canvas.ts';
import { count, plural } from './format.ts';
import { legend } from './legend.ts';
import { marker, spreadApart } from './markers.ts';
import { empty, join, type Markup } from './markup.ts';
import { type ClusteredMap, clusterDots, dotRadius, type Frame, meansOf, projection } from './scatter.ts';

/** What Figure 2 shows: the New Reality in the plane, by cluster. */
export interface Figure2Data extends ClusteredMap {
  /** Short facts for the line below the title, e.g. 't-SNE, perplexity 30'. */
  readonly details?: readonly string[];
  /** Whether the objects are made up; the figure then says so. */
  readonly synthetic: boolean;
}

export interface FigureOptions {
  /** Title, facts and the synthetic badge inside the drawing. Default true. */
  readonly heading?: boolean;
  /** The legend inside the drawing. Default true. */
  readonly legend?: boolean;
}

const PLOT = 660;
const MARGIN = 36;
const LEGEND_WIDTH = 200;
const HEADING_HEIGHT = 92;

/**
 * Figure 2 of the paper as SVG text: every object of the map as a dot in the colour of its cluster's sign, and the
 * sign's glyph at the cluster's mean.
 *
 * @throws RangeError when the map is not n x 2, or the labels do not belong to it.
 * @example
 * await writeFile('figure-2.svg', figure2({ map, clusters, signOf, synthetic: false }));
 */
export function figure2(
  data: Figure2Data,
  { heading: headed = true, legend: keyed = true }: FigureOptions = {},
): Markup {
  const top = headed ? HEADING_HEIGHT : MARGIN / 2;
  const frame: Frame = { x: MARGIN, y: top + 6, width: PLOT, height: PLOT };
  const width = 2 * MARGIN + PLOT + (keyed ? LEGEND_WIDTH + MARGIN : 0);
  const height = frame.y + PLOT + MARGIN;
  const radius = dotRadius(data.map.rows, frame);
  const inner = inset(frame, radius);

  const project = projection(data.map, inner);
  const means = meansOf(data).map(project);
  const places = spreadApart(means, 34);
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
        `Scatter plot of ${count(data.map.rows)} objects in the plane, coloured by cluster; a glyph of the zodiac ` +
        `marks the mean of each cluster.${data.synthetic ? ' The data is synthetic.' : ''}`,
    },
    [
      headed ? heading(title, facts.join(' \u00b7 '), width, data.synthetic) : empty,
      clusterDots(data, project, radius),
      join(means.map((mean, i) => marker(data.signOf[i], mean, places[i], 14))),
      keyed ? legend(data, { x: MARGIN * 2 + PLOT, y: frame.y, width: LEGEND_WIDTH, height: PLOT }) : empty,
    ],
  );
}

function inset({ x, y, width, height }: Frame, by: number): Frame {
  return { x: x + by, y: y + by, width: width - 2 * by, height: height - 2 * by };
}
