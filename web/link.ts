import { COLOR_BY, type ColorBy, coloringOf } from './coloring.ts';
import { idOf } from './data.ts';
import { decode, encode, idsOrigin, ORIGINS, type Origin, pairOf, rowsOf, selectedBy } from './origin.ts';
import type { Off, State } from './state.ts';
import type { View } from './view.ts';

const VERSION = '1';
const MOST_CHARACTERS = 2000;
/** Most of these are for the selection. */
const MOST_OF_ORIGIN = 1400;
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
  readonly origin?: Origin | undefined;
}

/** The hash of a link, at most 2,000 characters: if it does not fit, the selection is left out, then everything. */
export function hashOf(link: Link): string {
  const { view, by, off = [], query = '', pinned, origin } = link;
  const parts: [string, string][] = [['v', VERSION]];
  if (view !== undefined)
    parts.push([
      'at',
      [view.x / SIDE, view.y / SIDE, view.zoom].map((value) => Number(value.toPrecision(9))).join(','),
    ]);
  if (by !== undefined) parts.push(['by', by]);
  if (off.length > 0) parts.push(['off', off.map((pair) => pair.map(encode).join(':')).join(',')]);
  if (query !== '') parts.push(['q', encode(query)]);
  if (pinned !== undefined) parts.push(['id', pinned.map(encode).join(':')]);
  const whole = join([...parts, ...(origin === undefined ? [] : [origin])]);
  if (whole.length <= MOST_CHARACTERS) return whole;
  const plain = join(parts);
  return plain.length > MOST_CHARACTERS ? `#v=${VERSION}` : plain;
}

function join(parts: readonly (readonly [string, string])[]): string {
  return `#${parts.map(([name, value]) => `${name}=${value}`).join('&')}`;
}

/** How a link selects the same objects; undefined if there are none, or too many to list. */
export function linkedOrigin({ objects, selection, origin }: State): Origin | undefined {
  if (selection.value.length === 0) return undefined;
  const made = origin.value ?? idsOrigin(objects, selection.value);
  return made !== undefined && made[1].length <= MOST_OF_ORIGIN ? made : undefined;
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
  const isBy = (by: string | undefined): by is ColorBy => COLOR_BY.some((choice) => choice.by === by);
  const by = parts.get('by');
  const off = (parts.get('off') ?? '').split(',').map(pairOf);
  const [modality, id] = pairOf(parts.get('id') ?? '');
  const kind = ORIGINS.find((origin) => parts.has(origin));
  return {
    view: viewOf(parts.get('at')),
    by: isBy(by) ? by : undefined,
    off: off.flatMap(([kind, name]) => (isBy(kind) && name !== undefined ? [[kind, name] as const] : [])),
    query: decode(parts.get('q')),
    pinned: id === undefined ? undefined : [modality, id],
    origin: kind && [kind, parts.get(kind) ?? ''],
  };
}

function viewOf(text: string | undefined): View | undefined {
  const [x, y, zoom] = (text ?? '').split(',').map((value) => (value === '' ? Number.NaN : Number(value)));
  if (![x, y, zoom].every(Number.isFinite) || zoom <= 0) return undefined;
  return { x: x * SIDE, y: y * SIDE, zoom };
}

/** What the page shows, as a link. */
export function linkOf(state: State): Link {
  const { objects, pinned, colorBy, query } = state;
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
    origin: linkedOrigin(state),
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
  const [pinned = -1] = link.pinned === undefined ? [] : rowsOf(objects, [link.pinned]);
  if (pinned >= 0) state.pin(pinned, false);
  if (link.origin !== undefined)
    state.select(selectedBy(objects, grid, state.shades.value, link.origin), link.origin);
  if (link.view !== undefined) state.look(link.view);
}
