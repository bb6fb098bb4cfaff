import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type ColorBy, type Coloring, coloringOf, type Scheme } from './coloring.ts';
import type { Objects } from './data.ts';
import { FAINT, type Grid, gridOf, HIDDEN, LIT } from './grid.ts';
import { Nearby } from './nearby.ts';
import type { Origin } from './origin.ts';
import type { Placed } from './placing.ts';
import { search } from './search.ts';
import { Server } from './server.ts';
import { between, bounded, homeOf, type Size, type View } from './view.ts';

export type Overlay = 'names' | 'path' | 'ecliptic' | 'hull' | 'density';
export const OVERLAYS: readonly { name: Overlay; title: string; key: string }[] = [
  { name: 'names', title: 'Names', key: 'n' },
  { name: 'path', title: 'Path', key: 'p' },
  { name: 'ecliptic', title: 'Ecliptic', key: 'e' },
  { name: 'hull', title: 'Hull', key: 'h' },
  { name: 'density', title: 'Density', key: 'd' },
];

/** Values that are switched off, by what they are values of: those of any coloring hide an object. */
export type Off = { readonly [by in ColorBy]?: ReadonlySet<number> };

/** How many selections can be undone. */
const UNDO = 50;
const FLIGHT_MS = 300;

/** Everything that the page shows and that its reader can change. */
export class State {
  readonly objects: Objects;
  readonly grid: Grid;
  /** The server that the page came from; undefined for a file. */
  readonly server: Server | undefined;
  readonly nearby: Nearby;
  readonly colorBy: Signal<ColorBy>;
  readonly off = signal<Off>({});
  readonly query = signal('');
  /** An entry of the legend that the pointer is on. */
  readonly spotlight = signal<number | null>(null);
  readonly hovered = signal(-1);
  readonly pinned = signal(-1);
  readonly trail = signal<readonly number[]>([]);
  /** What the server placed, newest first, and which of it is looked at. */
  readonly placed = signal<readonly Placed[]>([]);
  readonly focus = signal<Placed | null>(null);
  /** Whether a file is held above the page. */
  readonly dropping = signal(false);
  readonly selection = signal<Uint32Array>(new Uint32Array(0));
  /** How the selection was made, for links; null if in several steps. */
  readonly origin = signal<Origin | null>(null);
  readonly overlays = signal<ReadonlySet<Overlay>>(new Set(['names']));
  readonly lassoing = signal(false);
  readonly table = signal(false);
  readonly help = signal(false);
  readonly view: Signal<View>;
  readonly frame = signal<Size>({ width: 0, height: 0 });
  readonly scheme = signal<Scheme>('light');
  /** What a screen reader says next. */
  readonly message = signal('');
  /** Says that something went wrong, in the panel. */
  readonly trouble = signal('');
  readonly coloring: ReadonlySignal<Coloring>;
  readonly hits: ReadonlySignal<Uint32Array>;
  readonly shades: ReadonlySignal<Uint8Array>;
  readonly #past: { selection: Uint32Array; origin: Origin | null }[] = [];
  #flight = 0;

  constructor(objects: Objects) {
    this.objects = objects;
    this.grid = gridOf(objects);
    this.server = objects.meta.served ? new Server(objects) : undefined;
    this.nearby = new Nearby(objects, this.server);
    this.colorBy = signal<ColorBy>(objects.meta.colorBy);
    this.view = signal(homeOf(objects.meta.extent));
    this.coloring = computed(() => coloringOf(objects, this.colorBy.value));
    this.hits = computed(() => search(objects, this.query.value.trim()));
    this.shades = computed(() => this.#shadesOf());
  }

  /** Hidden objects, and where something is looked for, hovered or selected, all others as context. */
  #shadesOf(): Uint8Array {
    const { objects, off, spotlight, coloring, hits, selection, query, focus } = this;
    const shades = new Uint8Array(objects.count).fill(LIT);
    const { entries, column } = coloring.value;
    const lit = spotlight.value;
    if (lit !== null && lit < entries.length) {
      for (let i = 0; i < shades.length; i++) if (column[i] !== lit) shades[i] = FAINT;
    } else if (focus.value !== null) light(shades, focus.value.witnesses);
    else if (query.value.trim() !== '') light(shades, hits.value);
    else if (selection.value.length > 0) light(shades, selection.value);
    for (const [by, values] of Object.entries(off.value) as [ColorBy, ReadonlySet<number>][]) {
      if (values.size === 0) continue;
      const hiding = by === this.colorBy.value ? coloring.value : coloringOf(objects, by);
      const hidden = Uint8Array.from({ length: hiding.entries.length }, (_, v) => Number(values.has(v)));
      for (let i = 0; i < shades.length; i++) if (hidden[hiding.column[i]] === 1) shades[i] = HIDDEN;
    }
    return shades;
  }

  /** Switches an entry of the legend on or off. */
  toggle(entry: number): void {
    const by = this.colorBy.value;
    const values = new Set(this.off.value[by]);
    if (!values.delete(entry)) values.add(entry);
    this.off.value = { ...this.off.value, [by]: values };
  }

  /** Shows one entry alone, or all again when it is alone already. */
  solo(entry: number): void {
    const by = this.colorBy.value;
    const others = this.coloring.value.entries.map((_, i) => i).filter((i) => i !== entry);
    const now = this.off.value[by];
    const isAlone = now !== undefined && others.every((i) => now.has(i)) && !now.has(entry);
    this.off.value = { ...this.off.value, [by]: new Set(isAlone ? [] : others) };
  }

  isOff(entry: number): boolean {
    return this.off.value[this.colorBy.value]?.has(entry) ?? false;
  }

  pin(i: number, keepTrail = true): void {
    if (i === this.pinned.value) return;
    batch(() => {
      this.focus.value = null;
      if (keepTrail && this.pinned.value >= 0) this.trail.value = [...this.trail.value, this.pinned.value];
      this.pinned.value = i;
    });
  }

  /** Lists what was placed before what there is, and looks at the first. */
  place(found: readonly Placed[], most: number): void {
    this.placed.value = [...found, ...this.placed.value].slice(0, most);
    if (found.length > 0) this.focusOn(found[0]);
  }

  /** Looks at a placed object, and flies there. */
  focusOn(place: Placed): void {
    batch(() => {
      this.unpin();
      this.focus.value = place;
    });
    this.message.value = `${place.name}: ${place.answer.sign}`;
    const { extent, unit } = this.objects.meta;
    // The disc of its spread takes about two thirds of the frame.
    const zoom = (Math.max(...extent) * unit) / (3 * Math.max(place.answer.spread, unit));
    this.fly({ x: place.x, y: place.y, zoom: Math.max(1, Math.min(12, zoom)) });
  }

  /** Back to the object that was pinned before. */
  back(): void {
    const last = this.trail.value.at(-1);
    if (last === undefined) return;
    batch(() => {
      this.trail.value = this.trail.value.slice(0, -1);
      this.pinned.value = last;
    });
    this.flyTo(last);
  }

  unpin(): void {
    batch(() => {
      this.pinned.value = -1;
      this.trail.value = [];
    });
  }

  select(selection: Uint32Array, origin: Origin | null): void {
    this.#past.push({ selection: this.selection.value, origin: this.origin.value });
    if (this.#past.length > UNDO) this.#past.shift();
    batch(() => {
      this.selection.value = selection;
      this.origin.value = origin;
    });
  }

  undo(): void {
    const before = this.#past.pop();
    if (before === undefined) return;
    batch(() => {
      this.selection.value = before.selection;
      this.origin.value = before.origin;
    });
  }

  toggleOverlay(name: Overlay): void {
    const shown = new Set(this.overlays.value);
    if (!shown.delete(name)) shown.add(name);
    this.overlays.value = shown;
  }

  home(): void {
    this.fly(homeOf(this.objects.meta.extent));
  }

  /** Brings an object into the middle, near enough to tell it from its neighbors. */
  flyTo(i: number): void {
    if (i < 0 || i >= this.objects.placed) return;
    const zoom = Math.max(this.view.value.zoom, 3);
    this.fly({ x: this.objects.x[i], y: this.objects.y[i], zoom });
  }

  fly(to: View): void {
    const target = bounded(to, this.objects.meta.extent);
    cancelAnimationFrame(this.#flight);
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.view.value = target;
      return;
    }
    const from = this.view.value;
    const start = performance.now();
    const step = (now: number) => {
      const t = Math.min(1, Math.max(0, (now - start) / FLIGHT_MS));
      this.view.value = t < 1 ? between(from, target, t) : target;
      if (t < 1) this.#flight = requestAnimationFrame(step);
    };
    this.#flight = requestAnimationFrame(step);
  }

  /** Moves at once; ends a flight. */
  look(view: View): void {
    cancelAnimationFrame(this.#flight);
    this.view.value = bounded(view, this.objects.meta.extent);
  }
}

function light(shades: Uint8Array, lit: Uint32Array): void {
  shades.fill(FAINT);
  for (let k = 0; k < lit.length; k++) shades[lit[k]] = LIT;
}
