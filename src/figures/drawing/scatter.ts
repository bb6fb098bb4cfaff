import type { Matrix } from '../../matrix.ts';
import { clusterMeans } from '../../zodiac/means.ts';
import type { Point } from '../../zodiac/signs.ts';
import { el, join, type Markup, short } from './markup.ts';
import { type paint, paintRim, paintSign } from './palette.ts';

/** A map with its clusters, as figures 1 to 3 draw it. */
export interface ClusteredMap {
  /** n x 2: the points in the plane. Rows that are not finite are not drawn. */
  readonly map: Matrix;
  /** n labels in [0, signOf.length). */
  readonly clusters: ArrayLike<number>;
  /** For each cluster the index of its sign, or -1. */
  readonly signOf: readonly number[];
}

/** A rectangle of the drawing, in its units. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** From the map's units, y upwards, to the drawing's, y downwards, with one scale for both axes. */
export interface Projection {
  (point: Point): Point;
  readonly scale: number;
}

/** Means of the clusters, in cluster order. */
export function meansOf({ map, clusters, signOf }: ClusteredMap): Point[] {
  return clusterMeans(map, clusters, signOf.length);
}

/** The smallest rectangle around the finite ones of the points: rows of a map, or a list. */
export function bounds(points: Matrix | readonly Point[]): Frame {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  const include = (x: number, y: number) => {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  };
  if ('data' in points) {
    for (let i = 0; i < points.rows; i++) include(points.data[2 * i], points.data[2 * i + 1]);
  } else {
    for (const [x, y] of points) include(x, y);
  }
  if (left > right) return { x: 0, y: 0, width: 0, height: 0 };
  return { x: left, y: bottom, width: right - left, height: top - bottom };
}

/** Fits the box, in the map's units, into the frame. */
export function projection(box: Frame, frame: Frame): Projection {
  const fitted = Math.min(frame.width / box.width, frame.height / box.height);
  const scale = Number.isFinite(fitted) ? fitted : 1;
  const [centerX, centerY] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
  const project = ([x, y]: Point): Point => [
    centerX + (x - (box.x + box.width / 2)) * scale,
    centerY - (y - (box.y + box.height / 2)) * scale,
  ];
  return Object.assign(project, { scale });
}

/** A frame as wide as `widest`, as high as the box is in proportion, between `lowest` and `widest`. */
export function frameFor(box: Frame, [x, y]: Point, widest: number, lowest: number): Frame {
  const proportional = box.width > 0 ? (widest * box.height) / box.width : widest;
  return { x, y, width: widest, height: Math.min(widest, Math.max(lowest, proportional)) };
}

/** The frame less a margin on all sides. */
export function inset({ x, y, width, height }: Frame, by: number): Frame {
  return { x: x + by, y: y + by, width: width - 2 * by, height: height - 2 * by };
}

/** Radius at which n dots cover about a quarter of the frame's inscribed disc. */
export function dotRadius(n: number, { width, height }: Frame): number {
  const covered = (0.25 * Math.PI * Math.min(width, height) ** 2) / 4;
  return Math.min(6, Math.max(0.8, Math.sqrt(covered / (Math.PI * Math.max(1, n)))));
}

// Dots of one path hide each other's edges and lie all above or below those of another path. A few passes over
// interleaved rows mix the clusters and let density show, at a few bytes per pass.
const PASSES = 6;
/** Width of the rim that light colors have. */
const RIM = 0.6;

/**
 * Every finite point as a dot in the color of its cluster's sign: one path per pass and cluster. Where a color has a rim, the path
 * of the rim is used again for what is inside it.
 *
 * @param id - begins the names of paths, which no other figure of a page has.
 */
export function clusterDots(scene: ClusteredMap, project: Projection, radius: number, id: string): Markup {
  const paths: Markup[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const moves = scene.signOf.map(() => [] as string[]);
    eachDot(scene.map, project, pass, PASSES, (row, move) => moves[scene.clusters[row]]?.push(move));
    moves.forEach((cluster, i) => {
      if (cluster.length === 0) return;
      const d = cluster.join('');
      const rim = paintRim('stroke', scene.signOf[i]);
      const color = paintSign('stroke', scene.signOf[i]);
      if (rim === undefined) {
        paths.push(el('path', { d, ...color }));
        return;
      }
      const name = `${id}-${pass}-${i}`;
      paths.push(el('g', rim, el('path', { d, id: name })));
      paths.push(el('use', { href: `#${name}`, 'stroke-width': 2 * (radius - RIM), ...color }));
    });
  }
  return dotGroup(radius, {}, paths);
}

/** Finite points that fall into the frame, in one color; every `step`th row. */
export function plainDots(
  map: Matrix,
  project: Projection,
  { radius, within, step = 1 }: { radius: number; within: Frame; step?: number },
  color: ReturnType<typeof paint>,
): Markup {
  const moves: string[] = [];
  eachDot(map, project, 0, step, (_, move, [x, y]) => {
    const dx = x - within.x;
    const dy = y - within.y;
    if (dx >= 0 && dx <= within.width && dy >= 0 && dy <= within.height) moves.push(move);
  });
  return dotGroup(radius, color, moves.length > 0 ? [el('path', { d: moves.join('') })] : []);
}

/** A dot is a stroke of no length with round caps: 13 bytes instead of the 40 of a circle element. */
function dotGroup(
  radius: number,
  attributes: Record<string, string | number | undefined>,
  paths: readonly Markup[],
): Markup {
  return el(
    'g',
    { fill: 'none', 'stroke-width': 2 * radius, 'stroke-linecap': 'round', ...attributes },
    join(paths),
  );
}

function eachDot(
  map: Matrix,
  project: Projection,
  first: number,
  step: number,
  visit: (row: number, move: string, place: Point) => void,
): void {
  for (let row = first; row < map.rows; row += step) {
    const place = project([map.data[2 * row], map.data[2 * row + 1]]);
    if (place.every(Number.isFinite)) visit(row, `M${short(place[0], 1)} ${short(place[1], 1)}h0`, place);
  }
}
