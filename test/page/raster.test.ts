import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Objects } from '../../web/data.ts';
import { FAINT, type Grid, gridOf, HIDDEN, LIT } from '../../web/grid.ts';
import { drawDensity, drawMarks, type Marks, PAD, type Picture, pictureOf } from '../../web/raster.ts';
import { blobs, objectsOf } from './scene.ts';

const PAPER = 0xfafcfd;
const RED = 0x0000ff;
const BLUE = 0xff0000;
const inks = { paper: PAPER, fills: [RED, BLUE], rims: [RED, BLUE] };

/** The colors of the picture's pixels without its padding, as 0xBBGGRR. */
function at({ pixels, pitch }: Picture, x: number, y: number): number {
  return pixels[(y + PAD) * pitch + x + PAD] & 0xffffff;
}

function hash({ pixels }: Picture): string {
  return createHash('sha256').update(new Uint8Array(pixels.buffer)).digest('hex').slice(0, 16);
}

let one: Objects;
let many: Objects;
let grids: { one: Grid; many: Grid };

beforeAll(async () => {
  one = await objectsOf(blobs(1));
  many = await objectsOf(blobs(5000));
  grids = { one: gridOf(one), many: gridOf(many) };
});

/** One object at (0, 0) of the page, in the middle of a picture of 40 x 40 pixels. */
function single(shade: number, more: Partial<Marks> = {}): Picture {
  const picture = pictureOf(40, 40);
  drawMarks(picture, one, grids.one, {
    projection: { scale: 1, left: 20.1, top: 20.1 },
    colors: Uint8Array.of(0),
    shades: Uint8Array.of(shade),
    inks,
    radius: 5,
    rimWidth: 0,
    ...more,
  });
  return picture;
}

describe('a mark', () => {
  it('has its color inside and paper outside, and covers the area of its disc', () => {
    const picture = single(LIT);
    expect(at(picture, 20, 20)).toBe(RED);
    expect(at(picture, 5, 5)).toBe(PAPER);
    let covered = 0;
    for (let y = 0; y < 40; y++) {
      for (let x = 0; x < 40; x++) {
        const green = (at(picture, x, y) >>> 8) & 255;
        covered += 1 - green / ((PAPER >>> 8) & 255);
      }
    }
    expect(covered).toBeGreaterThan(0.97 * Math.PI * 25);
    expect(covered).toBeLessThan(1.03 * Math.PI * 25);
  });

  it('is faint as context and not drawn when hidden', () => {
    const faint = at(single(FAINT), 20, 20);
    expect(faint & 255).toBeGreaterThan(0xf8);
    expect((faint >>> 8) & 255).toBeGreaterThan(0xd0);
    expect((faint >>> 8) & 255).toBeLessThan(0xf0);
    expect(at(single(HIDDEN), 20, 20)).toBe(PAPER);
  });

  it('has a rim around the fill', () => {
    const picture = single(LIT, { rimWidth: 1, inks: { ...inks, rims: [BLUE, BLUE] } });
    expect(at(picture, 20, 20)).toBe(RED);
    expect(at(picture, 24, 20) >>> 16).toBeGreaterThan(200);
  });

  it.each([
    ['disc', 0, false, false],
    ['square', 1, true, true],
    ['diamond', 2, false, true],
  ])('as %s fills the corners that it has', (_, shape, corner) => {
    const picture = single(LIT, { radius: 8, shapes: Uint8Array.of(shape as number) });
    expect(at(picture, 26, 26) !== PAPER).toBe(corner);
    expect(at(picture, 20, 26)).toBe(RED);
  });

  it('can cross any edge of the picture', () => {
    for (const [left, top] of [
      [0, 0],
      [40, 40],
      [-3, 20],
      [44, 20],
      [-400, 4000],
    ]) {
      const picture = single(LIT, { projection: { scale: 1, left, top } });
      for (let x = 0; x < 40; x++) for (let y = 0; y < 40; y++) at(picture, x, y);
      const touched = left > -9 && left < 49 && top > -9 && top < 49;
      expect(picture.pixels.some((pixel) => (pixel & 0xffffff) === RED)).toBe(touched);
    }
  });
});

function crowd(): { picture: Picture; marks: Marks } {
  return {
    picture: pictureOf(300, 300),
    marks: {
      projection: { scale: 300 / 65535, left: 0, top: 0 },
      colors: many.modality.map((m) => m % 2) as Uint8Array,
      shades: new Uint8Array(many.count).fill(LIT),
      inks,
      radius: 2.5,
      rimWidth: 0.5,
    },
  };
}

describe('a whole map', () => {
  // Golden pictures: any changed pixel is visible to a reader, so it must be changed on purpose.
  it('as marks has the same bytes everywhere', () => {
    const { picture, marks } = crowd();
    drawMarks(picture, many, grids.many, marks);
    expect(hash(picture)).toMatchInlineSnapshot(`"0d0fca69252a101f"`);
  });

  it('as density has the same bytes everywhere', () => {
    const { picture, marks } = crowd();
    drawDensity(picture, many, grids.many, marks, new Uint32Array(300 * 300 * 4));
    expect(hash(picture)).toMatchInlineSnapshot(`"e5090e982940e987"`);
  });

  it('as density has every pixel between paper and the mean of the colors in it', () => {
    const { picture, marks } = crowd();
    drawDensity(picture, many, grids.many, marks, new Uint32Array(300 * 300 * 4));
    let filled = 0;
    for (let y = 0; y < 300; y++) {
      for (let x = 0; x < 300; x++) {
        if (at(picture, x, y) === PAPER) continue;
        filled++;
        expect((at(picture, x, y) >>> 8) & 255).toBeLessThan((PAPER >>> 8) & 255);
      }
    }
    expect(filled).toBeGreaterThan(2000);
  });
});
