import { signal } from '@preact/signals';
import type { Objects } from './data.ts';
import type { Near } from './twins.ts';

/** How often a busy server is asked again. */
const ATTEMPTS = 6;
const LOOK_AGAIN_MS = 3000;

/** A modality that the server can place, as /health lists it. */
export interface Fitted {
  readonly name: string;
  readonly columns: number;
}

/** Near objects by modality, as the server answers. */
export type NearAnswer = Readonly<Record<string, readonly { row: number; proximity: number }[]>>;

/** The server refused: its sentence is for the reader. */
export class Refusal extends Error {}

/** The server that the page came from. It names objects by their rows, the page by its own numbers. */
export class Server {
  /** What can be placed; null until the server has answered. */
  readonly fitted = signal<readonly Fitted[] | null>(null);
  /** Whether the server does not answer any more. */
  readonly gone = signal(false);
  readonly #modalities: readonly string[];
  /** The page's number of each row. */
  readonly #ofRow: Uint32Array;

  constructor({ row, count, meta }: Objects) {
    this.#modalities = meta.modalities;
    this.#ofRow = new Uint32Array(count);
    for (let i = 0; i < count; i++) this.#ofRow[row[i]] = i;
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

  /**
   * The server's answer. A busy server is asked again when it says so.
   *
   * @param onWait - called with the seconds until then.
   * @throws Refusal; the reason of `signal` in `init`.
   */
  async ask(path: string, init: RequestInit, onWait?: (seconds: number) => void): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      let response: Response;
      try {
        response = await fetch(path, init);
      } catch (error) {
        if (init.signal?.aborted) throw error;
        void this.look();
        throw new Refusal('The server did not answer.');
      }
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      if (response.status !== 503 || attempt === ATTEMPTS)
        throw new Refusal(answer.error ?? `The server answered with status ${response.status}.`);
      const seconds = Number(response.headers.get('retry-after')) || 1;
      onWait?.(seconds);
      await new Promise((resolve) => {
        setTimeout(resolve, seconds * 1000);
        init.signal?.addEventListener('abort', resolve);
      });
      init.signal?.throwIfAborted();
    }
  }

  /** The page's numbers of rows. */
  numbersOf(rows: readonly number[]): Uint32Array {
    return Uint32Array.from(rows, (row) => this.#ofRow[row]);
  }

  nearOf(answer: NearAnswer): Near[] {
    return Object.entries(answer).flatMap(([modality, objects]) =>
      objects.map(({ row, proximity }) => ({
        i: this.#ofRow[row],
        modality: this.#modalities.indexOf(modality),
        proximity,
      })),
    );
  }
}

/** Path of what the server knows about an object. */
export function pathOf(modality: string, id: string, what: 'neighbors' | 'place'): string {
  return `objects/${encodeURIComponent(id)}/${what}?modality=${encodeURIComponent(modality)}`;
}
