import type { Point } from '../src/zodiac/signs.ts';
import type { Projection } from './raster.ts';

/** What part of the map is seen: a place in the middle, in page units, and how much larger than the whole. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Empty edge around the whole map, as a share of the frame. */
const MARGIN = 0.04;
const LEAST_ZOOM = 0.5;
const MOST_ZOOM = 400;

export function homeOf([width, height]: Point): View {
  return { x: width / 2, y: height / 2, zoom: 1 };
}

/** CSS pixels for each page unit when the whole map fits the frame. */
function fitScale([width, height]: Point, frame: Size): number {
  const room = 1 - 2 * MARGIN;
  return Math.min((frame.width * room) / Math.max(1, width), (frame.height * room) / Math.max(1, height));
}

export function projectionOf({ x, y, zoom }: View, extent: Point, frame: Size): Projection {
  const scale = fitScale(extent, frame) * zoom;
  return { scale, left: frame.width / 2 - x * scale, top: frame.height / 2 - y * scale };
}

export function toScreen({ scale, left, top }: Projection, [x, y]: Point): Point {
  return [x * scale + left, y * scale + top];
}

export function toPage({ scale, left, top }: Projection, [x, y]: Point): Point {
  return [(x - left) / scale, (y - top) / scale];
}

/** Keeps the middle on the map and the zoom in its range. */
export function bounded({ x, y, zoom }: View, [width, height]: Point): View {
  const between = (value: number, most: number) => Math.max(0, Math.min(most, value));
  return {
    x: between(x, width),
    y: between(y, height),
    zoom: Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, zoom)),
  };
}

/** The view after the map was enlarged by a factor around a place of the frame, which stays where it is. */
export function zoomedAt(view: View, factor: number, [px, py]: Point, extent: Point, frame: Size): View {
  const zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, view.zoom * factor));
  const before = projectionOf(view, extent, frame).scale;
  const after = projectionOf({ ...view, zoom }, extent, frame).scale;
  const [dx, dy] = [px - frame.width / 2, py - frame.height / 2];
  return { x: view.x + dx / before - dx / after, y: view.y + dy / before - dy / after, zoom };
}

/** A view part of the way from one to another, t in [0, 1]: eased, zoom in equal ratios. */
export function between(from: View, to: View, t: number): View {
  const eased = t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) ** 2;
  return {
    x: from.x + (to.x - from.x) * eased,
    y: from.y + (to.y - from.y) * eased,
    zoom: from.zoom * (to.zoom / from.zoom) ** eased,
  };
}

/** Radius of the dots in CSS pixels: as many dots as there are cover about a quarter of the whole; larger when enlarged. */
export function markRadius(count: number, frame: Size, zoom: number): number {
  const whole = Math.sqrt((0.25 * Math.min(frame.width, frame.height) ** 2) / 4 / Math.max(1, count));
  return Math.min(9, Math.max(1, Math.min(5, whole)) * Math.max(1, zoom) ** 0.4);
}
