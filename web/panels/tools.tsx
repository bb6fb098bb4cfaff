import { useEffect, useRef } from 'preact/hooks';
import { savePng, saveSvg } from '../exports.ts';
import { goToTwin, KEYS } from '../keys.ts';
import { cancelLasso } from '../lasso-line.tsx';
import type { State } from '../state.ts';
import { zoomedAt } from '../view.ts';

/** Buttons for everything that keys and gestures do. */
export function Tools({ state }: { state: State }) {
  const { view, frame, objects, lassoing, table } = state;
  const zoom = (factor: number) => {
    const { width, height } = frame.value;
    state.fly(zoomedAt(view.value, factor, [width / 2, height / 2], objects.meta.extent, frame.value));
  };
  const copyLink = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      state.message.value = 'Link copied';
    } catch {
      state.message.value = 'The address of this page is the link';
    }
  };
  const tools: [label: string, text: string, act: () => void, pressed?: boolean][] = [
    ['Zoom in', '+', () => zoom(1.6)],
    ['Zoom out', '\u2212', () => zoom(1 / 1.6)],
    ['All of the map', 'All', () => state.home()],
    [
      'Lasso',
      'Lasso',
      () => {
        if (lassoing.value) cancelLasso(state);
        else lassoing.value = true;
      },
      lassoing.value,
    ],
    [
      'Table instead of map',
      'Table',
      () => {
        table.value = !table.value;
      },
      table.value,
    ],
  ];
  return (
    <div class="tools">
      {tools.map(([label, text, act, pressed]) => (
        <button
          key={label}
          type="button"
          aria-label={label}
          title={label}
          aria-pressed={pressed}
          onClick={act}
        >
          {text}
        </button>
      ))}
      <details class="more">
        <summary aria-label="More">More</summary>
        <div>
          {[1, 2, 4].map((scale) => (
            <button key={scale} type="button" onClick={() => void savePng(state, scale)}>
              PNG {scale}×
            </button>
          ))}
          <button type="button" onClick={() => saveSvg(state)}>
            SVG
          </button>
          <button type="button" onClick={() => void copyLink()}>
            Copy link
          </button>
          <button type="button" onClick={() => void goToTwin(state)}>
            To the twin
          </button>
          <button
            type="button"
            onClick={() => {
              state.help.value = true;
            }}
          >
            Keys
          </button>
        </div>
      </details>
    </div>
  );
}

/** All keys. */
export function Help({ state }: { state: State }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = state.help.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="keys-title"
      onClose={() => {
        state.help.value = false;
      }}
    >
      <form method="dialog">
        <h2 id="keys-title">Keys</h2>
        <button type="submit">Close</button>
      </form>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
