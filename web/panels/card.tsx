import { count } from '../../src/figures/drawing/format.ts';
import { signs } from '../../src/zodiac/signs.ts';
import { detailOf, mapPlaceOf, nameOf } from '../data.ts';
import type { State } from '../state.ts';
import { areMutual, inDegree, kinOf, type Near, nearness, twinsOf } from '../twins.ts';
import { signBadge } from './badge.tsx';
import { Name, ObjectName } from './object-name.tsx';

/** Everything about the pinned object: what it is, its nearest kin and its twins. */
export function Card({ state }: { state: State }) {
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
        <button type="button" class="link" onClick={() => state.unpin()}>
          close
        </button>
      </div>
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
      <Twins state={state} i={i} />
    </section>
  );
}

function Twins({ state, i }: { state: State; i: number }) {
  const { objects } = state;
  const twins = twinsOf(objects, i);
  const kin = kinOf(objects, i);
  const others = objects.meta.modalities
    .map((name, m) => ({ name, m }))
    .filter(({ m }) => m !== objects.modality[i]);
  const own = objects.meta.modalities[objects.modality[i]];
  return (
    <>
      {twins.length > 0 && (
        <>
          <h3>Celestial twins</h3>
          {others.map(({ name, m }) => (
            <NearList
              key={m}
              state={state}
              i={i}
              title={name}
              near={twins.filter((near) => near.modality === m)}
              twin
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
          <NearList state={state} i={i} title={own} near={kin} />
        </>
      )}
    </>
  );
}

interface NearProps {
  state: State;
  i: number;
  title: string;
  near: readonly Near[];
  /** Says how good a twin is, and of how many others it is the twin. */
  twin?: boolean;
}

function NearList({ state, i, title, near, twin = false }: NearProps) {
  const { objects } = state;
  const go = (to: number) => {
    state.pin(to);
    state.flyTo(to);
  };
  return (
    <ol class="near" aria-label={title}>
      {near.map((other, rank) => (
        <li key={other.i}>
          <button
            type="button"
            onClick={() => go(other.i)}
            onPointerEnter={() => {
              state.hovered.value = other.i;
            }}
            onPointerLeave={() => {
              state.hovered.value = -1;
            }}
          >
            <ObjectName objects={objects} i={other.i} />
            {twin && (
              <small>
                {rank === 0 && `${title} \u00b7 `}
                {nearness(other.proximity)} of pairs
                {rank === 0 && areMutual(objects, i, other.i) && ' \u00b7 mutual'}
                {rank === 0 &&
                  inDegree(objects, other.i) > 1 &&
                  ` \u00b7 also the twin of ${count(inDegree(objects, other.i) - 1)} others`}
              </small>
            )}
          </button>
        </li>
      ))}
    </ol>
  );
}
