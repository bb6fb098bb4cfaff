import type { Point } from '../src/zodiac/signs.ts';
import { nameOf } from './data.ts';
import { HIDDEN } from './grid.ts';
import { cancelLasso, closeLasso, cross, drawing, startCross } from './lasso-line.tsx';
import type { State } from './state.ts';
import { projectionOf, zoomedAt } from './view.ts';

/** What each key does, for the help. */
export const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['Arrows', 'move the map; with Shift in small steps'],
  ['+ \u2212', 'zoom'],
  ['0', 'show the whole map'],
  ['Alt + arrows', 'go to the nearest object in that direction'],
  ['Enter', 'pin the object'],
  ['T', 'fly to the twin of the pinned object'],
  ['Backspace', 'back to the object before'],
  ['L', 'lasso: arrows move, Space sets a corner, Enter closes'],
  ['Shift + drag', 'lasso; with Ctrl it adds, with Alt it removes'],
  ['Ctrl + Z', 'undo the selection'],
  ['C', 'color by the next property'],
  ['N P E H D', 'names, path, ecliptic, hull, density'],
  ['/', 'search'],
  ['?', 'this help'],
  ['Escape', 'clear'],
];

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Keys while the map has the focus. */
export function mapKey(event: KeyboardEvent, state: State): void {
  const arrow = ARROWS[event.key];
  if (state.lassoing.value && cross.value !== null) {
    if (lassoKey(event, state, arrow)) event.preventDefault();
    return;
  }
  if (arrow !== undefined) {
    if (event.altKey) walk(state, arrow);
    else pan(state, arrow, event.shiftKey ? 12 : 80);
  } else if (!command(event, state)) return;
  event.preventDefault();
}

function command(event: KeyboardEvent, state: State): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { width, height } = state.frame.value;
  const zoom = (factor: number) =>
    state.look(
      zoomedAt(
        state.view.value,
        factor,
        [width / 2, height / 2],
        state.objects.meta.extent,
        state.frame.value,
      ),
    );
  if (event.key === '+' || event.key === '=') zoom(1.4);
  else if (event.key === '-') zoom(1 / 1.4);
  else if (event.key === '0') state.home();
  else if (event.key === 'Enter' && state.hovered.value >= 0) state.pin(state.hovered.value);
  else if (event.key === 't' || event.key === 'T') void goToTwin(state);
  else if (event.key === 'Backspace') state.back();
  else if (event.key === 'l' || event.key === 'L') startCross(state);
  else return false;
  return true;
}

/** Flies to the first twin of the pinned object and pins it. */
export async function goToTwin(state: State): Promise<void> {
  const from = state.pinned.value;
  if (from < 0) return;
  await state.nearby.want(from);
  const [twin] = state.nearby.firstTwins(from);
  if (twin === undefined || state.pinned.value !== from) return;
  state.pin(twin);
  state.flyTo(twin);
}

function pan(state: State, [dx, dy]: Point, step: number): void {
  const { view, frame, objects } = state;
  const { scale } = projectionOf(view.value, objects.meta.extent, frame.value);
  state.look({ ...view.value, x: view.value.x + (dx * step) / scale, y: view.value.y + (dy * step) / scale });
}

/** Goes to the nearest shown object in a quarter of all directions. */
function walk(state: State, [dx, dy]: Point): void {
  const { objects, shades, view, hovered, pinned } = state;
  const now = hovered.value >= 0 ? hovered.value : pinned.value;
  const [x, y] =
    now >= 0 && now < objects.placed ? [objects.x[now], objects.y[now]] : [view.value.x, view.value.y];
  let [best, least] = [-1, Infinity];
  for (let i = 0; i < objects.placed; i++) {
    if (i === now || shades.value[i] === HIDDEN) continue;
    const [ex, ey] = [objects.x[i] - x, objects.y[i] - y];
    const along = ex * dx + ey * dy;
    const across = Math.abs(ex * dy) + Math.abs(ey * dx);
    const distance = ex * ex + ey * ey;
    if (along > 0 && across <= along && distance < least) [best, least] = [i, distance];
  }
  if (best < 0) return;
  hovered.value = best;
  state.message.value = nameOf(objects, best);
}

function lassoKey(event: KeyboardEvent, state: State, arrow: Point | undefined): boolean {
  if (cross.value === null) return false;
  const step = event.shiftKey ? 6 : 30;
  if (arrow !== undefined) cross.value = [cross.value[0] + arrow[0] * step, cross.value[1] + arrow[1] * step];
  else if (event.key === ' ') drawing.value = [...drawing.value, cross.value];
  else if (event.key === 'Enter')
    closeLasso(state, event.altKey ? 'remove' : event.ctrlKey ? 'add' : 'replace');
  else if (event.key === 'Escape') cancelLasso(state);
  else return false;
  return true;
}
