import { signs } from '../src/zodiac/signs.ts';
import { idOf, type Objects } from './data.ts';
import type { Grid } from './grid.ts';
import { lassoed, type Polygon } from './lasso.ts';
import { search } from './search.ts';

/** How objects can be selected: by a lasso, all hits of a search, a node of the tree, a sign of a modality, or one by one. */
export const ORIGINS = ['lasso', 'hits', 'node', 'cell', 'ids'] as const;

/** How a selection was made, with a value as it stands in a link. */
export type Origin = readonly [kind: (typeof ORIGINS)[number], value: string];

/** Corners of a lasso that is drawn freely; others are left out, so that it fits into a link. */
const MOST_CORNERS = 100;
/** Objects that a link lists one by one. */
const MOST_IDS = 100;

/** Text for a link; halves of characters, which have no UTF-8, are replaced. */
export function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
}

/** What a link says; '' if it is damaged. */
export function decode(text = ''): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

export function pairOf(text: string): string[] {
  return text.split(':').map(decode);
}

export function lassoOrigin(polygon: Polygon): Origin {
  const step = Math.ceil(polygon.length / MOST_CORNERS);
  const corners = polygon.filter((_, i) => i % step === 0);
  return ['lasso', corners.flatMap((corner) => corner.map(Math.round)).join('.')];
}

export function hitsOrigin(query: string): Origin {
  return ['hits', encode(query)];
}

export function nodeOrigin(node: number): Origin {
  return ['node', `${node}`];
}

/** @param modality - '' for all. */
export function cellOrigin(sign: string, modality: string): Origin {
  return ['cell', `${encode(sign)}:${encode(modality)}`];
}

/** A selection of a few objects, one by one; undefined if there are too many. */
export function idsOrigin(objects: Objects, selection: Uint32Array): Origin | undefined {
  if (selection.length > MOST_IDS) return undefined;
  const { meta, modality } = objects;
  const names = Array.from(selection, (i) => [meta.modalities[modality[i]], idOf(objects, i)]);
  return ['ids', names.map((pair) => pair.map(encode).join(':')).join(',')];
}

/** The objects that an origin selects; none where it names what the page does not have. */
export function selectedBy(
  objects: Objects,
  grid: Grid,
  shades: Uint8Array,
  [kind, value]: Origin,
): Uint32Array<ArrayBuffer> {
  switch (kind) {
    case 'lasso':
      return lassoed(objects, grid, shades, polygonOf(value));
    case 'hits':
      return search(objects, decode(value));
    case 'ids':
      return rowsOf(objects, value.split(',').map(pairOf));
    case 'node': {
      const [first, end] = objects.meta.tree?.[Number(value)] ?? [0, 0];
      return filtered(objects, (i) => objects.leaf[i] >= first && objects.leaf[i] < end);
    }
    case 'cell': {
      const [sign, modality] = pairOf(value);
      const cluster = objects.meta.signOf.indexOf(signs.findIndex(({ name }) => name === sign));
      const m = objects.meta.modalities.indexOf(modality);
      const isWanted = (i: number) => objects.cluster[i] === cluster && (m < 0 || objects.modality[i] === m);
      return filtered(objects, isWanted);
    }
  }
}

function polygonOf(text: string): Polygon {
  const values = text.split('.').map(Number);
  if (!values.every(Number.isFinite)) return [];
  return Array.from({ length: values.length >> 1 }, (_, i) => [values[2 * i], values[2 * i + 1]] as const);
}

function filtered({ count }: Objects, isWanted: (i: number) => boolean): Uint32Array<ArrayBuffer> {
  const found: number[] = [];
  for (let i = 0; i < count; i++) if (isWanted(i)) found.push(i);
  return Uint32Array.from(found);
}

/** The objects of some modalities and ids, in page order. */
export function rowsOf(objects: Objects, names: readonly (readonly string[])[]): Uint32Array<ArrayBuffer> {
  const { ids, modality, meta } = objects;
  const wanted = new Set(names.map((name) => JSON.stringify(name)));
  const lengths = new Set(names.map(([, id = '']) => id.length));
  return filtered(
    objects,
    (i) =>
      lengths.has(ids.offsets[i + 1] - ids.offsets[i]) &&
      wanted.has(JSON.stringify([meta.modalities[modality[i]], idOf(objects, i)])),
  );
}
