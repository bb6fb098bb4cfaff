import type { Point } from './signs.ts';

/** Eight times the rounding of one double: bounds the error of the 2 x 2 determinant below (Shewchuk 1997). */
const ERROR = 8 * 2 ** -53;

/** 1 when a -> b -> c turns left, -1 when right, 0 when the three are collinear within rounding. */
export function turn(a: Point, b: Point, c: Point): -1 | 0 | 1 {
  const left = (b[0] - a[0]) * (c[1] - a[1]);
  const right = (b[1] - a[1]) * (c[0] - a[0]);
  const difference = left - right;
  if (Math.abs(difference) <= ERROR * (Math.abs(left) + Math.abs(right))) return 0;
  return difference > 0 ? 1 : -1;
}

/**
 * Indices of the points on the boundary of the convex hull, counter-clockwise from the lowest x (then y): corners,
 * and points that lie on an edge or coincide with a corner. Andrew's monotone chain (1979) finds the corners.
 */
export function convexHull(points: readonly Point[]): number[] {
  const order = points
    .map((_, i) => i)
    .sort((i, j) => points[i][0] - points[j][0] || points[i][1] - points[j][1] || i - j);
  const corners = [...chain(points, order).slice(0, -1), ...chain(points, order.toReversed()).slice(0, -1)];
  // If all points coincide, the two chains hold nothing else.
  if (corners.length === 0) return order;
  const ring = [...new Set(corners)];
  const inRing = new Set(ring);
  return ring.flatMap((corner, k) => [
    corner,
    ...onEdge(points, corner, ring[(k + 1) % ring.length], inRing),
  ]);
}

function chain(points: readonly Point[], order: readonly number[]): number[] {
  const kept: number[] = [];
  for (const i of order) {
    while (
      kept.length > 1 &&
      turn(points[kept[kept.length - 2]], points[kept[kept.length - 1]], points[i]) <= 0
    ) {
      kept.pop();
    }
    const last = kept[kept.length - 1];
    if (last === undefined || !same(points[last], points[i])) kept.push(i);
  }
  return kept;
}

/** The points from corner `a` (its doubles included) to just before `b` that are not corners, in order; marks them. */
function onEdge(points: readonly Point[], a: number, b: number, taken: Set<number>): number[] {
  const found = points
    .map((_, i) => i)
    .filter((i) => !taken.has(i) && !same(points[i], points[b]) && isBetween(points[a], points[b], points[i]))
    .sort((i, j) => distance(points[a], points[i]) - distance(points[a], points[j]) || i - j);
  for (const i of found) taken.add(i);
  return found;
}

/** Whether p lies on the closed segment from a to b. */
function isBetween(a: Point, b: Point, p: Point): boolean {
  return (
    turn(a, b, p) === 0 &&
    p[0] >= Math.min(a[0], b[0]) &&
    p[0] <= Math.max(a[0], b[0]) &&
    p[1] >= Math.min(a[1], b[1]) &&
    p[1] <= Math.max(a[1], b[1])
  );
}

/** Whether the closed segments a-b and c-d have a point in common. */
export function segmentsMeet(a: Point, b: Point, c: Point, d: Point): boolean {
  if (turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0) return true;
  return isBetween(a, b, c) || isBetween(a, b, d) || isBetween(c, d, a) || isBetween(c, d, b);
}

/** How many pairs of edges of a closed path meet, without neighbors (which share an end). */
export function selfCrossings(path: readonly Point[]): number {
  const n = path.length;
  let crossings = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 2; j < n; j++) {
      if (i === 0 && j === n - 1) continue;
      if (segmentsMeet(path[i], path[i + 1], path[j], path[(j + 1) % n])) crossings++;
    }
  }
  return crossings;
}

/** Length of the path through the points in order, without the edge that would close it. */
export function pathLength(path: readonly Point[]): number {
  let length = 0;
  for (let i = 1; i < path.length; i++) length += distance(path[i - 1], path[i]);
  return length;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function same(a: Point, b: Point): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
