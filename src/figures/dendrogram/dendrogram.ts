import type { TreeMerges } from '../../node-clusters.ts';
import { canvas, type FigureOptions, heading, label } from '../drawing/canvas.ts';
import { decimal, plural } from '../drawing/format.ts';
import { el, empty, join, type Markup } from '../drawing/markup.ts';
import { paint, paintSign } from '../drawing/palette.ts';
import { feet } from './dendrogram-feet.ts';
import { type DendrogramLayout, type DrawnNode, layoutDendrogram } from './dendrogram-layout.ts';
import { line, type Sheet, sheetOf } from './dendrogram-sheet.ts';

/** What the dendrogram shows. */
export interface DendrogramData {
  /** The tree of n rows, as scipy's linkage matrix. */
  readonly merges: TreeMerges;
  /**
   * For each cluster of the cut, in the order of first rows, the index of its sign, or -1. The length is the number of
   * clusters.
   */
  readonly signOf: readonly number[];
  /** Short facts for the line below the title, e.g. 'Ward on the map'. */
  readonly details?: readonly string[];
  /** Whether the objects are made up; the figure then says so. */
  readonly synthetic: boolean;
}

/** Like {@link FigureOptions}; `leaves` says how far down the tree is drawn. */
export interface DendrogramOptions extends FigureOptions {
  /** Most nodes in the lowest row, at least one for each cluster. Default 60, 36 in the tall layout. */
  readonly leaves?: number;
  /** `wide` (default): the root at the top. `tall`, for narrow screens: the root at the left, signs with their names. */
  readonly layout?: 'wide' | 'tall';
}

/** Leaves of the wide layout. */
export const MOST_LEAVES = 60;

/**
 * The top of a cluster tree as SVG text: its last merges at their heights, the cut that makes the clusters, and at the end of
 * each cluster its sign and size. Everything below the last drawn merges is a wedge.
 *
 * @throws RangeError when there are no clusters, or more clusters than rows.
 * @example
 * const tree = await AgglomerativeClustering.fit(X);
 * await writeFile('dendrogram.svg', dendrogram({ merges: tree.merges, signOf: [0, 1, 2], synthetic: false }));
 */
export function dendrogram(
  { merges, signOf, details = [], synthetic }: DendrogramData,
  { heading: headed = true, legend: keyed = true, layout = 'wide', leaves }: DendrogramOptions = {},
): Markup {
  const rows = merges.rows + 1;
  if (signOf.length < 1 || signOf.length > rows) {
    throw new RangeError(`Expected \`signOf\` to have 1 to ${rows} clusters but received ${signOf.length}`);
  }
  const tall = layout === 'tall';
  const tree = layoutDendrogram(merges, signOf.length, leaves ?? (tall ? 36 : MOST_LEAVES));
  const sheet = sheetOf(tree, { tall, headed, keyed });
  const { width, height } = sheet;
  const title = 'How the clusters grew';
  const facts = [...details, plural(rows, 'object'), `the last ${plural(tree.leaves - 1, 'merge')}`];
  const description = `A dendrogram: the tree of merges, cut into ${plural(signOf.length, 'cluster')}. ${facts.join('; ')}.`;
  return canvas({ id: tall ? 'dendrogram-tall' : 'dendrogram', width, height, title, description }, [
    headed ? heading(title, facts.join(' \u00b7 '), width, synthetic) : empty,
    axis(sheet),
    el('g', LINES, join(tree.nodes.map((node) => branch(node, sheet, signOf)))),
    cutLine(tree, sheet, signOf.length),
    keyed ? feet(tree, sheet, signOf) : empty,
  ]);
}

/** A node's bar with the stems to its parts; at the lower end, a wedge for the parts that are not drawn. */
function branch(
  { node, place, height, size, cluster, parts }: DrawnNode,
  { at }: Sheet,
  signOf: readonly number[],
) {
  if (parts.length === 0) {
    if (size === 1) return empty;
    const d = `${line(at(place, height), at(place + 0.36, 0), at(place - 0.36, 0))}Z`;
    return el('path', { d, 'fill-opacity': 0.45, ...color('fill', cluster, signOf) });
  }
  const corner = (part: DrawnNode) => at(part.place, height);
  const ends = parts.map((part) => at(part.place, part.height));
  const [left, right] = parts.map(corner);
  const drawn = (d: string, of: number) => el('path', { d, ...color('stroke', of, signOf) });
  // Parts of other clusters have colors of their own.
  const lines = parts.every((part) => part.cluster === cluster)
    ? [drawn(line(ends[0], left, right, ends[1]), cluster)]
    : [
        ...parts.map((part, i) => drawn(line(ends[i], corner(part)), part.cluster)),
        drawn(line(left, right), cluster),
      ];
  return el('g', { 'data-node': node }, ...lines);
}

const LINES = { fill: 'none', 'stroke-width': 1.8, 'stroke-linecap': 'square' };

function color(property: 'fill' | 'stroke', cluster: number, signOf: readonly number[]) {
  return cluster < 0 ? paint(property, 'ink') : paintSign(property, signOf[cluster]);
}

/** Lines across the tree at round heights, with their numbers. */
function axis({ at, across, highest, frame, tall }: Sheet): Markup {
  const step = niceStep(highest / (tall ? 3 : 5));
  const ticks = step > 0 ? Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => i * step) : [0];
  const digits = step > 0 ? Math.min(6, Math.max(0, -Math.floor(Math.log10(step)))) : 0;
  const middle = frame.y + frame.height / 2;
  const soft = { size: 13, soft: true } as const;
  return el(
    'g',
    {},
    ...ticks.flatMap((tick) => {
      const [x, y] = at(-0.5, tick);
      return [
        el('path', { d: across(tick), fill: 'none', ...paint('stroke', 'hull') }),
        tall
          ? label(decimal(tick, digits), x, y - 8, { ...soft, anchor: 'middle' })
          : label(decimal(tick, digits), x - 10, y + 4.5, { ...soft, anchor: 'end' }),
      ];
    }),
    tall
      ? label('height of the merge', frame.x + frame.width / 2, frame.y - 28, { ...soft, anchor: 'middle' })
      : el(
          'g',
          { transform: `rotate(-90 24 ${middle})` },
          label('height of the merge', 24, middle, { ...soft, anchor: 'middle' }),
        ),
  );
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough: number): number {
  if (!(rough > 0) || !Number.isFinite(rough)) return 0;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
}

/** A dashed line where the tree is cut, with its name outside the tree. */
function cutLine(
  { cutHeight, leaves }: DendrogramLayout,
  { at, across, tall }: Sheet,
  clusters: number,
): Markup {
  const [x, y] = at(leaves - 0.5, cutHeight);
  const style = { fill: 'none', 'stroke-width': 1.4, 'stroke-dasharray': '6 5' };
  const names = ['cut into', plural(clusters, 'cluster')];
  const soft = { size: 13, soft: true } as const;
  return el(
    'g',
    {},
    el('path', { d: across(cutHeight), ...style, ...paint('stroke', 'soft') }),
    ...(tall
      ? [label(names.join(' '), x, y + 18, { ...soft, anchor: 'middle' })]
      : names.map((name, i) => label(name, x + 10, y - 3 + 16 * i, soft))),
  );
}
