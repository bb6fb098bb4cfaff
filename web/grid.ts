import { cellOf } from '../src/page/format.ts';
import type { Objects } from './data.ts';

/** What an object is drawn as: left out, as faint context, or in full. */
export const HIDDEN = 0;
export const FAINT = 1;
export const LIT = 2;

/** A rectangle in page units. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where each cell's objects begin: those of cell c are the places [starts[c], starts[c + 1]). */
export interface Grid {
  readonly size: number;
  readonly starts: Uint32Array;
}

export function gridOf({ meta: { grid }, placed, x, y }: Objects): Grid {
  const starts = new Uint32Array(grid * grid + 1);
  for (let i = 0; i < placed; i++) starts[cellOf(y[i], grid) * grid + cellOf(x[i], grid) + 1]++;
  for (let cell = 0; cell < grid * grid; cell++) starts[cell + 1] += starts[cell];
  return { size: grid, starts };
}

/** First and last column and row of the cells that meet a box. */
export function cellsIn({ size }: Grid, { left, top, right, bottom }: Box) {
  const cell = (value: number) => Math.max(0, Math.min(size - 1, Math.floor((value * size) / 65536)));
  return { x0: cell(left), x1: cell(right), y0: cell(top), y1: cell(bottom) };
}

/** Calls `visit` with each run of places that a row of cells in the box holds. */
export function eachRun(grid: Grid, box: Box, visit: (first: number, end: number) => void): void {
  const { x0, x1, y0, y1 } = cellsIn(grid, box);
  for (let row = y0; row <= y1; row++) {
    const first = grid.starts[row * grid.size + x0];
    const end = grid.starts[row * grid.size + x1 + 1];
    if (end > first) visit(first, end);
  }
}

/** How many objects the cells that meet a box hold. */
export function countIn(grid: Grid, box: Box): number {
  let count = 0;
  eachRun(grid, box, (first, end) => {
    count += end - first;
  });
  return count;
}

/** The shown object nearest to a place, within a distance, or -1. Of objects equally near the first. */
export function nearest(
  { x, y }: Objects,
  grid: Grid,
  shades: Uint8Array,
  [atX, atY]: readonly [number, number],
  within: number,
): number {
  let best = -1;
  let least = within * within;
  const box = { left: atX - within, right: atX + within, top: atY - within, bottom: atY + within };
  eachRun(grid, box, (first, end) => {
    for (let i = first; i < end; i++) {
      if (shades[i] === HIDDEN) continue;
      const squared = (x[i] - atX) ** 2 + (y[i] - atY) ** 2;
      if (squared < least || (squared === least && best < 0)) {
        best = i;
        least = squared;
      }
    }
  });
  return best;
}
