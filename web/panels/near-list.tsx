import type { State } from '../state.ts';
import type { Near } from '../twins.ts';
import { ObjectName } from './object-name.tsx';

interface NearProps {
  state: State;
  title: string;
  near: readonly Near[];
  /** Says how good a neighbor is; nothing without it. */
  note?: (near: Near, rank: number) => string;
}

/** Near objects as buttons: a click pins one and flies there. */
export function NearList({ state, title, near, note }: NearProps) {
  const { objects, hovered } = state;
  if (near.length === 0) return null;
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
              hovered.value = other.i;
            }}
            onPointerLeave={() => {
              hovered.value = -1;
            }}
          >
            <ObjectName objects={objects} i={other.i} note={note?.(other, rank)} />
          </button>
        </li>
      ))}
    </ol>
  );
}
