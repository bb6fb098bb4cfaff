import { canvas, heading, label } from '../../src/figures/drawing/canvas.ts';
import { count } from '../../src/figures/drawing/format.ts';
import { el, join, type Markup, short } from '../../src/figures/drawing/markup.ts';
import { paint, paintModality } from '../../src/figures/drawing/palette.ts';
import type { Frame } from '../../src/figures/drawing/scatter.ts';

/** What one size took. */
export interface ScalingPoint {
  readonly rows: number;
  readonly seconds: number;
  /** Memory in use at the peak, beyond what was in use before. */
  readonly bytes: number;
}

/** One computation at growing sizes, ascending in rows. */
export interface ScalingSeries {
  readonly name: string;
  readonly points: readonly ScalingPoint[];
}

interface Scale {
  readonly ticks: readonly number[];
  position(value: number): number;
}

const WIDTH = 980;
const HEIGHT = 480;
const TOP = 118;
const BOTTOM = HEIGHT - 62;
const PANEL = 330;
/** Left ends of the two panels' plots; names stand at the ends of the lines, to the right. */
const LEFT = [82, 560] as const;

/**
 * Time and memory against the number of rows, both axes logarithmic, as SVG text.
 *
 * @param details - short facts for the line below the title.
 * @throws RangeError when a series is empty or a number is not above 0 and finite.
 */
export function scalingFigure(series: readonly ScalingSeries[], details: readonly string[]): Markup {
  checkSeries(series);
  const title = 'Time and memory against the number of rows';
  const panels = [
    { caption: 'Seconds', of: (point: ScalingPoint) => point.seconds, tick: secondsText },
    {
      caption: 'Peak memory, with the copy of the data',
      of: (point: ScalingPoint) => point.bytes,
      tick: bytesText,
    },
  ];
  return canvas(
    {
      id: 'scaling',
      width: WIDTH,
      height: HEIGHT,
      title,
      description: `Two log-log plots: time and peak memory of ${series.map(({ name }) => name).join('; ')} for growing numbers of rows.`,
    },
    [
      heading(title, details.join(' \u00b7 '), WIDTH, false),
      ...panels.map(({ caption, of, tick }, i) => {
        const frame = { x: LEFT[i], y: TOP, width: PANEL, height: BOTTOM - TOP };
        return panel(series, frame, caption, of, tick);
      }),
    ],
  );
}

function checkSeries(series: readonly ScalingSeries[]): void {
  for (const { name, points } of series) {
    const fine = points.every((point) => Object.values(point).every((x) => Number.isFinite(x) && x > 0));
    if (points.length === 0 || !fine) {
      throw new RangeError(`Expected \`${name}\` to have points whose numbers are finite and above 0`);
    }
  }
}

function panel(
  series: readonly ScalingSeries[],
  frame: Frame,
  caption: string,
  of: (point: ScalingPoint) => number,
  tick: (value: number) => string,
): Markup {
  const points = series.flatMap((one) => one.points);
  const right = frame.x + frame.width;
  const bottom = frame.y + frame.height;
  const x = logScale(
    points.map(({ rows }) => rows),
    frame.x,
    right,
  );
  const y = logScale(points.map(of), bottom, frame.y);
  const ends = series.map(({ points: own }) => own[own.length - 1]);
  const heights = spreadHeights(
    ends.map((end) => y.position(of(end))),
    17,
  );
  return el(
    'g',
    {},
    label(caption, frame.x, frame.y - 14, { size: 14, bold: true }),
    grid(x, y, frame, tick),
    join(series.map(({ points: own }, i) => curve(own, x, y, of, i))),
    join(
      series.map(({ name }, i) =>
        label(name, x.position(ends[i].rows) + 10, heights[i] + 4.5, { size: 13, halo: true }),
      ),
    ),
    label('rows', right, bottom + 42, { size: 13, soft: true, anchor: 'end' }),
  );
}

function grid(x: Scale, y: Scale, frame: Frame, tick: (value: number) => string): Markup {
  const bottom = frame.y + frame.height;
  const path = [
    ...y.ticks.map((value) => `M${frame.x} ${short(y.position(value))}h${frame.width}`),
    ...x.ticks.map((value) => `M${short(x.position(value))} ${frame.y}v${frame.height}`),
  ].join('');
  return el(
    'g',
    {},
    el('path', { d: path, fill: 'none', 'stroke-opacity': 0.5, ...paint('stroke', 'line') }),
    join(
      x.ticks.map((value) =>
        label(count(value), x.position(value), bottom + 20, { size: 12, soft: true, anchor: 'middle' }),
      ),
    ),
    join(
      y.ticks.map((value) =>
        label(tick(value), frame.x - 9, y.position(value) + 4, { size: 12, soft: true, anchor: 'end' }),
      ),
    ),
  );
}

function curve(
  points: readonly ScalingPoint[],
  x: Scale,
  y: Scale,
  of: (point: ScalingPoint) => number,
  color: number,
): Markup {
  const places = points.map((point) => [x.position(point.rows), y.position(of(point))] as const);
  const line = places.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${short(px)} ${short(py)}`).join('');
  const dots = places.map(([px, py]) => `M${short(px)} ${short(py)}h0`).join('');
  const shared = { fill: 'none', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' } as const;
  const ink = paintModality('stroke', color);
  return join([
    el('path', { d: line, 'stroke-width': 2, ...shared, ...ink }),
    el('path', { d: dots, 'stroke-width': 7, ...shared, ...ink }),
  ]);
}

/** A logarithmic axis over whole decades around the values. */
function logScale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  const position = (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  return { ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)), position };
}

/** The heights, moved as little as a single pass over them allows so that no two are nearer than `least`. */
function spreadHeights(heights: readonly number[], least: number): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b]);
  const placed = [...heights];
  for (let pass = 0; pass < 20; pass++) {
    for (let k = 1; k < order.length; k++) {
      const [above, below] = [order[k - 1], order[k]];
      const overlap = least - (placed[below] - placed[above]);
      if (overlap <= 0) continue;
      placed[above] -= overlap / 2;
      placed[below] += overlap / 2;
    }
  }
  return placed;
}

function secondsText(seconds: number): string {
  return seconds < 0.1 ? `${Number((seconds * 1000).toPrecision(3))} ms` : `${count10(seconds)} s`;
}

function bytesText(bytes: number): string {
  const [unit, name] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${count10(bytes / unit)} ${name}`;
}

function count10(value: number): string {
  return value < 1 ? String(Number(value.toPrecision(1))) : count(value);
}
