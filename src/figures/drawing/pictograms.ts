import { signPoints, signs } from '../../zodiac/signs.ts';
import { label } from './canvas.ts';
import { count } from './format.ts';
import { glyph, medallion } from './glyphs.ts';
import { type Attributes, el, join, type Markup, short } from './markup.ts';
import { paint, paintModality } from './palette.ts';
import {
  bounds,
  type ClusteredMap,
  clusterDots,
  dotRadius,
  type Frame,
  inset,
  plainDots,
  projection,
} from './scatter.ts';

/** The name of a stage with its number, and a line of facts below it. */
export function stageCaption(
  step: number,
  title: string,
  facts: string,
  [x, y]: readonly [number, number],
  maxWidth?: number,
): Markup {
  return el(
    'g',
    {},
    label(String(step), x, y, { size: 16, soft: true }),
    label(title, x + 18, y, { size: 16, bold: true }),
    label(facts, x, y + 21, { size: 13, soft: true, maxWidth }),
  );
}

/** A matrix as a rectangle: its height stands for rows, its width for columns, its color for the modality. */
export function slab(frame: Frame, modality: number): Markup {
  return el('rect', { ...frame, rx: 2.5, ...paintModality('fill', modality) });
}

/** A band in the modality's color from the right edge of one slab to the left edge of the next. */
export function flow(from: Frame, to: Frame, modality: number): Markup {
  const [x0, x1] = [from.x + from.width + 3, to.x - 3];
  const middle = (x0 + x1) / 2;
  const curve = (y0: number, y1: number) => `C${points([middle, y0], [middle, y1], [x1, y1])}`;
  const back = `C${points([middle, to.y + to.height], [middle, from.y + from.height], [x0, from.y + from.height])}`;
  const d = `M${points([x0, from.y])}${curve(from.y, to.y)}V${short(to.y + to.height, 1)}${back}Z`;
  return el('path', { d, opacity: 0.2, ...paintModality('fill', modality) });
}

/**
 * The layers of an auto-encoder as bars, as high as the square root of their widths, from the input to the code and
 * back. `layers` goes from the input to the code.
 */
export function network(frame: Frame, layers: readonly number[]): Markup {
  const all = [...layers, ...layers.slice(0, -1).reverse()];
  const widest = Math.max(...all);
  const room = frame.height - 24; // for the numbers below the bars
  const bars = all.map((units, i): Frame => {
    const height = Math.max(10, room * Math.sqrt(units / widest));
    const x = frame.x + (i * (frame.width - 10)) / (all.length - 1);
    return { x, y: frame.y + (room - height) / 2, width: 10, height };
  });
  const code = layers.length - 1;
  const bands = bars.slice(1).map((to, i) => band(bars[i], to));
  const drawn = bars.map((bar, i) =>
    el('rect', {
      ...bar,
      rx: 2.5,
      ...paint('fill', i === code ? 'ink' : 'soft'),
      opacity: i === code ? 1 : 0.55,
    }),
  );
  const numbers = bars.map((bar, i) =>
    label(count(all[i]), bar.x + 5, frame.y + frame.height - 4, {
      size: 12,
      soft: i !== code,
      bold: i === code,
      anchor: 'middle',
    }),
  );
  return el('g', {}, join(bands), join(drawn), join(numbers));
}

function band(from: Frame, to: Frame): Markup {
  const d = `M${points(
    [from.x + from.width, from.y],
    [to.x, to.y],
    [to.x, to.y + to.height],
    [from.x + from.width, from.y + from.height],
  )}Z`;
  return el('path', { d, ...paint('fill', 'panel') });
}

/** The map in miniature: in one color or, with the `id` of `clusterDots`, by cluster. */
export function miniature(scene: ClusteredMap, frame: Frame, id?: string): Markup {
  const radius = Math.max(0.9, dotRadius(scene.map.rows, frame));
  const inner = inset(frame, radius);
  const project = projection(bounds(scene.map), inner);
  if (id !== undefined) return clusterDots(thinned(scene), project, radius, id);
  const step = Math.ceil(scene.map.rows / MOST_DOTS);
  return plainDots(scene.map, project, { radius, within: frame, step }, paint('stroke', 'soft'));
}

const MOST_DOTS = 1800;

/** At most MOST_DOTS rows, evenly taken: more cannot be distinguished in a miniature. */
function thinned({ map, clusters, signOf }: ClusteredMap): ClusteredMap {
  const step = Math.ceil(map.rows / MOST_DOTS);
  if (step <= 1) return { map, clusters, signOf };
  const rows = Math.ceil(map.rows / step);
  const data = new Float32Array(2 * rows);
  for (let i = 0; i < rows; i++) data.set(map.data.subarray(2 * i * step, 2 * i * step + 2), 2 * i);
  return {
    map: { data, rows, cols: 2 },
    clusters: Array.from({ length: rows }, (_, i) => clusters[i * step]),
    signOf,
  };
}

/** The ecliptic with the signs that have a cluster as medallions and the others as bare glyphs. */
export function ring(frame: Frame, used: readonly number[]): Markup {
  const radius = Math.min(frame.width, frame.height) / 2 - 14;
  const [cx, cy] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
  return el(
    'g',
    {},
    el('circle', { cx, cy, r: radius, fill: 'none', 'stroke-width': 1.2, ...paint('stroke', 'line') }),
    join(
      signs.map((_, sign) => {
        const [x, y] = signPoints[sign];
        const place = [cx + radius * x, cy - radius * y] as const;
        return used.includes(sign)
          ? medallion(sign, place, 13)
          : glyph(sign, place, 15, paint('stroke', 'faint'));
      }),
    ),
  );
}

/** A thin line with round corners along the points, ending in an arrow head. */
export function arrowLine(path: readonly (readonly [number, number])[]): Markup {
  const [ex, ey] = path[path.length - 1];
  const [px, py] = path[path.length - 2];
  const length = Math.hypot(ex - px, ey - py) || 1;
  const [ux, uy] = [(ex - px) / length, (ey - py) / length];
  const head = points(
    [ex, ey],
    [ex - 8 * ux - 4 * uy, ey - 8 * uy + 4 * ux],
    [ex - 8 * ux + 4 * uy, ey - 8 * uy - 4 * ux],
  );
  const line: Attributes = { fill: 'none', 'stroke-width': 1.4, ...paint('stroke', 'soft') };
  return el(
    'g',
    {},
    el('path', { d: rounded(path), ...line }),
    el('path', { d: `M${head}Z`, ...paint('fill', 'soft') }),
  );
}

const CORNER = 12;

function rounded(path: readonly (readonly [number, number])[]): string {
  return path
    .map((here, i) => {
      if (i === 0) return `M${points(here)}`;
      const next = path[i + 1];
      if (next === undefined) return `L${points(here)}`;
      return `L${points(towards(here, path[i - 1]))}Q${points(here, towards(here, next))}`;
    })
    .join('');
}

function towards([x, y]: readonly [number, number], [u, v]: readonly [number, number]): [number, number] {
  const share = Math.min(0.5, CORNER / (Math.hypot(u - x, v - y) || 1));
  return [x + (u - x) * share, y + (v - y) * share];
}

function points(...list: readonly (readonly [number, number])[]): string {
  return list.map(([x, y]) => `${short(x, 1)} ${short(y, 1)}`).join(' ');
}
