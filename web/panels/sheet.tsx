import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { State } from '../state.ts';

const STOPS = ['low', 'half', 'full'] as const;

/** The side panel; on a phone a sheet over the map's lower part, with three heights. */
export function Sheet({ state, children }: { state: State; children: ComponentChildren }) {
  const stop = useSignal(0);
  const start = useSignal<number | null>(null);
  const moveTo = (to: number) => {
    stop.value = Math.max(0, Math.min(STOPS.length - 1, to));
  };
  const name = state.objects.meta.title;
  return (
    <aside class={`sheet ${STOPS[stop.value]}`} aria-label={`${name}: search, legend and details`}>
      <button
        type="button"
        class="handle"
        aria-label={stop.value === STOPS.length - 1 ? 'Lower the panel' : 'Raise the panel'}
        aria-expanded={stop.value > 0}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          start.value = event.clientY;
        }}
        onPointerUp={(event) => {
          const moved = start.value === null ? 0 : event.clientY - start.value;
          start.value = null;
          if (Math.abs(moved) > 24) moveTo(stop.value + (moved < 0 ? 1 : -1));
        }}
        onClick={(event) => {
          if (event.detail === 0 || start.value === null) moveTo((stop.value + 1) % STOPS.length);
        }}
      >
        <span />
      </button>
      <div class="content">{children}</div>
    </aside>
  );
}
