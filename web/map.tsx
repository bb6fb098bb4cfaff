import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { nameOf } from './data.ts';
import { Gestures } from './gestures.ts';
import { mapKey } from './keys.ts';
import { LassoLine } from './lasso-line.tsx';
import { shortened } from './names.ts';
import { Overlay } from './overlay.tsx';
import { Painter } from './painter.ts';
import { Picture } from './panels/object-name.tsx';
import type { State } from './state.ts';
import { projectionOf, toScreen } from './view.ts';

/** The map: dots on a canvas, names above them, and what pointer, fingers and keys do there. */
export function MapFigure({ state }: { state: State }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter>(undefined);
  useSignalEffect(() => {
    const scene = {
      view: state.view.value,
      frame: state.frame.value,
      coloring: state.coloring.value,
      shades: state.shades.value,
      scheme: state.scheme.value,
      density: state.overlays.value.has('density'),
    };
    if (canvas.current === null) return;
    painter.current ??= new Painter(canvas.current, state.objects, state.grid);
    painter.current.show(scene);
  });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => {
      state.frame.value = { width: element.clientWidth, height: element.clientHeight };
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    const gestures = new Gestures(element, state);
    return () => {
      observer.disconnect();
      gestures.stop();
    };
  }, [state]);
  const { meta, placed, count } = state.objects;
  return (
    <div
      ref={box}
      id="map"
      class={state.lassoing.value ? 'map lassoing' : 'map'}
      role="application"
      aria-roledescription="map"
      aria-label={`${meta.title}: map of ${placed.toLocaleString('en-US')} objects`}
      aria-describedby="map-keys"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a map that is moved by keys takes the focus
      tabIndex={0}
      onKeyDown={(event) => mapKey(event, state)}
    >
      <canvas ref={canvas} class="dots" />
      <Overlay state={state} />
      <LassoLine state={state} />
      <Tip state={state} />
      {placed === 0 && (
        <p class="empty">{count === 0 ? 'No objects.' : 'No object has a place on the map.'}</p>
      )}
      <p id="map-keys" class="unseen">
        Arrows move, plus and minus zoom, 0 shows all. Alt with an arrow goes to the nearest object in that
        direction, Enter pins it, T goes to its twin. L starts the lasso. Slash searches. Question mark shows
        all keys.
      </p>
    </div>
  );
}

/** Name and kind of the object below the pointer. */
function Tip({ state }: { state: State }) {
  const { objects, hovered, view, frame } = state;
  const i = hovered.value;
  if (i < 0 || i >= objects.placed) return null;
  const [x, y] = toScreen(projectionOf(view.value, objects.meta.extent, frame.value), [
    objects.x[i],
    objects.y[i],
  ]);
  const toLeft = x > frame.value.width - 220;
  const entry = state.coloring.value.entries[state.coloring.value.column[i]];
  const kind = objects.meta.modalities[objects.modality[i]];
  return (
    <div
      class="tip"
      style={{
        left: `${toLeft ? x - 14 : x + 14}px`,
        top: `${Math.max(0, Math.min(frame.value.height - 60, y - 14))}px`,
        transform: toLeft ? 'translateX(-100%)' : '',
      }}
    >
      <Picture objects={objects} i={i} side={64} />
      <bdi dir="auto">{shortened(nameOf(objects, i), 60)}</bdi>
      <small>{entry === undefined || entry.name === kind ? kind : `${kind} \u00b7 ${entry.name}`}</small>
    </div>
  );
}
