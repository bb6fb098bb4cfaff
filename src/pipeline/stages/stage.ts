import { createHash } from 'node:crypto';
import type { Json, ModelState } from '../../models/model-state.ts';
import { native } from '../../native/loader.ts';
import type { OnProgress, Progress } from '../../progress.ts';
import { packageVersion } from '../run/version.ts';

/** One step of the pipeline: a pure function of its parameters and of the results of the stages before it. */
export interface Stage<T> {
  /** Names the stage's files. */
  readonly name: string;
  /** Raised whenever the same parameters and inputs give another result than before. */
  readonly version: number;
  /** Everything that decides the result in addition to its inputs. Never the number of threads: results do not depend on it. */
  readonly parameters: Json;
  /** Decides names and labels in the result. If it changes, later stages that only use the vectors are kept. */
  readonly names?: Json;
  /** Keys of the stages whose results are used. */
  readonly inputs: readonly string[];
  /** Fails if `compute` would, as far as that can be known before. */
  check?(): Promise<void>;
  compute(report: OnProgress): Promise<T>;
  /** The result as named arrays and plain values, and back. The stage chooses kind and version. */
  pack(result: T): ModelState;
  unpack(state: ModelState): T;
}

/** Time and memory of one stage. */
export interface StageCost {
  readonly name: string;
  readonly seconds: number;
  /** Resident memory of the process after the stage, in bytes, and the largest until then. */
  readonly residentBytes: number;
  readonly peakBytes: number;
}

/** The record of a stage that has ended. */
export interface FinishedStage extends StageCost {
  /** Whether the result and its cost come from an earlier run. */
  readonly cached: boolean;
}

/** The progress of a stage. */
export interface StageProgress extends Progress {
  /** The stage's name; `fraction` is its share. */
  readonly phase: string;
  /** The current phase of the call in the stage. */
  readonly step: string;
  /** Rows read so far, while a source is gathered. */
  readonly rows?: number;
}

/** Called as stages progress. An error that it throws ends the run. */
export interface StageListener {
  started?(name: string): void;
  progressed?(progress: StageProgress): void;
  finished?(stage: FinishedStage): void;
}

/** Keeps results of stages between runs. */
export interface StageStore {
  /** The result under this key; undefined if there is none or it is damaged. */
  read(name: string, key: string): Promise<{ state: ModelState; cost: StageCost } | undefined>;
  write(name: string, key: string, state: ModelState, cost: StageCost): Promise<void>;
}

/** A stage's result, and its keys for later stages. */
export interface StageResult<T> {
  readonly value: T;
  /** For stages that do not use its names. */
  readonly key: string;
  /** For stages that use all of it. */
  readonly keyWithNames: string;
}

/** Runs stages one after another. Results that were computed before come from the store. */
export class StageRunner {
  readonly finished: FinishedStage[] = [];
  readonly #store: StageStore | undefined;
  readonly #listener: StageListener;

  constructor(store: StageStore | undefined, listener: StageListener = {}) {
    this.#store = store;
    this.#listener = listener;
  }

  /** Fails now if one of the stages that must be computed is known to fail. */
  async check(stages: readonly (KeyedStage & Pick<Stage<never>, 'check'>)[]): Promise<void> {
    for (const stage of stages) {
      if (stage.check === undefined) continue;
      const kept = await this.#store?.read(stage.name, keysOf(stage).keyWithNames);
      if (kept === undefined) await stage.check();
    }
  }

  async run<T>(stage: Stage<T>): Promise<StageResult<T>> {
    const { name } = stage;
    const { key, keyWithNames } = keysOf(stage);
    this.#listener.started?.(name);
    const kept = await this.#store?.read(name, keyWithNames);
    if (kept !== undefined) {
      const value = stage.unpack(kept.state);
      this.#finish({ ...kept.cost, cached: true });
      return { value, key, keyWithNames };
    }
    const start = performance.now();
    const state = stage.pack(await stage.compute(this.#progress(name)));
    const cost = costSince(start, name);
    await this.#store?.write(name, keyWithNames, state, cost);
    this.#finish({ ...cost, cached: false });
    // Later stages always see the packed and unpacked result, so a resumed run ends like one that was never stopped.
    return { value: stage.unpack(throughJson(state)), key, keyWithNames };
  }

  /** Runs a step whose result is not kept, such as the writing of files: only its time and memory are recorded. */
  async runUnkept<T>(name: string, compute: () => Promise<T>): Promise<T> {
    this.#listener.started?.(name);
    const start = performance.now();
    const result = await compute();
    this.#finish({ ...costSince(start, name), cached: false });
    return result;
  }

  /** Makes sure that a stage's fractions never fall, even if a user's source reports that. */
  #progress(stage: string): OnProgress {
    let most = 0;
    return ({ phase, fraction, ...more }) => {
      most = Math.min(1, Math.max(most, fraction));
      this.#listener.progressed?.({ ...more, phase: stage, fraction: most, step: phase });
    };
  }

  #finish(stage: FinishedStage): void {
    this.finished.push(stage);
    this.#listener.finished?.(stage);
  }
}

/** Time and memory of the process since `start`, a `performance.now()`. */
export function costSince(start: number, name: string): StageCost {
  return {
    name,
    seconds: (performance.now() - start) / 1000,
    residentBytes: process.memoryUsage.rss(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** Values as they would be read from a file, where for example NaN is null. Arrays keep every bit and are not copied. */
function throughJson(state: ModelState): ModelState {
  return { ...state, values: JSON.parse(JSON.stringify(state.values)) as ModelState['values'] };
}

/**
 * A hash of everything that decides the stage's result except its names. It includes the version of the package and the
 * instruction set, because another version or machine can compute other bits.
 */
export function stageKey({ name, version, parameters, inputs }: Omit<KeyedStage, 'names'>): string {
  const { simd, blas } = native();
  return hashOf([packageVersion, simd, blas, name, version, parameters, inputs]);
}

/** What decides the key of a stage's result. */
type KeyedStage = Pick<Stage<never>, 'name' | 'version' | 'parameters' | 'names' | 'inputs'>;

function keysOf(stage: KeyedStage): Pick<StageResult<never>, 'key' | 'keyWithNames'> {
  const key = stageKey(stage);
  return { key, keyWithNames: stage.names === undefined ? key : hashOf([key, stage.names]) };
}

function hashOf(values: Json): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}
