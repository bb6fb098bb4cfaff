import { type Placed, placeLabels, type Wanted } from '../src/figures/drawing/label-placement.ts';
import { spreadApart } from '../src/figures/drawing/markers.ts';
import { textWidth } from '../src/figures/drawing/typography.ts';
import type { Point } from '../src/zodiac/signs.ts';
import { nameOf, type Objects } from './data.ts';
import type { Projection } from './raster.ts';
import { type Size, toPage, toScreen } from './view.ts';

/** Cells along each side in which the densest place of a group is looked for. */
const CELLS = 32;

/**
 * For each value of the column the middle of the place where its objects lie densest; null where it has none. The mean is no
 * such place: it can lie in the gap between two halves.
 */
export function densestPlaces(
  { x, y, placed }: Objects,
  column: ArrayLike<number>,
  values: number,
): (Point | null)[] {
  const cells = CELLS * CELLS;
  const sums = Array.from({ length: values }, () => new Float64Array(3 * cells));
  for (let i = 0; i < placed; i++) {
    const at = 3 * (((y[i] * CELLS) >>> 16) * CELLS + ((x[i] * CELLS) >>> 16));
    const sum = sums[column[i]];
    sum[at]++;
    sum[at + 1] += x[i];
    sum[at + 2] += y[i];
  }
  return sums.map((sum) => {
    let best = [0, 0, 0];
    for (let row = 0; row < CELLS; row++) {
      for (let cell = 0; cell < CELLS; cell++) {
        const around = aroundCell(sum, row, cell);
        if (around[0] > best[0]) best = around;
      }
    }
    return best[0] > 0 ? [best[1] / best[0], best[2] / best[0]] : null;
  });
}

/** Count and sums of x and y of a cell and the eight around it. */
function aroundCell(sum: Float64Array, row: number, column: number): number[] {
  const total = [0, 0, 0];
  for (let r = Math.max(0, row - 1); r <= Math.min(CELLS - 1, row + 1); r++) {
    for (let c = Math.max(0, column - 1); c <= Math.min(CELLS - 1, column + 1); c++) {
      for (let k = 0; k < 3; k++) total[k] += sum[3 * (r * CELLS + c) + k];
    }
  }
  return total;
}

/** A name with its medallion, in CSS pixels of the frame. */
export interface PlacedName {
  readonly value: number;
  readonly name: string;
  readonly medallion: Point;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

export const NAME_SIZE = 14;
export const MEDALLION = 11;

/**
 * Places names in the frame so that neither they nor their medallions cover each other. Marks stay where they are; their names
 * are placed first.
 */
export function placeNames(
  wanted: readonly { value: number; name: string; at: Point }[],
  frame: Size,
  marks: readonly Wanted[],
): { names: PlacedName[]; marks: Placed[] } {
  const inside = wanted.filter(
    ({ at: [x, y] }) => x > -20 && y > -20 && x < frame.width + 20 && y < frame.height + 20,
  );
  const medallions = spreadApart(
    inside.map(({ at }) => at),
    2 * MEDALLION + 14,
  );
  const room = { x: 4, y: 4, width: frame.width - 8, height: frame.height - 8 };
  const placed = placeLabels([...marks, ...inside.map(({ name }, i) => ({ name, at: medallions[i] }))], {
    size: NAME_SIZE,
    clearance: MEDALLION + 5,
    frame: room,
  });
  const names = inside.map(({ value, name }, i) => {
    const { x, y, anchor } = placed[marks.length + i];
    return { value, name, medallion: medallions[i], x, y, anchor };
  });
  return { names, marks: placed.slice(0, marks.length) };
}

const LABEL_CELL = [96, 32] as const;
const MOST_LABELS = 40;
const LABEL_GRAPHEMES = 24;
export const LABEL_SIZE = 12;

/** In cells all over the frame the name of the object nearest to the cell's middle, none over another or over what is taken. */
export function objectLabels(
  objects: Objects,
  projection: Projection,
  frame: Size,
  find: (at: Point, within: number) => number,
  taken: readonly Box[],
): { i: number; name: string; at: Point }[] {
  const [width, height] = LABEL_CELL;
  const columns = Math.floor(frame.width / width);
  const rows = Math.floor(frame.height / height);
  const cells = Array.from({ length: columns * rows }, (_, cell): Point => {
    return [((cell % columns) + 0.5) * width, (Math.floor(cell / columns) + 0.5) * height];
  });
  // Neighbors in this order are far from each other, so that the names spread however many fit.
  const step = stepFor(cells.length);
  const found: (Box & { i: number; name: string })[] = [];
  for (let k = 0; k < cells.length && found.length < MOST_LABELS; k++) {
    const cell = cells[(k * step) % cells.length];
    const i = find(toPage(projection, cell), (height * 0.7) / projection.scale);
    if (i < 0 || found.some((other) => other.i === i)) continue;
    const name = shortened(nameOf(objects, i), LABEL_GRAPHEMES);
    const at = toScreen(projection, [objects.x[i], objects.y[i]]);
    const label = { i, name, at, width: textWidth(name, LABEL_SIZE) + 16 };
    if ([...taken, ...found].every((other) => !covers(label, other))) found.push(label);
  }
  return found;
}

/** About 0.618 of a number and prime to it: its multiples visit all of 0 to n - 1, each far from the last. */
function stepFor(n: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let step = Math.max(1, Math.round(0.618 * n));
  while (divisor(step, n) > 1) step++;
  return step;
}

/** Where a name begins, and how wide it is. */
interface Box {
  readonly at: Point;
  readonly width: number;
}

/** Whether two names cover each other. */
function covers(a: Box, b: Box): boolean {
  const aside = a.at[0] < b.at[0] ? a.at[0] + a.width < b.at[0] : b.at[0] + b.width < a.at[0];
  return !aside && Math.abs(a.at[1] - b.at[1]) < LABEL_SIZE * 1.4;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const PICTURES = 0x2400;

/**
 * Text of strangers as a list can show it: at most so many graphemes, control characters as their pictures, and those that
 * turn the writing direction or have no width as their numbers.
 */
export function shortened(text: string, most = 200): string {
  let short = '';
  let count = 0;
  for (const { segment } of graphemes.segment(text.slice(0, 20 * most))) {
    if (count++ >= most) return `${visible(short)}\u2026`;
    short += segment;
  }
  return visible(short);
}

function visible(text: string): string {
  return text
    .replace(/\p{Cc}/gu, (c) => pictureOf(c.charCodeAt(0)))
    .replace(
      /[\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
      (c) => `\u27e8U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`,
    );
}

/** The picture of a control character: U+2400 for NUL and so on; those above U+007F have none. */
function pictureOf(code: number): string {
  if (code > 0x7f) return '\ufffd';
  return code === 0x7f ? '\u2421' : String.fromCharCode(PICTURES + code);
}
