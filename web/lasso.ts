import type { Objects } from './data.ts';
import { cellsIn, type Grid, HIDDEN } from './grid.ts';

export type Polygon = readonly (readonly [number, number])[];

/** Whether a place lies inside by the even-odd rule; edges count on their left and upper side. */
export function contains(polygon: Polygon, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[i];
    const [bx, by] = polygon[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/**
 * The shown objects inside a polygon, in page units. Cells that no edge crosses are taken or left as a whole; objects are
 * tested one by one only in the others.
 */
export function lassoed(
  { x, y }: Objects,
  grid: Grid,
  shades: Uint8Array,
  polygon: Polygon,
): Uint32Array<ArrayBuffer> {
  if (polygon.length < 3) return new Uint32Array(0);
  const found = new Uint32Array(x.length);
  let count = 0;
  const crossed = crossedCells(grid, polygon);
  const box = {
    left: Math.min(...polygon.map(([px]) => px)),
    right: Math.max(...polygon.map(([px]) => px)),
    top: Math.min(...polygon.map(([, py]) => py)),
    bottom: Math.max(...polygon.map(([, py]) => py)),
  };
  const { x0, x1, y0, y1 } = cellsIn(grid, box);
  const width = 65536 / grid.size;
  for (let row = y0; row <= y1; row++) {
    for (let column = x0; column <= x1; column++) {
      const cell = row * grid.size + column;
      const [first, end] = [grid.starts[cell], grid.starts[cell + 1]];
      if (first === end) continue;
      const mixed = crossed[cell] === 1;
      if (!mixed && !contains(polygon, (column + 0.5) * width, (row + 0.5) * width)) continue;
      for (let i = first; i < end; i++) {
        if (shades[i] !== HIDDEN && (!mixed || contains(polygon, x[i], y[i]))) found[count++] = i;
      }
    }
  }
  return found.slice(0, count);
}

/** Marks every cell that an edge meets: for each row of cells, the columns that the edge's part in that row spans. */
function crossedCells(grid: Grid, polygon: Polygon): Uint8Array {
  const { size } = grid;
  const width = 65536 / size;
  const crossed = new Uint8Array(size * size);
  polygon.forEach(([ax, ay], i) => {
    const [bx, by] = polygon[(i + 1) % polygon.length];
    const rows = cellsIn(grid, { left: 0, right: 0, top: Math.min(ay, by), bottom: Math.max(ay, by) });
    for (let row = rows.y0; row <= rows.y1; row++) {
      const xAt = (y: number) => {
        const t =
          by === ay ? 0 : (Math.min(Math.max(y, Math.min(ay, by)), Math.max(ay, by)) - ay) / (by - ay);
        return ax + t * (bx - ax);
      };
      const ends = by === ay ? [ax, bx] : [xAt(row * width), xAt((row + 1) * width)];
      // One page unit more on either side, so that rounding never leaves a cell out.
      const { x0, x1 } = cellsIn(grid, {
        left: Math.min(...ends) - 1,
        right: Math.max(...ends) + 1,
        top: 0,
        bottom: 0,
      });
      crossed.fill(1, row * size + x0, row * size + x1 + 1);
    }
  });
  return crossed;
}

/** Objects in either, in their order. */
export function unite(a: Uint32Array, b: Uint32Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(new Set([...a, ...b])).sort();
}

/** Objects of `a` that are not in `b`. */
export function without(a: Uint32Array, b: Uint32Array): Uint32Array<ArrayBuffer> {
  const removed = new Set(b);
  return Uint32Array.from(a.filter((i) => !removed.has(i)));
}
