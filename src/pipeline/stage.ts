import { createHash } from 'node:crypto';
import type { Json, ModelState } from '../model-state.ts';

/** One step of the pipeline: a pure function of its parameters and of the results of the stages before it. */
export interface Stage<T> {
  /** Names the stage's files; letters, digits and `-`. */
  readonly name: string;
  /** Raised whenever the same parameters and inputs would give another result than before. */
  readonly version: number;
  /** All that decides the result besides its inputs. Never the number of threads: results do not depend on it. */
  readonly parameters: Json;
  /** Keys of the stages whose results are used. */
  readonly inputs: readonly string[];
  compute(report: (fraction: number) => void): Promise<T>;
  /** The result as named arrays and plain values, and back. Kind and version are the stage's to choose. */
  pack(result: T): ModelState;
  unpack(state: ModelState): T;
}

/** What one stage took. */
export interface StageCost {
  readonly name: string;
  readonly seconds: number;
  /** Resident memory of the process after the stage, in bytes, and the largest it had been until then. */
  readonly residentBytes: number;
  readonly peakBytes: number;
  /** Whether the result came from an earlier run. */
  readonly cached: boolean;
}

/** Told about stages as they go. */
export interface StageListener {
  started?(name: string): void;
  progressed?(name: string, fraction: number): void;
  finished?(cost: StageCost): void;
}

/** Where results of stages are kept between runs. */
export interface StageStore {
  /** The result kept under this key, or undefined when there is none that is whole. */
  read(name: string, key: string): Promise<{ state: ModelState; cost: StageCost } | undefined>;
  write(name: string, key: string, state: ModelState, cost: StageCost): Promise<void>;
}

/** A stage's result, and the key by which later stages refer to it. */
export interface StageResult<T> {
  readonly value: T;
  readonly key: string;
}

/** Runs stages one after another, taking from the store what was computed before. */
export class StageRunner {
  readonly costs: StageCost[] = [];
  readonly #store: StageStore | undefined;
  readonly #listener: StageListener;

  constructor(store: StageStore | undefined, listener: StageListener = {}) {
    this.#store = store;
    this.#listener = listener;
  }

  async run<T>(stage: Stage<T>): Promise<StageResult<T>> {
    const { name } = stage;
    const key = stageKey(stage);
    this.#listener.started?.(name);
    const kept = await this.#store?.read(name, key);
    if (kept !== undefined) {
      const value = stage.unpack(kept.state);
      this.#finish({ ...kept.cost, cached: true });
      return { value, key };
    }
    const start = performance.now();
    const value = await stage.compute((fraction) => this.#listener.progressed?.(name, fraction));
    const cost: StageCost = {
      name,
      seconds: (performance.now() - start) / 1000,
      residentBytes: process.memoryUsage.rss(),
      peakBytes: process.resourceUsage().maxRSS * 1024,
      cached: false,
    };
    await this.#store?.write(name, key, stage.pack(value), cost);
    this.#finish(cost);
    return { value, key };
  }

  #finish(cost: StageCost): void {
    this.costs.push(cost);
    this.#listener.finished?.(cost);
  }
}

/** A hash of everything that decides the stage's result. */
export function stageKey({
  name,
  version,
  parameters,
  inputs,
}: Omit<Stage<never>, 'compute' | 'pack' | 'unpack'>): string {
  return createHash('sha256')
    .update(JSON.stringify([name, version, parameters, inputs]))
    .digest('hex');
}
