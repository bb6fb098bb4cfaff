import { canvas, label } from './drawing/canvas.ts';
import { decimal } from './drawing/format.ts';
import { el, empty, join, type Markup, short } from './drawing/markup.ts';
import { paint, paintModality } from './drawing/palette.ts';

/** One line of a chart. Points that are not finite are left out. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A chart of a few lines over one axis. */
export interface CurveData {
  /** Prefix of ids, unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** A place on the x axis that is named, e.g. the epoch that is kept. */
  readonly mark?: { readonly x: number; readonly name: string };
}

const [WIDTH, HEIGHT] = [640, 300];
const BOX = { left: 70, right: 490, top: 24, bottom: 240 };

/**
 * Lines over an axis as SVG text, with each line's name at its end.
 *
 * @example
 * curve({ id: 'loss', title: 'Loss', x: 'epoch', y: 'nats', series: [{ name: 'training', points: [[1, 9], [2, 5]] }] });
 */
export function curve(data: CurveData): Markup {
  const series = data.series.map(({ name, points }) => ({
    name,
    points: points.filter((point) => point.every(Number.isFinite)),
  }));
  const all = series.flatMap(({ points }) => points);
  const spanX = spanOf(all.map(([x]) => x));
  const spanY = spanOf(all.map(([, y]) => y));
  const at = ([x, y]: readonly [number, number]): readonly [number, number] => [
    BOX.left + ((x - spanX[0]) / (spanX[1] - spanX[0])) * (BOX.right - BOX.left),
    BOX.bottom - ((y - spanY[0]) / (spanY[1] - spanY[0])) * (BOX.bottom - BOX.top),
  ];
  const description = `${data.y} over ${data.x}: ${series.map(({ name }) => name).join(', ')}.`;
  return canvas({ id: data.id, width: WIDTH, height: HEIGHT, title: data.title, description }, [
    axes(data, spanX, spanY, at),
    markLine(data, at, spanY),
    ...series.map(({ points }, i) => line(points.map(at), i)),
    names(series, at),
  ]);
}

type Span = readonly [number, number];
type Place = (point: readonly [number, number]) => readonly [number, number];

/** Least and largest value; if they are the same, the largest is one more. */
function spanOf(values: readonly number[]): Span {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(most >= least)) return [0, 1];
  return most > least ? [least, most] : [least, least + 1];
}

function axes({ x, y }: CurveData, [x0, x1]: Span, [y0, y1]: Span, at: Place): Markup {
  const soft = { size: 12, soft: true } as const;
  const ticks = Array.from({ length: 5 }, (_, i) => y0 + ((y1 - y0) * i) / 4);
  const digits = y1 - y0 >= 20 ? 0 : y1 - y0 >= 2 ? 1 : 2;
  const steps = Array.from({ length: 5 }, (_, i) => x0 + ((x1 - x0) * i) / 4);
  return el(
    'g',
    {},
    ...ticks.flatMap((tick) => {
      const [left, height] = at([x0, tick]);
      return [
        el('path', {
          d: `M${left} ${short(height)}H${BOX.right}`,
          fill: 'none',
          ...paint('stroke', 'hull'),
        }),
        label(decimal(tick, digits), left - 8, height + 4, { ...soft, anchor: 'end' }),
      ];
    }),
    ...steps.map((tick) =>
      label(decimal(tick, 0), at([tick, y0])[0], BOX.bottom + 20, { ...soft, anchor: 'middle' }),
    ),
    label(x, (BOX.left + BOX.right) / 2, BOX.bottom + 44, { ...soft, anchor: 'middle' }),
    label(y, BOX.left, BOX.top - 9, soft),
  );
}

function markLine({ mark }: CurveData, at: Place, [y0, y1]: Span): Markup {
  if (mark === undefined) return empty;
  const [x, bottom] = at([mark.x, y0]);
  const style = { fill: 'none', 'stroke-dasharray': '5 4', ...paint('stroke', 'soft') };
  return join([
    el('path', { d: `M${short(x)} ${bottom}V${at([mark.x, y1])[1]}`, ...style }),
    label(mark.name, x - 6, BOX.top + 14, { size: 12, soft: true, anchor: 'end', halo: true }),
  ]);
}

function line(points: readonly (readonly [number, number])[], series: number): Markup {
  if (points.length === 0) return empty;
  const d = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${short(x, 1)} ${short(y, 1)}`).join('');
  const style = { fill: 'none', 'stroke-width': 2, 'stroke-linejoin': 'round', 'stroke-linecap': 'round' };
  return el('path', { d: points.length === 1 ? `${d}h0` : d, ...style, ...paintModality('stroke', series) });
}

/** Each line's name at its end. Names that would cover each other are moved apart. */
function names(series: readonly Series[], at: Place): Markup {
  const ends = series
    .map(({ name, points }, i) => ({ name, i, y: points.length > 0 ? at(points[points.length - 1])[1] : 0 }))
    .filter(({ i }) => series[i].points.length > 0)
    .sort((a, b) => a.y - b.y);
  let last = -Infinity;
  return join(
    ends.map(({ name, i, y }) => {
      const place = Math.max(y, last + 18);
      last = place;
      return el(
        'g',
        {},
        el('circle', { cx: BOX.right + 14, cy: place, r: 4, ...paintModality('fill', i) }),
        label(name, BOX.right + 24, place + 4, { size: 13, maxWidth: WIDTH - BOX.right - 28 }),
      );
    }),
  );
}
