import type { Column, Objects } from './data.ts';
import { type Box, eachRun, FAINT, type Grid, HIDDEN, LIT } from './grid.ts';
import { reachOf, SHAPES, type Stamp, SUBPIXELS, stampsOf } from './stamps.ts';

/** Pixels as canvas has them, 0xAABBGGRR, with PAD more on every side, so that marks at an edge need no clipping. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Pixels from one line to the next. */
  readonly pitch: number;
  readonly pixels: Uint32Array<ArrayBuffer>;
}

export const PAD = 24;
/** Marks are never larger, so that PAD holds them. */
export const MOST_RADIUS = PAD - 2;

export function pictureOf(width: number, height: number): Picture {
  const pitch = width + 2 * PAD;
  return { width, height, pitch, pixels: new Uint32Array(pitch * (height + 2 * PAD)) };
}

/** Page units to pixels: x * scale + left, y * scale + top. */
export interface Projection {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** Colors as 0xBBGGRR, by color number. */
export interface Inks {
  readonly paper: number;
  readonly fills: readonly number[];
  /** Rim of each color; the fill itself where it stands out from the paper by itself. */
  readonly rims: readonly number[];
}

/** How the objects are to be drawn. */
export interface Drawing {
  readonly projection: Projection;
  /** Color number of each object. */
  readonly colors: Column;
  /** HIDDEN, FAINT or LIT for each object. */
  readonly shades: Uint8Array;
  readonly inks: Inks;
}

export interface Marks extends Drawing {
  /** In pixels. */
  readonly radius: number;
  readonly rimWidth: number;
  /** For each object the index of its shape; without it all are discs. */
  readonly shapes?: Column;
}

/** How much of its color an object keeps that is only context, in 256ths. */
const FAINT_SHARE = 31;

/** Draws every shown object as an anti-aliased mark; faint ones first. The same bytes on every machine. */
export function drawMarks(picture: Picture, objects: Objects, grid: Grid, marks: Marks): void {
  const { pixels, pitch, width, height } = picture;
  const { projection, shades, colors, shapes, inks } = marks;
  pixels.fill(opaque(inks.paper));
  const radius = Math.min(MOST_RADIUS, marks.radius);
  const reach = reachOf(radius);
  const sets = SHAPES.slice(0, shapes === undefined ? 1 : SHAPES.length).map((shape) =>
    stampsOf(shape, radius, marks.rimWidth, pitch),
  );
  const mixes = inks.fills.map((fill, i) => mixesOf(fill, inks.rims[i]));
  const { x, y } = objects;
  const { scale, left, top } = projection;
  const pass = (shade: number, share: number) => {
    eachRun(grid, boxOf(picture, projection, reach), (first, end) => {
      for (let i = first; i < end; i++) {
        if (shades[i] !== shade) continue;
        const px = x[i] * scale + left + PAD;
        const py = y[i] * scale + top + PAD;
        if (px < reach || py < reach || px >= width + 2 * PAD - reach || py >= height + 2 * PAD - reach)
          continue;
        const [ix, iy] = [Math.floor(px), Math.floor(py)];
        const sub = Math.floor((py - iy) * SUBPIXELS) * SUBPIXELS + Math.floor((px - ix) * SUBPIXELS);
        const set = shapes === undefined ? sets[0] : sets[shapes[i] % sets.length];
        const mix = mixes[colors[i] % mixes.length];
        if (share === 256) press(pixels, iy * pitch + ix, set[sub], mix);
        else pressFaintly(pixels, iy * pitch + ix, set[sub], mix, share);
      }
    });
  };
  pass(FAINT, FAINT_SHARE);
  pass(LIT, 256);
}

/** Steps between a color and its rim. */
const MIXES = 8;

function mixesOf(fill: number, rim: number): Uint32Array {
  return Uint32Array.from({ length: MIXES + 1 }, (_, i) =>
    mixed(opaque(fill), opaque(rim), (i * 256) / MIXES),
  );
}

function press(pixels: Uint32Array, at: number, stamp: Stamp, mix: Uint32Array): void {
  const { runs, offsets, coverage, rim } = stamp;
  for (let r = 0; r < runs.length; r += 2) {
    for (let p = at + runs[r], end = at + runs[r + 1]; p < end; p++) pixels[p] = mix[0];
  }
  for (let e = 0; e < offsets.length; e++) {
    const p = at + offsets[e];
    pixels[p] = mixed(pixels[p], mix[rim[e] >>> 5], coverage[e]);
  }
}

function pressFaintly(pixels: Uint32Array, at: number, stamp: Stamp, mix: Uint32Array, share: number): void {
  const { runs, offsets, coverage } = stamp;
  for (let r = 0; r < runs.length; r += 2) {
    for (let p = at + runs[r], end = at + runs[r + 1]; p < end; p++)
      pixels[p] = mixed(pixels[p], mix[0], share);
  }
  for (let e = 0; e < offsets.length; e++) {
    const p = at + offsets[e];
    pixels[p] = mixed(pixels[p], mix[0], (coverage[e] * share) >>> 8);
  }
}

/** `share` 256ths of `above`, the rest of `below`, channel by channel, opaque. */
function mixed(below: number, above: number, share: number): number {
  const rest = 256 - share;
  const redBlue = (((below & 0xff00ff) * rest + (above & 0xff00ff) * share) / 256) & 0xff00ff;
  const green = (((below & 0xff00) * rest + (above & 0xff00) * share) / 256) & 0xff00;
  return (0xff000000 | redBlue | green) >>> 0;
}

function opaque(color: number): number {
  return (0xff000000 | color) >>> 0;
}

/** The page units that a picture and its padding show. */
function boxOf({ width, height }: Picture, { scale, left, top }: Projection, around: number): Box {
  return {
    left: (-around - left) / scale,
    right: (width + around - left) / scale,
    top: (-around - top) / scale,
    bottom: (height + around - top) / scale,
  };
}

/** Weights of lit and faint objects in the density. */
const LIT_WEIGHT = 8;
const FAINT_WEIGHT = 1;
/** Opacity of a single object, and the share of pixels that are not at full opacity. */
const LEAST_OPACITY = 0.16;
const BELOW_FULL = 0.995;

/**
 * Draws the objects as a density: a pixel has the mean color of its objects and an opacity that grows with the logarithm of
 * their number. It does not depend on any order.
 *
 * @param sums - scratch space, 4 values for each pixel of the picture without padding.
 */
export function drawDensity(
  picture: Picture,
  objects: Objects,
  grid: Grid,
  drawing: Drawing,
  sums: Uint32Array,
): void {
  const { width, height, pitch, pixels } = picture;
  const { fills, paper } = drawing.inks;
  sums.fill(0);
  gather(picture, objects, grid, drawing, sums);
  pixels.fill(opaque(paper));
  const full = Math.log1p(fullCount(sums, width * height));
  const table = Uint16Array.from({ length: 4097 }, (_, i) =>
    Math.round(256 * Math.min(1, LEAST_OPACITY + ((1 - LEAST_OPACITY) * Math.log1p(i / LIT_WEIGHT)) / full)),
  );
  if (fills.length === 0) return;
  const ground = opaque(paper);
  for (let row = 0, at = 0; row < height; row++) {
    let p = (row + PAD) * pitch + PAD;
    for (let column = 0; column < width; column++, p++, at += 4) {
      const weight = sums[at + 3];
      if (weight === 0) continue;
      const color =
        (Math.round(sums[at + 2] / weight) << 16) |
        (Math.round(sums[at + 1] / weight) << 8) |
        Math.round(sums[at] / weight);
      pixels[p] = mixed(
        ground,
        opaque(color),
        weight < LIT_WEIGHT ? (table[LIT_WEIGHT] * weight) / LIT_WEIGHT : table[Math.min(4096, weight)],
      );
    }
  }
}

/** Sums of red, green, blue and weight for each pixel. */
function gather(picture: Picture, objects: Objects, grid: Grid, drawing: Drawing, sums: Uint32Array): void {
  const { width, height } = picture;
  const { shades, colors, projection } = drawing;
  const { scale, left, top } = projection;
  const { x, y } = objects;
  const fills = Uint32Array.from(drawing.inks.fills);
  eachRun(grid, boxOf(picture, projection, 0), (first, end) => {
    for (let i = first; i < end; i++) {
      if (shades[i] === HIDDEN) continue;
      const px = Math.floor(x[i] * scale + left);
      const py = Math.floor(y[i] * scale + top);
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const at = (py * width + px) * 4;
      const weight = shades[i] === LIT ? LIT_WEIGHT : FAINT_WEIGHT;
      const fill = fills[colors[i] % fills.length];
      sums[at] += (fill & 255) * weight;
      sums[at + 1] += ((fill >>> 8) & 255) * weight;
      sums[at + 2] += (fill >>> 16) * weight;
      sums[at + 3] += weight;
    }
  });
}

/** The number of objects in a pixel that all but the fullest pixels stay below; at least 2. */
function fullCount(sums: Uint32Array, pixels: number): number {
  const most = 4096;
  const histogram = new Uint32Array(most + 1);
  let filled = 0;
  for (let p = 0; p < pixels; p++) {
    const weight = sums[4 * p + 3];
    if (weight === 0) continue;
    histogram[Math.min(most, Math.ceil(weight / LIT_WEIGHT))]++;
    filled++;
  }
  let below = 0;
  for (let count = 0; count <= most; count++) {
    below += histogram[count];
    if (below >= filled * BELOW_FULL) return Math.max(2, count);
  }
  return most;
}
