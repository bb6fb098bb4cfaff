/** The look of a mark. Large marks differ in form as well as in color. */
export type Shape = 'disc' | 'square' | 'diamond';
export const SHAPES: readonly Shape[] = ['disc', 'square', 'diamond'];

/** A mark at one place inside a pixel, as offsets into the picture's pixels. */
export interface Stamp {
  /** Pairs: first offset of a run of pixels that the fill covers wholly, and its end. */
  readonly runs: Int32Array;
  /** Every other pixel: its offset, how much of it the mark covers and how much of that is rim, both in 256ths. */
  readonly offsets: Int32Array;
  readonly coverage: Uint16Array;
  readonly rim: Uint16Array;
}

/** Places inside a pixel, along each axis, that have a stamp of their own. */
export const SUBPIXELS = 4;

/** Stamps of a mark of the given radius, in pixels: for place (sx, sy) of a pixel the one at sy * SUBPIXELS + sx. */
export function stampsOf(shape: Shape, radius: number, rimWidth: number, pitch: number): Stamp[] {
  return Array.from({ length: SUBPIXELS * SUBPIXELS }, (_, i) =>
    stampAt(shape, radius, rimWidth, pitch, [
      ((i % SUBPIXELS) + 0.5) / SUBPIXELS,
      (Math.floor(i / SUBPIXELS) + 0.5) / SUBPIXELS,
    ]),
  );
}

/** Pixels around its own that a mark may touch. */
export function reachOf(radius: number): number {
  return Math.ceil(radius + 1);
}

function stampAt(
  shape: Shape,
  radius: number,
  rimWidth: number,
  pitch: number,
  [cx, cy]: [number, number],
): Stamp {
  const reach = reachOf(radius);
  const runs: number[] = [];
  const edge: [offset: number, coverage: number, rim: number][] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const depth = radius - distanceIn(shape, x + 0.5 - cx, y + 0.5 - cy);
      // A pixel whose center lies half a pixel inside is covered, one half a pixel outside is not.
      const coverage = Math.round(256 * clamp(depth + 0.5));
      const rim = rimWidth > 0 ? Math.round(256 * clamp(rimWidth + 0.5 - depth)) : 0;
      const offset = y * pitch + x;
      if (coverage === 256 && rim === 0) {
        if (runs.at(-1) === offset) runs[runs.length - 1] = offset + 1;
        else runs.push(offset, offset + 1);
      } else if (coverage > 6) edge.push([offset, coverage, rim]);
    }
  }
  return {
    runs: Int32Array.from(runs),
    offsets: Int32Array.from(edge, ([offset]) => offset),
    coverage: Uint16Array.from(edge, ([, coverage]) => coverage),
    rim: Uint16Array.from(edge, ([, , rim]) => rim),
  };
}

/** Distance from the center by the shape's own measure, so that all shapes cover about the same area. */
function distanceIn(shape: Shape, x: number, y: number): number {
  if (shape === 'square') return Math.max(Math.abs(x), Math.abs(y)) * 1.13;
  if (shape === 'diamond') return (Math.abs(x) + Math.abs(y)) * 0.8;
  return Math.hypot(x, y);
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}
