import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { percent } from '../../src/figures/drawing/format.ts';
import { signs } from '../../src/zodiac/signs.ts';
import { FORMATS, savePlaced } from '../exports.ts';
import { agreeing, type Placing } from '../placing.ts';
import type { Server } from '../server.ts';
import type { State } from '../state.ts';
import { nearness } from '../twins.ts';
import { signBadge } from './badge.tsx';
import { NearList } from './near-list.tsx';
import { Name } from './object-name.tsx';

interface Part {
  state: State;
  placing: Placing;
}

/** Places new objects: a file that is chosen or dropped anywhere on the page. */
export function PlacePanel({ state, placing }: Part) {
  const modality = useSignal('');
  useEffect(() => onDrop(state, (file) => void placing.file(file, modality.value)), [state, placing]);
  const { fitted } = placing.server;
  if (fitted.value === null) return null;
  return (
    <section class="place" aria-label="Place something new">
      <h3>Place something new</h3>
      <div class="row">
        <label class="button">
          Choose a file
          <input
            class="unseen"
            type="file"
            accept=".npy,.json,image/*"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file !== undefined) void placing.file(file, modality.value);
              currentTarget.value = '';
            }}
          />
        </label>
        <select
          aria-label="Modality of the vectors"
          value={modality.value}
          onChange={({ currentTarget }) => {
            modality.value = currentTarget.value;
          }}
        >
          <option value="">by its columns</option>
          {fitted.value.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <p class="soft small">A picture, or vectors as .npy or .json. Or drop it on the map.</p>
      <PlacedList state={state} />
    </section>
  );
}

/** What is being placed, and why something was not placed. It comes into view, wherever the panel was scrolled to. */
export function PlaceNews({ placing }: { placing: Placing }) {
  const { doing, refusal } = placing;
  const here = useRef<HTMLDivElement>(null);
  const news = doing.value + refusal.value;
  useEffect(() => {
    if (news !== '') here.current?.scrollIntoView({ block: 'nearest' });
  }, [news]);
  if (news === '') return null;
  return (
    <div class="news" ref={here}>
      {doing.value !== '' && (
        <p class="row" role="status">
          <Name text={doing.value} />
          <button type="button" class="link" onClick={() => placing.cancel()}>
            cancel
          </button>
        </p>
      )}
      {refusal.value !== '' && (
        <p class="trouble row" role="alert">
          <Name text={refusal.value} most={400} />
          <button
            type="button"
            class="link"
            onClick={() => {
              refusal.value = '';
            }}
          >
            close
          </button>
        </p>
      )}
    </div>
  );
}

/** Everything that was placed, newest first, and its export. */
function PlacedList({ state }: { state: State }) {
  const { placed, focus } = state;
  if (placed.value.length === 0) return null;
  return (
    <>
      <ul class="near">
        {placed.value.map((one) => (
          <li key={one}>
            <button type="button" aria-pressed={focus.value === one} onClick={() => state.focusOn(one)}>
              <Name text={one.name} most={60} />
              <small>
                {one.modality} {'\u00b7'} {one.answer.sign || `cluster ${one.answer.cluster + 1}`}
              </small>
            </button>
          </li>
        ))}
      </ul>
      <fieldset class="choice">
        <legend>Export places</legend>
        {FORMATS.filter((format) => format !== 'ids').map((format) => (
          <button key={format} type="button" onClick={() => savePlaced(placed.value, format)}>
            {format}
          </button>
        ))}
        <button
          type="button"
          class="link"
          onClick={() => {
            placed.value = [];
            focus.value = null;
          }}
        >
          clear
        </button>
      </fieldset>
    </>
  );
}

/** Everything about the placed object that is looked at. */
export function PlaceCard({ state }: { state: State }) {
  const { objects, focus } = state;
  const place = focus.value;
  if (place === null) return null;
  const { answer, witnesses, near } = place;
  const sign = signs.findIndex(({ name }) => name === answer.sign);
  const share = answer.spread / objects.meta.unit / Math.max(1, ...objects.meta.extent);
  return (
    <section class="card" aria-label="Placed object">
      <div class="row">
        <p class="soft">{place.modality}, placed</p>
        <button type="button" class="link" onClick={() => state.focusOn(place)}>
          find
        </button>
        <button
          type="button"
          class="link"
          onClick={() => {
            focus.value = null;
          }}
        >
          close
        </button>
      </div>
      <h2>
        <Name text={place.name} />
      </h2>
      <p class="row">
        {signBadge(sign, state.scheme.value)}
        <span>
          {answer.sign || `cluster ${answer.cluster + 1}`}, like {agreeing(objects, place)} of its{' '}
          {witnesses.length} nearest
        </span>
      </p>
      <p class="small">
        The disc shows how far apart these lie: {percent(share, share < 0.1 ? 1 : 0)} of the map's longer
        side.
      </p>
      <p class="small">{farOut(answer.outside)}</p>
      <h3>Celestial twins</h3>
      {objects.meta.modalities.map((name, m) => (
        <NearList
          key={name}
          state={state}
          title={name}
          near={near.filter(({ modality }) => modality === m)}
          note={({ proximity }, rank) =>
            `${rank === 0 ? `${name} \u00b7 ` : ''}${nearness(proximity)} of pairs`
          }
        />
      ))}
      <p class="soft small">
        Nothing aligns the sources with each other: a twin means as much as the signs do.
      </p>
    </section>
  );
}

function farOut(outside: number): string {
  if (outside >= 1) return 'Farther out than all known objects: its place means little.';
  return `Farther out than ${percent(outside, 0)} of the known objects.`;
}

/** Takes files that are dropped on the page; gives the function that ends this. */
function onDrop({ dropping }: State, take: (file: File) => void): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  const holdsFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener(
    'dragover',
    (event) => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      dropping.value = true;
    },
    { signal },
  );
  addEventListener(
    'dragleave',
    (event) => {
      if (event.relatedTarget === null) dropping.value = false;
    },
    { signal },
  );
  addEventListener(
    'drop',
    (event) => {
      dropping.value = false;
      const [file] = event.dataTransfer?.files ?? [];
      if (file === undefined) return;
      event.preventDefault();
      take(file);
    },
    { signal },
  );
  return () => listening.abort();
}

/** Says that the server does not answer any more. */
export function GoneBanner({ server }: { server: Server }) {
  if (!server.gone.value) return null;
  return (
    <p class="banner" role="alert">
      The server has gone. The map still works; nothing new can be placed.
    </p>
  );
}
