import type { Point } from '../src/zodiac/signs.ts';
import { nearest } from './grid.ts';
import { closeLasso, drawing, type LassoMode } from './lasso-line.tsx';
import type { State } from './state.ts';
import { projectionOf, toPage, zoomedAt } from './view.ts';

/** How far from an object the pointer may be, in CSS pixels. */
const REACH = 12;
const TOUCH_REACH = 22;
/** A pointer that moved less was a click. */
const CLICK = 5;
const LONG_PRESS_MS = 350;
const DOUBLE_MS = 350;

interface Held {
  readonly start: Point;
  at: Point;
  moved: boolean;
}

/** Pointer, wheel and fingers on the map. */
export class Gestures {
  readonly #element: HTMLElement;
  readonly #state: State;
  readonly #held = new Map<number, Held>();
  readonly #listening = new AbortController();
  #mode: 'idle' | 'pan' | 'pinch' | 'lasso' = 'idle';
  #press: ReturnType<typeof setTimeout> | undefined;
  #lastTap = 0;

  constructor(element: HTMLElement, state: State) {
    this.#element = element;
    this.#state = state;
    const { signal } = this.#listening;
    element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false, signal });
    element.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    element.addEventListener('pointermove', (event) => this.#move(event), { signal });
    element.addEventListener('pointerup', (event) => this.#up(event), { signal });
    element.addEventListener('pointercancel', (event) => this.#cancel(event), { signal });
    element.addEventListener('pointerleave', () => this.#leave(), { signal });
    element.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
  }

  stop(): void {
    this.#listening.abort();
  }

  #at({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.#element.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  #zoom(factor: number, at: Point): void {
    const { view, frame, objects } = this.#state;
    this.#state.look(zoomedAt(view.value, factor, at, objects.meta.extent, frame.value));
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.#zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * 0.0022), this.#at(event));
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#element.setPointerCapture(event.pointerId);
    const at = this.#at(event);
    this.#held.set(event.pointerId, { start: at, at, moved: false });
    clearTimeout(this.#press);
    if (this.#held.size === 2) {
      drawing.value = [];
      this.#mode = 'pinch';
    } else if (event.shiftKey || this.#state.lassoing.value) this.#startLasso(at);
    else {
      this.#mode = 'pan';
      if (event.pointerType === 'touch') this.#press = setTimeout(() => this.#startLasso(at), LONG_PRESS_MS);
    }
  }

  #startLasso(at: Point): void {
    this.#mode = 'lasso';
    this.#state.hovered.value = -1;
    drawing.value = [at];
  }

  #move(event: PointerEvent): void {
    const held = this.#held.get(event.pointerId);
    const at = this.#at(event);
    if (held === undefined) {
      if (event.pointerType !== 'touch') this.#state.hovered.value = this.#find(at, REACH);
      return;
    }
    const before = held.at;
    held.at = at;
    if (!held.moved && Math.hypot(at[0] - held.start[0], at[1] - held.start[1]) < CLICK) return;
    held.moved = true;
    clearTimeout(this.#press);
    if (this.#mode === 'lasso') drawing.value = [...drawing.value, at];
    else if (this.#mode === 'pinch') this.#pinch(event.pointerId, before, at);
    else if (this.#mode === 'pan') this.#pan(at[0] - before[0], at[1] - before[1]);
  }

  #pan(dx: number, dy: number): void {
    const { view, frame, objects, hovered } = this.#state;
    const { scale } = projectionOf(view.value, objects.meta.extent, frame.value);
    hovered.value = -1;
    this.#state.look({
      ...view.value,
      x: view.value.x - dx / scale,
      y: view.value.y - dy / scale,
    });
  }

  #pinch(id: number, before: Point, at: Point): void {
    const other = [...this.#held].find(([pointer]) => pointer !== id)?.[1].at;
    if (other === undefined) return;
    const span = (place: Point) => Math.max(1, Math.hypot(place[0] - other[0], place[1] - other[1]));
    const middle: Point = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    this.#zoom(span(at) / span(before), middle);
    this.#pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
  }

  #up(event: PointerEvent): void {
    const held = this.#held.get(event.pointerId);
    this.#held.delete(event.pointerId);
    clearTimeout(this.#press);
    if (held === undefined) return;
    if (this.#mode === 'lasso') {
      const mode: LassoMode = event.altKey ? 'remove' : event.ctrlKey || event.metaKey ? 'add' : 'replace';
      closeLasso(this.#state, mode);
    } else if (!held.moved && this.#mode === 'pan') this.#click(held.at, event.pointerType === 'touch');
    this.#mode = this.#held.size > 0 ? 'pan' : 'idle';
  }

  #click(at: Point, touch: boolean): void {
    const i = this.#find(at, touch ? TOUCH_REACH : REACH);
    if (i >= 0) {
      this.#state.pin(i);
      return;
    }
    const now = performance.now();
    if (now - this.#lastTap < DOUBLE_MS) this.#state.home();
    else this.#state.unpin();
    this.#lastTap = now;
  }

  #cancel(event: PointerEvent): void {
    this.#held.delete(event.pointerId);
    clearTimeout(this.#press);
    drawing.value = [];
    this.#mode = 'idle';
  }

  #leave(): void {
    if (this.#held.size === 0) this.#state.hovered.value = -1;
  }

  #find(at: Point, reach: number): number {
    const { view, frame, objects, grid, shades } = this.#state;
    const projection = projectionOf(view.value, objects.meta.extent, frame.value);
    return nearest(objects, grid, shades.value, toPage(projection, at), reach / projection.scale);
  }
}
