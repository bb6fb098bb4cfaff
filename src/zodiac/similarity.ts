import type { Point } from './signs.ts';

/** A similarity of the plane without reflection, as complex numbers: z -> a z + b. */
export interface Similarity {
  /** The complex factor: its length is the scale, its argument the rotation. */
  readonly a: Point;
  readonly b: Point;
}

/** The mean of the points, which are at least one. */
export function centroid(points: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const point of points) {
    x += point[0];
    y += point[1];
  }
  return [x / points.length, y / points.length];
}

/** Sum of squared distances from the centroid. */
export function spread(points: readonly Point[]): number {
  const [cx, cy] = centroid(points);
  let sum = 0;
  for (const [x, y] of points) sum += (x - cx) ** 2 + (y - cy) ** 2;
  return sum;
}

/**
 * The similarity that moves `from` onto `to` with the least sum of squared distances: Umeyama (PAMI 13, 1991) with
 * det = +1. In the plane it is a regression over the complex numbers, a = <from, to> / <from, from> about the
 * centroids. Points of `from` that all coincide give a = 0.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const [fx, fy] = centroid(from);
  const [tx, ty] = centroid(to);
  let re = 0;
  let im = 0;
  let norm = 0;
  for (let i = 0; i < from.length; i++) {
    const x = from[i][0] - fx;
    const y = from[i][1] - fy;
    const u = to[i][0] - tx;
    const v = to[i][1] - ty;
    re += x * u + y * v;
    im += x * v - y * u;
    norm += x * x + y * y;
  }
  const a: Point = norm > 0 ? [re / norm, im / norm] : [0, 0];
  return { a, b: [tx - a[0] * fx + a[1] * fy, ty - a[1] * fx - a[0] * fy] };
}

/** The image of a point. */
export function move({ a, b }: Similarity, [x, y]: Point): Point {
  return [a[0] * x - a[1] * y + b[0], a[1] * x + a[0] * y + b[1]];
}

/** The similarity that undoes a similarity whose scale is not 0. */
export function inverse({ a, b }: Similarity): Similarity {
  const norm = a[0] ** 2 + a[1] ** 2;
  const back: Point = [a[0] / norm, -a[1] / norm];
  return { a: back, b: [-(back[0] * b[0] - back[1] * b[1]), -(back[1] * b[0] + back[0] * b[1])] };
}
