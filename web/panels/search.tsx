import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { count } from '../../src/figures/drawing/format.ts';
import { nameOf } from '../data.ts';
import { hitsOrigin } from '../origin.ts';
import { rankHits } from '../search.ts';
import type { State } from '../state.ts';
import { ObjectName } from './object-name.tsx';

const LISTED = 30;
const active = signal(-1);
const open = signal(false);

/** The search field: hits light up on the map and the best ones stand in a list. */
export function Search({ state }: { state: State }) {
  const { objects, hits, query } = state;
  const field = useRef<HTMLInputElement>(null);
  const asked = query.value.trim();
  const best = asked === '' ? [] : rankHits(hits.value, asked, (i) => nameOf(objects, i), LISTED);
  const choose = (i: number) => {
    open.value = false;
    state.hovered.value = -1;
    state.pin(i);
    state.flyTo(i);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && best.length > 0) {
      open.value = true;
      active.value = (active.value + step + best.length) % best.length;
    } else if (event.key === 'Enter' && best.length > 0) choose(best[Math.max(0, active.value)]);
    else if (event.key === 'Escape' && asked !== '') query.value = '';
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const expanded = open.value && best.length > 0;
  return (
    <div class="search">
      <input
        ref={field}
        id="search"
        list={undefined}
        type="search"
        role="combobox"
        placeholder="Search objects"
        aria-label="Search objects by name"
        aria-expanded={expanded}
        aria-controls="hits"
        aria-autocomplete="list"
        aria-activedescendant={expanded && active.value >= 0 ? `hit-${active.value}` : undefined}
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
          active.value = -1;
          open.value = true;
          state.message.value = query.value === '' ? '' : `${count(hits.value.length)} found`;
        }}
        onFocus={() => {
          open.value = true;
        }}
        onBlur={() => {
          open.value = false;
        }}
        onKeyDown={onKeyDown}
      />
      {asked !== '' && (
        <p class="soft hits">
          {count(hits.value.length)} of {count(objects.count)}
          {hits.value.length > 0 && (
            <button type="button" class="link" onClick={() => state.select(hits.value, hitsOrigin(asked))}>
              select {hits.value.length === 1 ? 'it' : 'all of them'}
            </button>
          )}
        </p>
      )}
      <ul
        id="hits"
        role="listbox"
        aria-label="Found objects"
        hidden={!expanded}
        onPointerLeave={() => {
          state.hovered.value = -1;
        }}
      >
        {expanded &&
          best.map((i, rank) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys, as a combobox must
            <li
              key={i}
              id={`hit-${rank}`}
              role="option"
              tabIndex={-1}
              aria-selected={rank === active.value}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => choose(i)}
              onPointerEnter={() => {
                state.hovered.value = i;
              }}
            >
              <ObjectName objects={objects} i={i} />
              <small>{objects.meta.modalities[objects.modality[i]]}</small>
            </li>
          ))}
      </ul>
    </div>
  );
}
