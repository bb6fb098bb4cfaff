import { useEffect } from 'preact/hooks';
import { plural } from '../../src/figures/drawing/format.ts';
import { TWINS } from '../../src/page/format.ts';
import { signs } from '../../src/zodiac/signs.ts';
import { coloringOf } from '../coloring.ts';
import { detailOf, mapPlaceOf, nameOf, type Objects } from '../data.ts';
import type { Nearby } from '../nearby.ts';
import type { Placing } from '../placing.ts';
import type { State } from '../state.ts';
import { type Near, nearness } from '../twins.ts';
import { signBadge } from './badge.tsx';
import { NearList } from './near-list.tsx';
import { Name, Picture } from './object-name.tsx';

/** Everything about the pinned object: what it is, its nearest kin and its twins. */
export function Card({ state, placing }: { state: State; placing: Placing | undefined }) {
  const { objects, pinned, trail } = state;
  const i = pinned.value;
  if (i < 0) return null;
  const detail = detailOf(objects, i);
  const place = mapPlaceOf(objects, i);
  const sign = objects.meta.signOf[objects.cluster[i]] ?? -1;
  return (
    <section class="card" aria-label="Object">
      <div class="row">
        <p class="soft">{objects.meta.modalities[objects.modality[i]]}</p>
        {trail.value.length > 0 && (
          <button type="button" class="link" onClick={() => state.back()}>
            back
          </button>
        )}
        <button type="button" class="link" onClick={() => state.flyTo(i)} disabled={place === undefined}>
          find
        </button>
        {placing?.server.fitted.value && (
          <button
            type="button"
            class="link"
            title="How certain is its place?"
            onClick={() => void placing.known(i)}
          >
            place
          </button>
        )}
        <button type="button" class="link" onClick={() => state.unpin()}>
          close
        </button>
      </div>
      <Picture objects={objects} i={i} side={64} />
      <h2>
        <Name text={nameOf(objects, i)} />
      </h2>
      {detail !== '' && (
        <p class="soft">
          <Name text={detail} />
        </p>
      )}
      <p class="row">
        {signBadge(sign, state.scheme.value)}
        <span>{signs[sign]?.name ?? `cluster ${objects.cluster[i] + 1}, without a sign`}</span>
        {place === undefined && <span class="soft">no place on the map</span>}
      </p>
      <Measures objects={objects} i={i} />
      <Twins state={state} i={i} />
    </section>
  );
}

/** How well the VAE knows the object, and how far outside it lies, as the classes that color the map. */
function Measures({ objects, i }: { objects: Objects; i: number }) {
  return (['error', 'outside'] as const).map((by) => {
    if (objects.meta.bounds[by] === undefined) return null;
    const { title, column, entries } = coloringOf(objects, by);
    return (
      <p key={by} class="soft small">
        {title} {entries[column[i]].name}
      </p>
    );
  });
}

function Twins({ state, i }: { state: State; i: number }) {
  const { objects, nearby, server } = state;
  const gone = server?.gone.value;
  // Asked again when the server is back.
  useEffect(() => void (gone || nearby.want(i)), [nearby, i, gone]);
  const near = nearby.of(i);
  const missing = nearby.missing(i);
  const others = objects.meta.modalities
    .map((name, m) => ({ name, m }))
    .filter(({ m }) => m !== objects.modality[i]);
  const own = objects.meta.modalities[objects.modality[i]];
  const kin = near.filter(({ modality }) => modality === objects.modality[i]);
  return (
    <>
      {missing !== '' && (
        <p class="soft small" role="status">
          {missing}
        </p>
      )}
      {near.length > kin.length && (
        <>
          <h3>Celestial twins</h3>
          {others.map(({ name, m }) => (
            <NearList
              key={m}
              state={state}
              title={name}
              near={near.filter(({ modality }) => modality === m).slice(0, TWINS)}
              note={(near, rank) => twinNote(nearby, i, name, near, rank)}
            />
          ))}
          <p class="soft small">
            Nothing aligns the sources with each other: a twin means as much as the signs do.
          </p>
        </>
      )}
      {kin.length > 0 && (
        <>
          <h3>Nearest of its kind</h3>
          <NearList state={state} title={own} near={kin} />
        </>
      )}
    </>
  );
}

/** How good a twin is; of the first one also whether it is mutual, and of how many others it is the twin. */
function twinNote(nearby: Nearby, i: number, modality: string, near: Near, rank: number): string {
  const quality = `${nearness(near.proximity)} of pairs`;
  if (rank > 0) return quality;
  const others = (nearby.inDegree(near.i) ?? 0) - 1;
  return [
    modality,
    quality,
    ...(nearby.areMutual(i, near.i) ? ['mutual'] : []),
    ...(others > 0 ? [`also the twin of ${plural(others, 'other')}`] : []),
  ].join(' \u00b7 ');
}
