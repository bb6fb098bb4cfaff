import { COLOR_BY, type ColorBy, coloringOf } from './coloring.ts';
import { idOf, type Objects } from './data.ts';
import { lassoed, type Polygon } from './lasso.ts';
import type { Off, State } from './state.ts';
import type { View } from './view.ts';

const VERSION = '1';
const MOST_CHARACTERS = 2000;
const SIDE = 65535;

/** What a link says of the page: none of it by row, so that it stays right when rows change. */
export interface Link {
  readonly view?: View;
  readonly by?: ColorBy;
  /** Names of values that are switched off. */
  readonly off?: readonly (readonly [ColorBy, string])[];
  readonly query?: string;
  /** Modality and id. */
  readonly pinned?: readonly [string, string];
  readonly lasso?: Polygon;
}

/** The hash of a link, at most 2,000 characters: a lasso that does not fit is thinned out, then left out. */
export function hashOf(link: Link): string {
  const parts: [string, string][] = [['v', VERSION]];
  const { view, by, off = [], query = '', pinned, lasso } = link;
  if (view !== undefined)
    parts.push([
      'at',
      [view.x / SIDE, view.y / SIDE, view.zoom].map((value) => Number(value.toPrecision(9))).join(','),
    ]);
  if (by !== undefined) parts.push(['by', by]);
  if (off.length > 0) parts.push(['off', off.map((pair) => pair.map(encode).join(':')).join(',')]);
  if (query !== '') parts.push(['q', encode(query)]);
  if (pinned !== undefined) parts.push(['id', pinned.map(encode).join(':')]);
  const plain = join(parts);
  if (lasso === undefined || lasso.length < 3)
    return plain.length > MOST_CHARACTERS ? `#v=${VERSION}` : plain;
  for (let step = 1; lasso.length / step >= 3; step *= 2) {
    const corners = lasso
      .filter((_, i) => i % step === 0)
      .flatMap((corner) => corner.map((value) => Math.round(value)));
    const whole = join([...parts, ['lasso', corners.join('.')]]);
    if (whole.length <= MOST_CHARACTERS) return whole;
  }
  return plain.length > MOST_CHARACTERS ? `#v=${VERSION}` : plain;
}

/** Text for a hash; halves of characters, which have no UTF-8, are replaced. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
}

function join(parts: readonly [string, string][]): string {
  return `#${parts.map(([name, value]) => `${name}=${value}`).join('&')}`;
}

/** What a hash says; nothing where it is not one of ours. Parts that make no sense are left out. */
export function parseHash(hash: string): Link {
  const parts = new Map(
    hash
      .replace(/^#/, '')
      .split('&')
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)] as const),
  );
  if (parts.get('v') !== VERSION || hash.length > 2 * MOST_CHARACTERS) return {};
  const decode = (text: string | undefined): string => {
    try {
      return decodeURIComponent(text ?? '');
    } catch {
      return '';
    }
  };
  const pair = (text: string) => text.split(':').map(decode);
  const isBy = (by: string | undefined): by is ColorBy => COLOR_BY.some((choice) => choice.by === by);
  const by = parts.get('by');
  const off = (parts.get('off') ?? '').split(',').map(pair);
  const [modality, id] = pair(parts.get('id') ?? '');
  return {
    view: viewOf(parts.get('at')),
    by: isBy(by) ? by : undefined,
    off: off.flatMap(([kind, name]) => (isBy(kind) && name !== undefined ? [[kind, name] as const] : [])),
    query: decode(parts.get('q')),
    pinned: id === undefined ? undefined : [modality, id],
    lasso: lassoOf(parts.get('lasso')),
  };
}

function viewOf(text: string | undefined): View | undefined {
  const [x, y, zoom] = (text ?? '').split(',').map((value) => (value === '' ? Number.NaN : Number(value)));
  if (![x, y, zoom].every(Number.isFinite) || zoom <= 0) return undefined;
  return { x: x * SIDE, y: y * SIDE, zoom };
}

function lassoOf(text: string | undefined): Polygon | undefined {
  const values = (text ?? '').split('.').map(Number);
  if (values.length < 6 || values.length % 2 !== 0 || !values.every(Number.isFinite)) return undefined;
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]] as const);
}

/** What the page shows, as a link. */
export function linkOf(state: State): Link {
  const { objects, pinned, colorBy, query, outline, selection } = state;
  const i = pinned.value;
  const off = Object.entries(state.off.value).flatMap(([by, values]) => {
    const { entries } = coloringOf(objects, by as ColorBy);
    return [...values].map((value) => [by as ColorBy, entries[value]?.name ?? ''] as const);
  });
  return {
    view: state.view.value,
    by: colorBy.value,
    off,
    query: query.value,
    pinned: i < 0 ? undefined : [objects.meta.modalities[objects.modality[i]], idOf(objects, i)],
    lasso: selection.value.length > 0 ? (outline.value ?? undefined) : undefined,
  };
}

/** Brings the page to what a link says. What it names and the page does not have is passed over. */
export function follow(state: State, link: Link): void {
  const { objects, grid } = state;
  if (link.by !== undefined) state.colorBy.value = link.by;
  const off: { [by in ColorBy]?: Set<number> } = {};
  for (const [by, name] of link.off ?? []) {
    const value = coloringOf(objects, by).entries.findIndex((entry) => entry.name === name);
    if (value < 0) continue;
    off[by] ??= new Set();
    off[by].add(value);
  }
  state.off.value = off as Off;
  state.query.value = link.query ?? '';
  if (link.pinned !== undefined) {
    const i = rowOf(objects, link.pinned);
    if (i >= 0) state.pin(i, false);
  }
  if (link.lasso !== undefined)
    state.select(lassoed(objects, grid, state.shades.value, link.lasso), link.lasso);
  if (link.view !== undefined) state.look(link.view);
}

/** The object of a modality and id, or -1. */
export function rowOf(objects: Objects, [modality, id]: readonly [string, string]): number {
  const m = objects.meta.modalities.indexOf(modality);
  for (let i = 0; i < objects.count; i++) {
    const length = objects.ids.offsets[i + 1] - objects.ids.offsets[i];
    if (length === id.length && objects.modality[i] === m && idOf(objects, i) === id) return i;
  }
  return -1;
}
