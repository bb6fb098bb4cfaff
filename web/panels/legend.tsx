import { count } from '../../src/figures/drawing/format.ts';
import { GLYPHS } from '../../src/figures/drawing/glyphs.ts';
import { onSignColor } from '../../src/figures/drawing/palette.ts';
import { type Entry, entryColor, offeredBy } from '../coloring.ts';
import { LIT } from '../grid.ts';
import { OVERLAYS, type State } from '../state.ts';
import { Name } from './object-name.tsx';

/** Which property colors the dots. */
export function ColorBy({ state }: { state: State }) {
  return (
    <fieldset class="choice">
      <legend>Color by</legend>
      {offeredBy(state.objects).map(({ by, title }) => (
        <button
          key={by}
          type="button"
          aria-pressed={state.colorBy.value === by}
          onClick={() => {
            state.colorBy.value = by;
            state.spotlight.value = null;
          }}
        >
          {title}
        </button>
      ))}
    </fieldset>
  );
}

/** What lies over the dots. */
export function Overlays({ state }: { state: State }) {
  const { meta } = state.objects;
  const named = meta.signOf.filter((sign) => sign >= 0).length > 1;
  return (
    <fieldset class="choice">
      <legend>Show</legend>
      {OVERLAYS.filter(
        ({ name }) => name === 'density' || (named && (name !== 'ecliptic' || meta.ecliptic !== null)),
      ).map(({ name, title }) => (
        <button
          key={name}
          type="button"
          aria-pressed={state.overlays.value.has(name)}
          onClick={() => state.toggleOverlay(name)}
        >
          {title}
        </button>
      ))}
    </fieldset>
  );
}

/** The values of the coloring: a click hides one, a double click shows it alone, the pointer lights it. */
export function Legend({ state }: { state: State }) {
  const { entries, column } = state.coloring.value;
  if (entries.length < 2) return null;
  const shades = state.shades.value;
  const { query, selection, focus } = state;
  const narrowed = focus.value !== null || query.value.trim() !== '' || selection.value.length > 0;
  const lit = new Uint32Array(entries.length);
  if (narrowed) for (let i = 0; i < shades.length; i++) if (shades[i] === LIT) lit[column[i]]++;
  const single = narrowed || entries.some((entry) => entry.count >= 10_000 || entry.name.length > 11);
  const order = entries
    .map((_, value) => value)
    .sort((a, b) => rankOf(entries[a], a) - rankOf(entries[b], b));
  return (
    <section aria-label="Legend">
      <ul class={single ? 'legend one' : 'legend'}>
        {order.map((value) => (
          <li key={value}>
            <LegendButton state={state} value={value} lit={narrowed ? lit[value] : undefined} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Signs in their order, those without one last. */
function rankOf({ sign }: Entry, value: number): number {
  return sign === undefined || sign < 0 ? 100 + value : sign;
}

function LegendButton({ state, value, lit }: { state: State; value: number; lit: number | undefined }) {
  const { coloring, scheme, spotlight } = state;
  const entry = coloring.value.entries[value];
  const spot = (on: boolean) => {
    spotlight.value = on && !state.isOff(value) ? value : null;
  };
  return (
    <button
      type="button"
      aria-pressed={!state.isOff(value)}
      onClick={(event) => {
        spot(false);
        if (event.detail === 2 || event.shiftKey) {
          // The first click of the two has switched it.
          if (event.detail === 2) state.toggle(value);
          state.solo(value);
        } else state.toggle(value);
      }}
      onKeyDown={(event) => {
        if (event.key !== ' ' || !event.shiftKey) return;
        event.preventDefault();
        state.solo(value);
      }}
      onPointerEnter={(event) => event.pointerType !== 'touch' && spot(true)}
      onPointerLeave={() => spot(false)}
    >
      <svg class="swatch" viewBox="0 0 28 28" width="20" height="20" aria-hidden="true">
        <circle cx="14" cy="14" r="13" fill={entryColor(coloring.value, value, scheme.value)} />
        {entry.sign !== undefined && entry.sign >= 0 && (
          <path
            class="glyph"
            stroke={onSignColor(entry.sign, scheme.value)}
            d={GLYPHS[entry.sign]}
            transform="translate(5.5 5.5) scale(.71)"
          />
        )}
      </svg>
      <Name text={entry.name} most={40} />
      <span class="count">
        {lit === undefined ? count(entry.count) : `${count(lit)} / ${count(entry.count)}`}
      </span>
    </button>
  );
}
