import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

import type { Matrix } from '../matrix.ts';
import type { Point } from '../zodiac/signs.ts';
import { type ColumnName, cellOf, PAGE_FORMAT, PAGE_SIDE, type PageMeta, type PageScene } from './format.ts';
import { rampOf } from './ramp.ts';
import type { PageTree } from './tree.ts';
import type { PageTwins } from './twins.ts';

/** The objects of a page, in any order. */
export interface PageObjects {
  /** n x 2. Rows that are not finite have no place on the map. */
  readonly map: Matrix;
  readonly ids: readonly string[];
  readonly labels: readonly string[];
  /** For each object, the index of its modality. */
  readonly modality: ArrayLike<number>;
  readonly mapClusters: ArrayLike<number>;
  readonly latentClusters: ArrayLike<number>;
  /** How well the VAE knows each object, and how far outside it lies; without them the page does not show it. */
  readonly error?: ArrayLike<number>;
  readonly outside?: ArrayLike<number>;
  readonly tree?: PageTree;
  readonly twins?: PageTwins;
  /** Small pictures by row. */
  readonly thumbnails?: ReadonlyMap<number, Uint8Array>;
}

export interface PackedPage {
  readonly meta: PageMeta;
  /** Base64 of deflate-raw of the columns, pictures and texts. */
  readonly data: string;
}

const FEW = 50_000;
const deflate = promisify(deflateRaw);

/**
 * Packs the objects for the page: sorted by cell of a grid and, inside a cell, shuffled by a fixed rule, so the page can draw
 * and search cell by cell, and no sign lies above the others. The same objects give the same bytes.
 *
 * Pictures come after the columns, and texts last.
 *
 * @param scene - with means and ecliptic in the map's units; the packed ones are in the page's.
 * @throws RangeError when the columns have different lengths.
 * @example
 * const { meta, data } = await packPage(objects, scene);
 */
export async function packPage(objects: PageObjects, scene: PageScene): Promise<PackedPage> {
  const { map, thumbnails = new Map<number, Uint8Array>() } = objects;
  const n = map.rows;
  for (const name of ['ids', 'labels', 'modality', 'mapClusters', 'latentClusters'] as const) {
    if (objects[name].length !== n)
      throw new RangeError(`Expected \`${name}\` to hold ${n} values but received ${objects[name].length}`);
  }
  const ids = objects.ids.map(wellFormed);
  const labels = objects.labels.map(wellFormed);
  const square = squareOf(map);
  const grid = n < FEW ? 64 : 128;
  const { order, placed } = orderOf(map, square, grid);
  const names = [...new Set(labels)];
  const numberOf = new Map(names.map((name, i) => [name, i]));
  const pick = (values: ArrayLike<number>) => Uint32Array.from(order, (row) => values[row]);
  const place = (axis: 0 | 1) =>
    Uint32Array.from(order.subarray(0, placed), (row) => square.toPage(pointOf(map, row))[axis]);
  const ramps = (['error', 'outside'] as const).flatMap((name) => {
    const values = objects[name];
    return values === undefined ? [] : [{ name, ...rampOf(values) }];
  });
  const columns: [ColumnName, Uint32Array][] = [
    ['x', place(0)],
    ['y', place(1)],
    ['modality', pick(objects.modality)],
    ['mapCluster', pick(objects.mapClusters)],
    ['latentCluster', pick(objects.latentClusters)],
    ['label', Uint32Array.from(order, (row) => numberOf.get(labels[row]) as number)],
    ['idLength', Uint32Array.from(order, (row) => ids[row].length)],
    ['labelLength', Uint32Array.from(names, (name) => name.length)],
    ...ramps.map(({ name, classes }): [ColumnName, Uint32Array] => [name, pick(classes)]),
    ...(objects.tree ? [['leaf', pick(objects.tree.leaf)] as [ColumnName, Uint32Array]] : []),
    ...(scene.served ? [['row', order] as [ColumnName, Uint32Array]] : []),
    ...(thumbnails.size === 0
      ? []
      : [['picture', pick(lengthsOf(thumbnails, n))] as [ColumnName, Uint32Array]]),
    ...(objects.twins === undefined ? [] : twinColumns(objects.twins, order)),
  ];
  const packed = columns.map(([name, values]) => ({ name, values, planes: planesOf(values) }));
  const pictures = Array.from(order, (row) => thumbnails.get(row)).filter((picture) => picture !== undefined);
  const text = Buffer.from(Array.from(order, (row) => ids[row]).join('') + names.join(''));
  const body = Buffer.concat([
    ...packed.map(({ values, planes }) => planeBytes(values, planes)),
    ...pictures,
    text,
  ]);
  const { center, radius, rotation } = scene.ecliptic ?? { center: [0, 0], radius: 0, rotation: 0 };
  const meta: PageMeta = {
    ...scene,
    means: scene.means.map(square.toPageExactly),
    ecliptic:
      scene.ecliptic === null
        ? null
        : { center: square.toPageExactly(center), radius: radius / square.unit, rotation },
    format: PAGE_FORMAT,
    objects: n,
    placed,
    grid,
    extent: square.extent,
    origin: square.origin,
    unit: square.unit,
    ...(objects.tree && { tree: objects.tree.nodes }),
    bounds: Object.fromEntries(ramps.map(({ name, bounds }) => [name, bounds])),
    columns: packed.map(({ name, values, planes }) => ({ name, values: values.length, planes })),
    size: body.length,
    crc: crc32(body),
  };
  return { meta, data: (await deflate(body, { level: 9 })).toString('base64') };
}

/** For each row the length of its picture, 0 for none. */
function lengthsOf(thumbnails: ReadonlyMap<number, Uint8Array>, rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) => thumbnails.get(row)?.length ?? 0);
}

/** The text with lone surrogates replaced, as in UTF-8. Otherwise they could join those of the next text. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Between the map's units, y upwards, and the page's, y downwards. */
interface Square {
  readonly origin: Point;
  readonly unit: number;
  readonly extent: Point;
  toPage(point: Point): Point;
  toPageExactly(point: Point): Point;
}

function squareOf(map: Matrix): Square {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let row = 0; row < map.rows; row++) {
    const [x, y] = pointOf(map, row);
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    [left, right, bottom, top] = [
      Math.min(left, x),
      Math.max(right, x),
      Math.min(bottom, y),
      Math.max(top, y),
    ];
  }
  if (left > right) [left, right, bottom, top] = [0, 0, 0, 0];
  const unit = Math.max(right - left, top - bottom) / PAGE_SIDE || 1 / PAGE_SIDE;
  const toPageExactly = ([x, y]: Point): Point => [(x - left) / unit, (top - y) / unit];
  const toPage = (point: Point): Point => {
    const [x, y] = toPageExactly(point);
    return [Math.round(x), Math.round(y)];
  };
  return { origin: [left, top], unit, extent: toPage([right, bottom]), toPage, toPageExactly };
}

function pointOf({ data }: Matrix, row: number): Point {
  return [data[2 * row], data[2 * row + 1]];
}

/** Rows by cell, shuffled inside it; rows without a place come last. */
function orderOf(map: Matrix, square: Square, grid: number): { order: Uint32Array; placed: number } {
  const n = map.rows;
  const cells = new Uint32Array(n);
  const starts = new Uint32Array(grid * grid + 2);
  for (let row = 0; row < n; row++) {
    const [x, y] = square.toPage(pointOf(map, row));
    cells[row] = Number.isFinite(x + y) ? cellOf(y, grid) * grid + cellOf(x, grid) : grid * grid;
    starts[cells[row] + 1]++;
  }
  for (let cell = 0; cell <= grid * grid; cell++) starts[cell + 1] += starts[cell];
  const placed = starts[grid * grid];
  const order = new Uint32Array(n);
  for (const row of shuffled(n)) order[starts[cells[row]]++] = row;
  return { order, placed };
}

/** All rows in an order that depends on their number alone (Fisher and Yates, numbers by a linear congruence). */
function shuffled(n: number): Uint32Array {
  const rows = Uint32Array.from({ length: n }, (_, row) => row);
  let state = 1;
  for (let i = n - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return rows;
}

function twinColumns(twins: PageTwins, order: Uint32Array): [ColumnName, Uint32Array][] {
  const places = new Uint32Array(order.length);
  order.forEach((row, place) => {
    places[row] = place;
  });
  const ranks = (values: ArrayLike<number>) => values.length / Math.max(1, order.length);
  const sorted = (values: ArrayLike<number>, code: (value: number) => number) => {
    const width = ranks(values);
    return Uint32Array.from({ length: values.length }, (_, i) =>
      code(values[order[Math.floor(i / width)] * width + (i % width)]),
    );
  };
  const index = (row: number) => (row < 0 ? 0 : places[row] + 1);
  return [
    ['kin', sorted(twins.kin.rows, index)],
    ['kinFar', sorted(twins.kin.farness, Number)],
    ['twins', sorted(twins.others.rows, index)],
    ['twinsFar', sorted(twins.others.farness, Number)],
  ];
}

function planesOf(values: Uint32Array): number {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return largest === 0 ? 0 : Math.ceil(Math.log2(largest + 1) / 8);
}

/** All lowest bytes, then all next ones: bytes that resemble each other lie together, which packs better. */
function planeBytes(values: Uint32Array, planes: number): Uint8Array {
  const bytes = new Uint8Array(values.length * planes);
  for (let plane = 0, at = 0; plane < planes; plane++) {
    for (let i = 0; i < values.length; i++) bytes[at++] = values[i] >>> (8 * plane);
  }
  return bytes;
}
