import { type ColumnName, PAGE_FORMAT, type PageColumn, type PageMeta } from '../src/page/format.ts';
import { crc32 } from './crc32.ts';

export type Column = Uint8Array | Uint16Array | Uint32Array;

/** Texts one after another; text i is `all.slice(offsets[i], offsets[i + 1])`. */
export interface Texts {
  readonly all: string;
  /** The same in lower case, of the same length. */
  readonly lower: string;
  readonly offsets: Uint32Array;
}

/** Picture i is `bytes.subarray(offsets[i], offsets[i + 1])`. */
export interface Pictures {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint32Array;
}

/** The objects of the page, those with a place on the map first, by cell of the grid. */
export interface Objects {
  readonly meta: PageMeta;
  readonly count: number;
  readonly placed: number;
  /** Of the placed objects alone. */
  readonly x: Column;
  readonly y: Column;
  readonly modality: Column;
  /** The clusters that the page shows. */
  readonly cluster: Column;
  readonly mapCluster: Column;
  readonly latentCluster: Column;
  /** Index into `labels`. */
  readonly label: Column;
  /** Classes of how badly the VAE knows an object, and how far outside it lies; empty where the page does not say. */
  readonly error: Column;
  readonly outside: Column;
  /** The leaf of the drawn tree that each object lies below. */
  readonly leaf: Column;
  /** Rows of the New Reality, by which the server names objects; empty in a page from a file. */
  readonly row: Column;
  readonly ids: Texts;
  readonly labels: Texts;
  /** WebP, one picture after another; empty without pictures. */
  readonly pictures: Pictures;
  readonly twins?: { readonly [name in 'kin' | 'kinFar' | 'twins' | 'twinsFar']: Column };
}

/**
 * Unpacks what `packPage` packed.
 *
 * @throws Error with a sentence for the reader when the data is of another version or damaged.
 */
export async function unpack(meta: PageMeta, base64: string): Promise<Objects> {
  if (meta.format !== PAGE_FORMAT)
    throw new Error(`This page reads data of version ${PAGE_FORMAT}, but holds version ${meta.format}.`);
  const body = await inflate(base64);
  if (body.length !== meta.size || crc32(body) !== meta.crc)
    throw new Error('The data of this page is damaged: its checksum (CRC) differs.');
  const columns = new Map<ColumnName, Column>();
  let at = 0;
  for (const column of meta.columns) {
    columns.set(column.name, unpackColumn(body, at, column));
    at += column.values * column.planes;
  }
  const column = (name: ColumnName): Column => columns.get(name) ?? new Uint8Array(0);
  const pictures = { offsets: offsetsOf(column('picture')), bytes: body.subarray(at) };
  const end = at + (pictures.offsets.at(-1) ?? 0);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body.subarray(end));
  const ids = textsOf(text, 0, column('idLength'));
  const labels = textsOf(text, ids.all.length, column('labelLength'));
  const [mapCluster, latentCluster] = [column('mapCluster'), column('latentCluster')];
  return {
    meta,
    count: meta.objects,
    placed: meta.placed,
    x: column('x'),
    y: column('y'),
    modality: column('modality'),
    cluster: meta.clusterSpace === 'map' ? mapCluster : latentCluster,
    mapCluster,
    latentCluster,
    label: column('label'),
    error: column('error'),
    outside: column('outside'),
    leaf: column('leaf'),
    row: column('row'),
    ids,
    labels,
    pictures,
    twins: columns.has('twins')
      ? {
          kin: column('kin'),
          kinFar: column('kinFar'),
          twins: column('twins'),
          twinsFar: column('twinsFar'),
        }
      : undefined,
  };
}

async function inflate(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const packed = bytesOf(base64);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw new Error('The data of this page is damaged: it does not unpack.', { cause });
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

function unpackColumn(body: Uint8Array, at: number, { values, planes }: PageColumn): Column {
  if (planes === 1) return body.slice(at, at + values);
  const column = planes < 2 ? new Uint8Array(values) : new (planes === 2 ? Uint16Array : Uint32Array)(values);
  for (let plane = 0; plane < planes; plane++) {
    const start = at + plane * values;
    for (let i = 0; i < values; i++) column[i] |= body[start + i] << (8 * plane);
  }
  return column;
}

function offsetsOf(lengths: Column): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) offsets[i + 1] = offsets[i] + lengths[i];
  return offsets;
}

function textsOf(text: string, start: number, lengths: Column): Texts {
  const offsets = offsetsOf(lengths);
  const all = text.slice(start, start + offsets[lengths.length]);
  return { all, lower: lowerCase(all), offsets };
}

/** Lower case that keeps every character's place: those that would become longer (as the dotted capital I) stay. */
export function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (character) => {
    const small = character.toLowerCase();
    return small.length === character.length ? small : character;
  }).join('');
}

export function textAt({ all, offsets }: Texts, i: number): string {
  return all.slice(offsets[i], offsets[i + 1]);
}

export function idOf(objects: Objects, i: number): string {
  return textAt(objects.ids, i);
}

export function labelOf(objects: Objects, i: number): string {
  return textAt(objects.labels, objects.label[i]);
}

/** With fewer labels in letters than this a modality's labels are kinds, not names: 'word' and 'entity', say, or numbers of classes. */
const LEAST_NAMES = 8;
const labelled = new WeakMap<Objects, readonly boolean[]>();

/** For each modality whether its labels name its objects. */
function labelsName(objects: Objects): readonly boolean[] {
  let known = labelled.get(objects);
  if (known === undefined) {
    const seen = objects.meta.modalities.map(() => new Set<number>());
    for (let i = 0; i < objects.count; i++) seen[objects.modality[i]].add(objects.label[i]);
    const inLetters = (label: number) => /[^\d.+-]/.test(textAt(objects.labels, label));
    known = seen.map((labels) => [...labels].filter(inLetters).length >= LEAST_NAMES);
    labelled.set(objects, known);
  }
  return known;
}

/**
 * What to call an object: its label where labels are names, else its id. A row of a matrix without names is called by its
 * modality: 'image 4592'.
 */
export function nameOf(objects: Objects, i: number): string {
  const modality = objects.modality[i];
  const label = labelsName(objects)[modality] ? labelOf(objects, i) : '';
  if (label !== '') return label;
  const id = idOf(objects, i);
  return /^row \d+$/.test(id) ? `${objects.meta.modalities[modality]} ${id.slice(4)}` : id;
}

/** What else identifies an object: its id and label, but for what is its name already. */
export function detailOf(objects: Objects, i: number): string {
  const name = nameOf(objects, i);
  return [idOf(objects, i), labelOf(objects, i)]
    .filter((text) => text !== '' && text !== name)
    .join(' \u00b7 ');
}

/** The map coordinates of an object, as exact as the page has them; undefined when it has no place. */
export function mapPlaceOf({ meta, placed, x, y }: Objects, i: number): [number, number] | undefined {
  if (i >= placed) return undefined;
  const [left, top] = meta.origin;
  return [left + x[i] * meta.unit, top - y[i] * meta.unit].map((value) => Number(value.toPrecision(6))) as [
    number,
    number,
  ];
}
