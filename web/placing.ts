import { signal } from '@preact/signals';
import { count } from '../src/figures/drawing/format.ts';
import { idOf, nameOf, type Objects } from './data.ts';
import { bodyOf } from './placing-body.ts';
import { type NearAnswer, pathOf, Refusal, type Server } from './server.ts';
import type { State } from './state.ts';
import type { Near } from './twins.ts';

/** Most placed objects that are kept. */
export const MOST_PLACED = 50;

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
  readonly neighbors: NearAnswer;
}

/** Places objects by the server that the page came from. */
export class Placing {
  /** What is being done, and why something was not done; '' for nothing. */
  readonly doing = signal('');
  readonly refusal = signal('');
  readonly server: Server;
  readonly #state: State;
  #asking = new AbortController();

  constructor(state: State, server: Server) {
    this.#state = state;
    this.server = server;
  }

  /** Places what a file holds: vectors as .npy or JSON, or a picture. */
  file(file: File, modality: string): Promise<void> {
    return this.#place(file.name, async () => {
      const body = await bodyOf(file, modality, this.server.fitted.value ?? []);
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
    return this.#place(nameOf(objects, i), async () => {
      const place = (await this.#ask(pathOf(modality, idOf(objects, i), 'place'), {})) as PlaceAnswer;
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

  async #ask(path: string, init: RequestInit): Promise<unknown> {
    const { signal } = this.#asking;
    const doing = this.doing.value;
    const answer = await this.server.ask(path, { ...init, signal }, (seconds) => {
      this.doing.value = `The server is busy. Trying again in ${seconds} s.`;
    });
    if (!signal.aborted) this.doing.value = doing;
    return answer;
  }

  #placed(name: string, modality: string, answer: PlaceAnswer): Placed {
    const { meta } = this.#state.objects;
    return {
      name,
      modality,
      x: (answer.x - meta.origin[0]) / meta.unit,
      y: (meta.origin[1] - answer.y) / meta.unit,
      answer,
      witnesses: this.server.numbersOf(answer.witnesses),
      near: this.server.nearOf(answer.neighbors),
    };
  }
}

/** How many of the witnesses are of the same cluster as the place. */
export function agreeing({ cluster }: Objects, { answer, witnesses }: Placed): number {
  return witnesses.reduce((sum, i) => sum + Number(cluster[i] === answer.cluster), 0);
}
