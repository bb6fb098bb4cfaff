import { signal } from '@preact/signals';
import type { Point } from '../src/zodiac/signs.ts';
import { unite, without } from './lasso.ts';
import { lassoOrigin, selectedBy } from './origin.ts';
import type { State } from './state.ts';
import { projectionOf, toPage } from './view.ts';

/** The polygon that is being drawn, in CSS pixels of the frame, and the cross hair of the keys. */
export const drawing = signal<readonly Point[]>([]);
export const cross = signal<Point | null>(null);

export type LassoMode = 'replace' | 'add' | 'remove';

/** Takes what lies inside the drawn polygon, and ends the drawing. */
export function closeLasso(state: State, mode: LassoMode = 'replace'): void {
  const { objects, grid, shades, selection } = state;
  const projection = projectionOf(state.view.value, objects.meta.extent, state.frame.value);
  const polygon = drawing.value.map((corner) => toPage(projection, corner));
  cancelLasso(state);
  if (polygon.length < 3) return;
  // By the same corners as in a link, which selects the same objects.
  const origin = lassoOrigin(polygon);
  const found = selectedBy(objects, grid, shades.value, origin);
  if (mode === 'replace') state.select(found, origin);
  else state.select(mode === 'add' ? unite(selection.value, found) : without(selection.value, found), null);
  state.message.value = `${state.selection.value.length.toLocaleString('en-US')} objects selected`;
}

export function cancelLasso(state: State): void {
  drawing.value = [];
  cross.value = null;
  state.lassoing.value = false;
}

/** A lasso that is moved by keys begins in the middle of the frame. */
export function startCross(state: State): void {
  const { width, height } = state.frame.value;
  drawing.value = [];
  cross.value = [width / 2, height / 2];
  state.lassoing.value = true;
  state.message.value = 'Lasso: arrows move, Space sets a corner, Enter closes, Escape cancels';
}

export function LassoLine({ state }: { state: State }) {
  if (!state.lassoing.value && drawing.value.length === 0) return null;
  const corners = drawing.value.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return (
    <svg class="overlay" aria-hidden="true">
      {drawing.value.length > 0 && <polygon class="lasso" points={corners} />}
      {cross.value !== null && (
        <path
          class="cross"
          d={`M${cross.value[0] - 9} ${cross.value[1]}h18M${cross.value[0]} ${cross.value[1] - 9}v18`}
        />
      )}
    </svg>
  );
}
