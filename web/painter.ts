import { type Coloring, inksOf, type Scheme } from './coloring.ts';
import type { Objects } from './data.ts';
import { countIn, type Grid } from './grid.ts';
import { drawDensity, drawMarks, PAD, type Picture, type Projection, pictureOf } from './raster.ts';
import { markRadius, projectionOf, type Size, toPage, type View } from './view.ts';

/** From so many objects in view on they are drawn as a density. */
export const DENSE = 150_000;
/** Pixels of a density for each object in view, and pixels for each CSS pixel at least. */
const PER_OBJECT = 8;
const LEAST_RATIO = 0.1;
/** From this zoom on modalities have marks of their own. */
const SHAPED = 4;
/** Share of the frame that is drawn beyond each edge, so that the picture can be moved before it is drawn anew. */
const OVERSCAN = 0.12;
/** A drawing that takes longer is moved about while the view changes, and drawn anew now and then. */
const SLOW_MS = 12;
const REST_MS = 140;
const LEAST_WAIT_MS = 150;

export interface Scene {
  readonly view: View;
  readonly frame: Size;
  readonly coloring: Coloring;
  readonly shades: Uint8Array;
  readonly scheme: Scheme;
  readonly density: boolean;
}

/** Draws a scene into a picture of the frame and a border around it; gives the picture and its pixels for each CSS pixel. */
export function paintScene(
  objects: Objects,
  grid: Grid,
  scene: Scene,
  ratio: number,
  border: Size,
  spare?: { picture?: Picture; sums?: Uint32Array },
): { picture: Picture; ratio: number; sums?: Uint32Array } {
  const { view, frame, coloring, shades } = scene;
  const seen = projectionOf(view, objects.meta.extent, frame);
  const inView = countInView(grid, seen, frame);
  const dense = scene.density || inView >= DENSE;
  const fine = dense ? densityRatio(inView, frame) : ratio;
  const width = Math.max(1, Math.round((frame.width + 2 * border.width) * fine));
  const height = Math.max(1, Math.round((frame.height + 2 * border.height) * fine));
  const old = spare?.picture;
  const picture = old?.width === width && old.height === height ? old : pictureOf(width, height);
  const projection: Projection = {
    scale: seen.scale * fine,
    left: (seen.left + border.width) * fine,
    top: (seen.top + border.height) * fine,
  };
  const drawing = { projection, colors: coloring.column, shades, inks: inksOf(coloring, scene.scheme) };
  if (dense) {
    const needed = width * height * 4;
    const sums = spare?.sums?.length === needed ? spare.sums : new Uint32Array(needed);
    drawDensity(picture, objects, grid, drawing, sums);
    return { picture, ratio: fine, sums };
  }
  const radius = markRadius(objects.placed, frame, view.zoom);
  drawMarks(picture, objects, grid, {
    ...drawing,
    radius: radius * fine,
    rimWidth: radius > 1.6 ? 0.6 * fine : 0,
    shapes: view.zoom >= SHAPED ? objects.modality : undefined,
  });
  return { picture, ratio: fine };
}

/** Pixels of a density for each CSS pixel: few where objects are few, so that each pixel has some to show. */
function densityRatio(inView: number, { width, height }: Size): number {
  return Math.min(1, Math.max(LEAST_RATIO, Math.sqrt((PER_OBJECT * inView) / Math.max(1, width * height))));
}

function countInView(grid: Grid, projection: Projection, { width, height }: Size): number {
  const [left, top] = toPage(projection, [0, 0]);
  const [right, bottom] = toPage(projection, [width, height]);
  return countIn(grid, { left, top, right, bottom });
}

/** Puts a picture without its padding into a canvas of its size. */
export function putPicture(canvas: HTMLCanvasElement, picture: Picture): void {
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  const bytes = new Uint8ClampedArray(picture.pixels.buffer);
  const image = new ImageData(bytes, picture.pitch, picture.height + 2 * PAD);
  canvas.getContext('2d')?.putImageData(image, -PAD, -PAD);
}

/** Keeps a canvas as a scene says: draws it anew each time while that is fast, else moves the old picture in between. */
export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #objects: Objects;
  readonly #grid: Grid;
  #spare: { picture?: Picture; sums?: Uint32Array } = {};
  #scene: Scene | undefined;
  #drawn: { scene: Scene; border: Size } | undefined;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #last = 0;
  /** Milliseconds that the last drawing took. */
  cost = 0;

  constructor(canvas: HTMLCanvasElement, objects: Objects, grid: Grid) {
    this.#canvas = canvas;
    this.#objects = objects;
    this.#grid = grid;
  }

  show(scene: Scene): void {
    this.#scene = scene;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#update());
  }

  #update(): void {
    this.#frame = 0;
    const [scene, drawn] = [this.#scene, this.#drawn];
    if (scene === undefined || scene.frame.width === 0) return;
    const movedOnly =
      drawn !== undefined &&
      Object.keys(scene).every(
        (key) => key === 'view' || scene[key as keyof Scene] === drawn.scene[key as keyof Scene],
      );
    const wait = Math.max(LEAST_WAIT_MS, 4 * this.cost);
    if (movedOnly && this.cost > SLOW_MS && performance.now() - this.#last < wait) {
      this.#move(scene, drawn);
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => this.#draw(), REST_MS);
    } else this.#draw();
  }

  #draw(): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    clearTimeout(this.#rest);
    const start = performance.now();
    const border = {
      width: Math.round(scene.frame.width * OVERSCAN),
      height: Math.round(scene.frame.height * OVERSCAN),
    };
    const ratio = Math.min(2, devicePixelRatio || 1);
    const made = paintScene(this.#objects, this.#grid, scene, ratio, border, this.#spare);
    this.#spare = made;
    putPicture(this.#canvas, made.picture);
    this.#drawn = { scene, border };
    const { style } = this.#canvas;
    style.left = `${-border.width}px`;
    style.top = `${-border.height}px`;
    style.width = `${made.picture.width / made.ratio}px`;
    style.height = `${made.picture.height / made.ratio}px`;
    style.transform = '';
    this.#last = performance.now();
    this.cost = this.#last - start;
    // For those who measure.
    this.#canvas.dataset.cost = this.cost.toFixed(2);
  }

  #move(scene: Scene, drawn: { scene: Scene; border: Size }): void {
    const { extent } = this.#objects.meta;
    const before = projectionOf(drawn.scene.view, extent, scene.frame);
    const after = projectionOf(scene.view, extent, scene.frame);
    const factor = after.scale / before.scale;
    // The canvas begins `border` before the frame.
    const dx = after.left - before.left * factor + drawn.border.width * (1 - factor);
    const dy = after.top - before.top * factor + drawn.border.height * (1 - factor);
    this.#canvas.style.transform = `translate(${dx}px,${dy}px) scale(${factor})`;
  }
}
