import type { Matrix } from '../matrix.ts';
import { clusterMeans } from '../zodiac/means.ts';
import type { Point } from '../zodiac/signs.ts';
import { el, join, type Markup, short } from './markup.ts';
import { type paint, paintSign } from './palette.ts';

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

/** Fits all finite rows of the map, and the extra points, into the frame. */
export function projection(map: Matrix, frame: Frame, extra: readonly Point[] = []): Projection {
  const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  const include = (x: number, y: number) => {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.bottom = Math.min(box.bottom, y);
    box.top = Math.max(box.top, y);
  };
  for (let i = 0; i < map.rows; i++) include(map.data[2 * i], map.data[2 * i + 1]);
  for (const [x, y] of extra) include(x, y);
  if (box.left > box.right) include(0, 0);

  const width = box.right - box.left;
  const height = box.top - box.bottom;
  const fitted = Math.min(frame.width / width, frame.height / height);
  const scale = Number.isFinite(fitted) ? fitted : 1;
  const centreX = frame.x + frame.width / 2;
  const centreY = frame.y + frame.height / 2;
  const project = ([x, y]: Point): Point => [
    centreX + (x - (box.left + width / 2)) * scale,
    centreY - (y - (box.bottom + height / 2)) * scale,
  ];
  return Object.assign(project, { scale });
}

/** Radius at which n dots cover about a third of the frame's inscribed disc. */
export function dotRadius(n: number, { width, height }: Frame): number {
  const covered = (0.3 * Math.PI * Math.min(width, height) ** 2) / 4;
  return Math.min(6, Math.max(0.8, Math.sqrt(covered / (Math.PI * Math.max(1, n)))));
}

// Dots of one path hide each other's edges and lie all above or below those of another path. A few passes over
// interleaved rows mix the clusters and let density show, at a few bytes per pass.
const PASSES = 6;

/** Every finite point as a dot in the colour of its cluster's sign: one path per pass and cluster. */
export function clusterDots(scene: ClusteredMap, project: Projection, radius: number): Markup {
  const paths: Markup[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const moves = scene.signOf.map(() => [] as string[]);
    eachDot(scene.map, project, pass, PASSES, (row, move) => moves[scene.clusters[row]]?.push(move));
    moves.forEach((cluster, i) => {
      if (cluster.length > 0) {
        paths.push(el('path', { d: cluster.join(''), ...paintSign('stroke', scene.signOf[i]) }));
      }
    });
  }
  return dotGroup(radius, { opacity: 0.82 }, paths);
}

/** Every `step`th finite point in one colour. */
export function plainDots(
  map: Matrix,
  project: Projection,
  radius: number,
  colour: ReturnType<typeof paint>,
  step = 1,
): Markup {
  const moves: string[] = [];
  eachDot(map, project, 0, step, (_, move) => moves.push(move));
  return dotGroup(radius, colour, moves.length > 0 ? [el('path', { d: moves.join('') })] : []);
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
  visit: (row: number, move: string) => void,
): void {
  for (let row = first; row < map.rows; row += step) {
    const [x, y] = project([map.data[2 * row], map.data[2 * row + 1]]);
    if (Number.isFinite(x) && Number.isFinite(y)) visit(row, `M${short(x, 1)} ${short(y, 1)}h0`);
  }
}
