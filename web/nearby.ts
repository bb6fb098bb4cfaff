import { signal } from '@preact/signals';
import { KIN } from '../src/page/format.ts';
import { MOST_TWINNED } from '../src/page/twins.ts';
import { idOf, type Objects } from './data.ts';
import { type NearAnswer, pathOf, Refusal, type Server } from './server.ts';
import { firstOf, inDegree, type Near, packedNear } from './twins.ts';

/** The nearest objects of every modality: those that the page holds or, in a large run, those that its server answers. */
export class Nearby {
  readonly #objects: Objects;
  readonly #server: Server | undefined;
  readonly #answers = signal<ReadonlyMap<number, readonly Near[]>>(new Map());
  readonly #asked = new Map<number, Promise<void>>();
  readonly #refusal = signal('');

  constructor(objects: Objects, server: Server | undefined) {
    this.#objects = objects;
    this.#server = server;
  }

  /** Nearest first in each modality; empty where they are not known (yet). */
  of(i: number): readonly Near[] {
    return this.#objects.twins ? packedNear(this.#objects, i) : (this.#answers.value.get(i) ?? []);
  }

  /** The first twin in each other modality. */
  firstTwins(i: number): number[] {
    return firstOf(this.of(i), this.#objects.modality[i]);
  }

  /** Whether each is the other's first twin in its modality. */
  areMutual(a: number, b: number): boolean {
    return this.firstTwins(a).includes(b) && this.firstTwins(b).includes(a);
  }

  /** Of how many objects this one is the first twin; undefined if the page does not know it. */
  inDegree(i: number): number | undefined {
    return this.#objects.twins && inDegree(this.#objects, i);
  }

  /** Why there is nothing near an object; '' if there is. */
  missing(i: number): string {
    if (this.#objects.twins || this.#answers.value.has(i) || this.#objects.count < 2) return '';
    if (this.#server !== undefined) return this.#refusal.value || 'Asking the server for its twins.';
    const most = MOST_TWINNED.toLocaleString('en-US');
    return `A file has no room for the twins of more than ${most} objects. The command god view shows them.`;
  }

  /** Sees to it that the neighbors of an object and of its first twins are known, where there is a server to ask. */
  async want(i: number): Promise<void> {
    if (this.#objects.twins || this.#server === undefined) return;
    await this.#ask(i, this.#server);
    await Promise.all(this.firstTwins(i).map((twin) => this.#ask(twin, this.#server as Server)));
  }

  #ask(i: number, server: Server): Promise<void> {
    let asked = this.#asked.get(i);
    if (asked === undefined) {
      asked = this.#answer(i, server);
      this.#asked.set(i, asked);
    }
    return asked;
  }

  async #answer(i: number, server: Server): Promise<void> {
    const { meta, modality } = this.#objects;
    const path = pathOf(meta.modalities[modality[i]], idOf(this.#objects, i), 'neighbors');
    try {
      const k = Math.min(KIN, this.#objects.count);
      const { neighbors } = (await server.ask(`${path}&k=${k}`, {})) as { neighbors: NearAnswer };
      this.#answers.value = new Map(this.#answers.value).set(i, server.nearOf(neighbors));
      this.#refusal.value = '';
    } catch (error) {
      this.#asked.delete(i);
      if (!(error instanceof Refusal)) throw error;
      this.#refusal.value = error.message;
    }
  }
}
