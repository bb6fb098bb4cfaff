import { canvas, type FigureOptions, heading, label } from './canvas.ts';
import {
  type DendrogramLayout,
  type DrawnNode,
  layoutDendrogram,
  type TreeMerges,
} from './dendrogram-layout.ts';
import { count, decimal, plural } from './format.ts';
import { marker } from './markers.ts';
import { el, empty, join, type Markup, short } from './markup.ts';
import { paint, paintSign } from './palette.ts';
import type { Frame } from './scatter.ts';

/** What the dendrogram shows. */
export interface DendrogramData {
  /** The tree of n rows, as scipy's linkage matrix. */
  readonly merges: TreeMerges;
  /** For each cluster of the cut, numbered by its lowest row, the index of its sign, or -1. Its length is the number of clusters. */
  readonly signOf: readonly number[];
  /** Short facts for the line below the title, e.g. 'Ward on the map'. */
  readonly details?: readonly string[];
  /** Whether the objects are made up; the figure then says so. */
  readonly synthetic: boolean;
}

/** As {@link FigureOptions}; `leaves` says how far down the tree is drawn. */
export interface DendrogramOptions extends FigureOptions {
  /** Most nodes in the lowest row, at least one for each cluster. Default 60. */
  readonly leaves?: number;
}

const WIDTH = 980;
const LEFT = 84;
const RIGHT = 36;
const TREE_HEIGHT = 430;
const HEADING_HEIGHT = 104;
const FOOT = 76;
const WIDEST_MARKER = 13;

/**
 * The top of a cluster tree as SVG text: its last merges at their heights, the cut that makes the clusters, and below each
 * cluster its sign and size. What lies below the last merges that are drawn is a wedge.
 *
 * @throws RangeError when there are no clusters, or more than rows.
 * @example
 * const tree = await AgglomerativeClustering.fit(X);
 * await writeFile('dendrogram.svg', dendrogram({ merges: tree.merges, signOf: [0, 1, 2], synthetic: false }));
 */
export function dendrogram(
  { merges, signOf, details = [], synthetic }: DendrogramData,
  { heading: headed = true, legend: keyed = true, leaves = 60 }: DendrogramOptions = {},
): Markup {
  const rows = merges.rows + 1;
  if (signOf.length < 1 || signOf.length > rows) {
    throw new RangeError(`Expected \`signOf\` to have 1 to ${rows} clusters but received ${signOf.length}`);
  }
  const layout = layoutDendrogram(merges, signOf.length, leaves);
  const top = headed ? HEADING_HEIGHT : 28;
  const frame = { x: LEFT, y: top, width: WIDTH - LEFT - RIGHT, height: TREE_HEIGHT };
  const height = top + TREE_HEIGHT + (keyed ? FOOT : 28);
  const scale = scaleOf(layout, frame);
  const title = 'How the clusters grew';
  const facts = [...details, `${count(rows)} rows`, `the last ${plural(layout.leaves - 1, 'merge')}`];
  const description = `A dendrogram: the tree of merges, cut into ${plural(signOf.length, 'cluster')}. ${facts.join('; ')}.`;
  return canvas({ id: 'dendrogram', width: WIDTH, height, title, description }, [
    headed ? heading(title, facts.join(' \u00b7 '), WIDTH, synthetic) : empty,
    axis(scale, frame),
    join(layout.nodes.map((node) => branch(node, scale, signOf))),
    cutLine(layout, scale, frame, signOf.length),
    keyed ? feet(layout, scale, frame, signOf) : empty,
  ]);
}

interface Scale {
  x(place: number): number;
  y(height: number): number;
  /** Between neighbouring leaves. */
  readonly step: number;
  readonly highest: number;
}

function scaleOf({ nodes, leaves, cutHeight }: DendrogramLayout, frame: Frame): Scale {
  const highest = nodes.reduce((most, { height }) => Math.max(most, height), cutHeight);
  const step = frame.width / leaves;
  const unit = highest > 0 ? frame.height / (1.04 * highest) : 0;
  return {
    step,
    highest,
    x: (place) => frame.x + (place + 0.5) * step,
    y: (height) => frame.y + frame.height - height * unit,
  };
}

/** A node's bar with the stems to its parts; or, at the lower end, what is not drawn in full. */
function branch(node: DrawnNode, { x, y, step }: Scale, signOf: readonly number[]): Markup {
  const [at, level] = [x(node.place), y(node.height)];
  if (node.parts.length === 0) {
    if (node.size === 1) return empty;
    const half = 0.36 * step;
    const d = `M${short(at)} ${short(level)}L${short(at + half)} ${short(y(0))}H${short(at - half)}Z`;
    return el('path', { d, 'fill-opacity': 0.45, ...colour('fill', node.cluster, signOf) });
  }
  const [left, right] = node.parts;
  const bar = el('path', {
    d: `M${short(x(left.place))} ${short(level)}H${short(x(right.place))}`,
    ...lines(node.cluster, signOf),
  });
  const stems = node.parts.map((part) =>
    el('path', {
      d: `M${short(x(part.place))} ${short(y(part.height))}V${short(level)}`,
      ...lines(part.cluster, signOf),
    }),
  );
  return join([...stems, bar]);
}

function lines(cluster: number, signOf: readonly number[]) {
  return {
    fill: 'none',
    'stroke-width': 1.8,
    'stroke-linecap': 'square',
    ...colour('stroke', cluster, signOf),
  };
}

function colour(property: 'fill' | 'stroke', cluster: number, signOf: readonly number[]) {
  return cluster < 0 ? paint(property, 'ink') : paintSign(property, signOf[cluster]);
}

function axis({ y, highest }: Scale, { x, y: top, width, height }: Frame): Markup {
  const step = niceStep(highest / 5);
  const ticks = step > 0 ? Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => i * step) : [0];
  const digits = step > 0 ? Math.max(0, -Math.floor(Math.log10(step))) : 0;
  const turn = `rotate(-90 24 ${top + height / 2})`;
  return el(
    'g',
    {},
    ...ticks.flatMap((tick) => [
      el('path', { d: `M${short(x)} ${short(y(tick))}h${short(width)}`, ...paint('stroke', 'hull') }),
      label(decimal(tick, Math.min(digits, 6)), x - 10, y(tick) + 4.5, {
        size: 13,
        soft: true,
        anchor: 'end',
      }),
    ]),
    el(
      'g',
      { transform: turn },
      label('height', 24, top + height / 2, { size: 13, soft: true, anchor: 'middle' }),
    ),
  );
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough: number): number {
  if (!(rough > 0) || !Number.isFinite(rough)) return 0;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
}

function cutLine(
  { cutHeight }: DendrogramLayout,
  { y }: Scale,
  { x, width }: Frame,
  clusters: number,
): Markup {
  const level = y(cutHeight);
  return el(
    'g',
    {},
    el('path', {
      d: `M${short(x)} ${short(level)}h${short(width)}`,
      fill: 'none',
      'stroke-width': 1.4,
      'stroke-dasharray': '6 5',
      ...paint('stroke', 'soft'),
    }),
    label(`cut: ${plural(clusters, 'cluster')}`, x + width, level - 7, {
      size: 13,
      soft: true,
      anchor: 'end',
      halo: true,
    }),
  );
}

/** Below each cluster a line as wide as it is drawn, its sign, and how many rows it has. */
function feet(
  { nodes }: DendrogramLayout,
  { x, step }: Scale,
  frame: Frame,
  signOf: readonly number[],
): Markup {
  const base = frame.y + frame.height + 10;
  const clusters = signOf.map((sign, cluster) => {
    const lowest = nodes.filter((node) => node.cluster === cluster && node.parts.length === 0);
    const places = lowest.map(({ place }) => x(place));
    return {
      sign,
      left: Math.min(...places),
      right: Math.max(...places),
      size: lowest.reduce((sum, node) => sum + node.size, 0),
    };
  });
  return el(
    'g',
    {},
    ...clusters.map(({ sign, left, right, size }) => {
      const centre = (left + right) / 2;
      const width = right - left + step;
      const room = Math.max(width - 2, 0.9 * step);
      const radius = Math.min(WIDEST_MARKER, Math.max(5, width / 2 - 3.5));
      return el(
        'g',
        {},
        el('path', {
          d: `M${short(left - 0.4 * step)} ${short(base)}H${short(right + 0.4 * step)}`,
          'stroke-width': 3,
          fill: 'none',
          ...paintSign('stroke', sign),
        }),
        marker(sign, [centre, base + 20], [centre, base + 20], radius),
        room >= 22
          ? label(count(size), centre, base + 52, {
              size: 12,
              soft: true,
              anchor: 'middle',
              maxWidth: Math.max(room, 34),
            })
          : empty,
      );
    }),
  );
}
