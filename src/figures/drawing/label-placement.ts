import type { Point } from '../../zodiac/signs.ts';
import type { Frame } from './scatter.ts';
import { textWidth } from './typography.ts';

/** A name to place beside a marker. */
export interface Wanted {
  readonly name: string;
  /** Center of the marker. */
  readonly at: Point;
}

/** Where the name goes. */
export interface Placed {
  readonly name: string;
  readonly x: number;
  /** Baseline. */
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

interface Room {
  readonly size: number;
  /** Distance that names keep from the center of their marker. */
  readonly clearance: number;
  readonly frame: Frame;
}

// Right, left, below and above the marker, then the corners, as a cartographer would try them.
const DIRECTIONS: readonly Point[] = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [0.72, 0.72],
  [0.72, -0.72],
  [-0.72, 0.72],
  [-0.72, -0.72],
];

/**
 * Places names beside their markers one after the other, each where it covers least of the names, markers and edges
 * of the closed path through the markers, and does not leave the frame.
 */
export function placeLabels(wanted: readonly Wanted[], room: Room): Placed[] {
  const taken: Frame[] = wanted.map(({ at }) => square(at, room.clearance));
  return wanted.map((want, i) => {
    const candidates = DIRECTIONS.map((direction) => candidate(want, direction, room));
    const costs = candidates.map(({ box }, rank) => {
      const others = taken.reduce((sum, other, j) => (j === i ? sum : sum + overlap(box, other)), 0);
      return others * 10 + crossed(box, wanted) * 6 + outside(box, room.frame) * 100 + rank * 40;
    });
    const best = candidates[costs.indexOf(Math.min(...costs))];
    taken.push(best.box);
    return best.placed;
  });
}

function candidate({ name, at }: Wanted, [dx, dy]: Point, { size, clearance }: Room) {
  const width = textWidth(name, size, true);
  const anchor = dx > 0 ? 'start' : dx < 0 ? 'end' : 'middle';
  const x = at[0] + dx * clearance;
  const y = at[1] + dy * (clearance + size * 0.45) + size * 0.36;
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  const placed: Placed = { name, x, y, anchor };
  return { placed, box: { x: left, y: y - size * 0.8, width, height: size } };
}

function square([x, y]: Point, half: number): Frame {
  return { x: x - half, y: y - half, width: 2 * half, height: 2 * half };
}

function overlap(a: Frame, b: Frame): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** How much of the path's edges the box covers, in samples 4 units apart. */
function crossed(box: Frame, path: readonly Wanted[]): number {
  let samples = 0;
  path.forEach(({ at: from }, i) => {
    const to = path[(i + 1) % path.length].at;
    const steps = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / 4);
    for (let step = 0; step <= steps; step++) {
      const t = steps === 0 ? 0 : step / steps;
      const [x, y] = [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
      if (x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height) samples++;
    }
  });
  return samples * 4;
}

function outside(box: Frame, frame: Frame): number {
  return box.width * box.height - overlap(box, frame);
}
