import { signal } from '@preact/signals';
import { count } from '../src/figures/drawing/format.ts';
import { idOf, nameOf, type Objects } from './data.ts';
import { bodyOf, type Fitted } from './placing-body.ts';
import type { State } from './state.ts';
import type { Near } from './twins.ts';

/** Most placed objects that are kept. */
export const MOST_PLACED = 50;
/** How often a busy server is asked again. */
const ATTEMPTS = 6;
const LOOK_AGAIN_MS = 3000;

/** An object that the server placed. */
export interface Placed {
  readonly name: string;
  readonly modality: string;
  /** Page units. */
  readonly x: number;
  readonly y: number;
  /** The place as the server gave it: x and y in map units. */
  readonly answer: PlaceAnswer;
  /** The objects that decide how certain the place is, and the nearest objects of every modality. */
  readonly witnesses: Uint32Array;
  readonly near: readonly Near[];
}

/** What `GET /objects/:id/place` answers, and `POST /place` for each vector. */
interface PlaceAnswer {
  readonly x: number;
  readonly y: number;
  readonly cluster: number;
  readonly sign: string;
  /** Rows, as everywhere in an answer. */
  readonly witnesses: readonly number[];
  readonly spread: number;
  readonly outside: number;
  readonly nearest: { readonly id: string; readonly modality: string };
  readonly neighbors: Readonly<Record<string, readonly { row: number; proximity: number }[]>>;
}

/** The server refused: its sentence is for the reader. */
class Refusal extends Error {}

/** Asks the server that the page came from for places. */
export class Placing {
  /** What can be placed; null until the server has answered. */
  readonly fitted = signal<readonly Fitted[] | null>(null);
  /** Whether the server does not answer any more. */
  readonly gone = signal(false);
  /** What is being done, and why something was not done; '' for nothing. */
  readonly doing = signal('');
  readonly refusal = signal('');
  readonly #state: State;
  /** The page's number of each row. */
  readonly #ofRow: Uint32Array;
  #asking = new AbortController();

  constructor(state: State) {
    this.#state = state;
    const { row, count: objects } = state.objects;
    this.#ofRow = new Uint32Array(objects);
    for (let i = 0; i < objects; i++) this.#ofRow[row[i]] = i;
  }

  /** Looks whether the server answers; while it does not, again every few seconds. */
  async look(): Promise<void> {
    try {
      const response = await fetch('health');
      if (response.ok) {
        this.fitted.value = ((await response.json()) as { modalities: Fitted[] }).modalities;
        this.gone.value = false;
        return;
      }
    } catch {
      // Below.
    }
    this.gone.value = this.fitted.value !== null;
    setTimeout(() => void this.look(), LOOK_AGAIN_MS);
  }

  /** Places what a file holds: vectors as .npy or JSON, or a picture. */
  file(file: File, modality: string): Promise<void> {
    return this.#place(file.name, async () => {
      const body = await bodyOf(file, modality, this.fitted.value ?? []);
      if (typeof body === 'string') throw new Refusal(body);
      const query = body.modality === undefined ? '' : `?modality=${encodeURIComponent(body.modality)}`;
      const answer = await this.#ask(`place${query}`, {
        method: 'POST',
        body: body.content,
        headers: { 'content-type': body.type },
      });
      const { places } = answer as { places: PlaceAnswer[] };
      return places.map((place, i) => {
        const name = places.length === 1 ? file.name : `${file.name}, row ${i}`;
        return this.#placed(name, body.modality ?? body.kind, place);
      });
    });
  }

  /** How certain the place of a known object is. */
  known(i: number): Promise<void> {
    const { objects } = this.#state;
    const modality = objects.meta.modalities[objects.modality[i]];
    const path = `objects/${encodeURIComponent(idOf(objects, i))}/place?modality=${encodeURIComponent(modality)}`;
    return this.#place(nameOf(objects, i), async () => {
      const place = (await this.#ask(path, {})) as PlaceAnswer;
      return [this.#placed(nameOf(objects, i), modality, place)];
    });
  }

  cancel(): void {
    this.#asking.abort();
  }

  async #place(name: string, work: () => Promise<Placed[]>): Promise<void> {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.refusal.value = '';
    this.doing.value = `Placing ${name}`;
    try {
      const found = await work();
      if (signal.aborted) return;
      this.#state.place(found.slice(0, MOST_PLACED), MOST_PLACED);
      if (found.length > MOST_PLACED)
        this.refusal.value = `The first ${MOST_PLACED} of ${count(found.length)} places are listed.`;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Refusal)) throw error;
      this.refusal.value = error.message;
    } finally {
      if (signal === this.#asking.signal) this.doing.value = '';
    }
  }

  /** The server's answer. A busy server is asked again when it says so. */
  async #ask(path: string, init: RequestInit): Promise<unknown> {
    const { signal } = this.#asking;
    const doing = this.doing.value;
    for (let attempt = 1; ; attempt++) {
      let response: Response;
      try {
        response = await fetch(path, { ...init, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        void this.look();
        throw new Refusal('The server did not answer.');
      }
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      if (response.status !== 503 || attempt === ATTEMPTS)
        throw new Refusal(answer.error ?? `The server answered with status ${response.status}.`);
      const seconds = Number(response.headers.get('retry-after')) || 1;
      this.doing.value = `The server is busy. Trying again in ${seconds} s.`;
      await new Promise((resolve) => {
        setTimeout(resolve, seconds * 1000);
        signal.addEventListener('abort', resolve);
      });
      signal.throwIfAborted();
      this.doing.value = doing;
    }
  }

  #placed(name: string, modality: string, answer: PlaceAnswer): Placed {
    const { meta } = this.#state.objects;
    return {
      name,
      modality,
      x: (answer.x - meta.origin[0]) / meta.unit,
      y: (meta.origin[1] - answer.y) / meta.unit,
      answer,
      witnesses: Uint32Array.from(answer.witnesses, (row) => this.#ofRow[row]),
      near: Object.entries(answer.neighbors).flatMap(([kind, objects]) =>
        objects.map(({ row, proximity }) => ({
          i: this.#ofRow[row],
          modality: meta.modalities.indexOf(kind),
          proximity,
        })),
      ),
    };
  }
}

/** How many of the witnesses are of the same cluster as the place. */
export function agreeing({ cluster }: Objects, { answer, witnesses }: Placed): number {
  return witnesses.reduce((sum, i) => sum + Number(cluster[i] === answer.cluster), 0);
}
