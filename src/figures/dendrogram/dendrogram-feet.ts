import { signs } from '../../zodiac/signs.ts';
import { label } from '../drawing/canvas.ts';
import { count, plural } from '../drawing/format.ts';
import { marker } from '../drawing/markers.ts';
import { el, empty, type Markup, text } from '../drawing/markup.ts';
import { paintSign } from '../drawing/palette.ts';
import type { DendrogramLayout } from './dendrogram-layout.ts';
import { line, type Sheet } from './dendrogram-sheet.ts';

const WIDEST_MARKER = 13;
const GAP = 10;
const MARKER_AT = 30;

/** A cluster's place in the lowest row. */
interface Foot {
  readonly sign: number;
  readonly name: string;
  /** First and last of its leaves. */
  readonly first: number;
  readonly last: number;
  readonly size: number;
}

/** At the end of each cluster: a line of its width, its sign, and its number of objects. */
export function feet(tree: DendrogramLayout, sheet: Sheet, signOf: readonly number[]): Markup {
  const draw = sheet.tall ? tallFoot : wideFoot;
  return el(
    'g',
    {},
    ...footsOf(tree, signOf).map((foot) => {
      const title = el('title', {}, text(`${foot.name}: ${plural(foot.size, 'object')}`));
      return el('g', {}, title, stroke(foot, sheet), draw(foot, sheet));
    }),
  );
}

function footsOf({ nodes }: DendrogramLayout, signOf: readonly number[]): Foot[] {
  return signOf.map((sign, cluster) => {
    const lowest = nodes.filter((node) => node.cluster === cluster && node.parts.length === 0);
    const places = lowest.map(({ place }) => place);
    return {
      sign,
      name: signs[sign]?.name ?? 'no sign',
      first: Math.min(...places),
      last: Math.max(...places),
      size: lowest.reduce((sum, node) => sum + node.size, 0),
    };
  });
}

function stroke({ sign, first, last }: Foot, { at, tall }: Sheet): Markup {
  const ends = [at(first - 0.4, 0), at(last + 0.4, 0)];
  const d = line(...ends.map(([x, y]): [number, number] => (tall ? [x + GAP, y] : [x, y + GAP])));
  return el('path', { d, 'stroke-width': 3, fill: 'none', ...paintSign('stroke', sign) });
}

function room({ first, last }: Foot, step: number): number {
  return (last - first + 1) * step;
}

function radiusOf(foot: Foot, step: number): number {
  return Math.min(WIDEST_MARKER, Math.max(5, room(foot, step) / 2 - 1.5));
}

function wideFoot(foot: Foot, { at, step }: Sheet): Markup {
  const [x, base] = at((foot.first + foot.last) / 2, 0);
  const place: [number, number] = [x, base + MARKER_AT];
  const size = label(count(foot.size), x, base + 62, {
    size: 12,
    soft: true,
    anchor: 'middle',
    maxWidth: Math.max(room(foot, step) - 2, 34),
  });
  return el(
    'g',
    {},
    marker(foot.sign, place, place, radiusOf(foot, step)),
    room(foot, step) >= 24 ? size : empty,
  );
}

function tallFoot(foot: Foot, { at, step, width }: Sheet): Markup {
  const [base, y] = at((foot.first + foot.last) / 2, 0);
  const place: [number, number] = [base + MARKER_AT, y];
  const written =
    room(foot, step) < 14
      ? []
      : [
          label(foot.name, base + MARKER_AT + 20, y + 5, { size: 14, maxWidth: 72 }),
          label(count(foot.size), width - 4, y + 5, { size: 14, soft: true, anchor: 'end' }),
        ];
  return el('g', {}, marker(foot.sign, place, place, radiusOf(foot, step)), ...written);
}
