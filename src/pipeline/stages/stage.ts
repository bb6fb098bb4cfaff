import { createHash } from 'node:crypto';
import type { Json, ModelState } from '../../models/model-state.ts';
import { native } from '../../native/loader.ts';
import type { OnProgress, Progress } from '../../progress.ts';
import { packageVersion } from '../run/version.ts';

/** One step of the pipeline: a pure function of its parameters and of the results of the stages before it. */
export interface Stage<T> {
  /** Names the stage's files. */
  readonly name: string;
  /** Raised whenever the same parameters and inputs would give another result than before. */
  readonly version: number;
  /** All that decides the result besides its inputs. Never the number of threads: results do not depend on it. */
  readonly parameters: Json;
  /** Decides names and labels in the result: later stages that only use its vectors stay as they are when it changes. */
  readonly names?: Json;
  /** Keys of the stages whose results are used. */
  readonly inputs: readonly string[];
  compute(report: OnProgress): Promise<T>;
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
}

/** What is known of a stage that has ended. */
export interface FinishedStage extends StageCost {
  /** Whether the result, and what it took, came from an earlier run. */
  readonly cached: boolean;
}

/** How far a stage is. */
export interface StageProgress extends Progress {
  /** The stage's name; `fraction` is its share. */
  readonly phase: string;
  /** What the stage does now: the phase of the call that it consists of. */
  readonly step: string;
  /** Rows read so far, where a source is gathered. */
  readonly rows?: number;
}

/** Called about stages as they go. An error that it throws ends the run. */
export interface StageListener {
  started?(name: string): void;
  progressed?(progress: StageProgress): void;
  finished?(stage: FinishedStage): void;
}

/** Where results of stages are kept between runs. */
export interface StageStore {
  /** The result kept under this key, or undefined when there is none that is whole. */
  read(name: string, key: string): Promise<{ state: ModelState; cost: StageCost } | undefined>;
  write(name: string, key: string, state: ModelState, cost: StageCost): Promise<void>;
}

/** A stage's result, and the keys by which later stages refer to it. */
export interface StageResult<T> {
  readonly value: T;
  /** For stages that do not use its names. */
  readonly key: string;
  /** For stages that use all of it. */
  readonly keyWithNames: string;
}

/** Runs stages one after another, taking from the store what was computed before. */
export class StageRunner {
  readonly finished: FinishedStage[] = [];
  readonly #store: StageStore | undefined;
  readonly #listener: StageListener;

  constructor(store: StageStore | undefined, listener: StageListener = {}) {
    this.#store = store;
    this.#listener = listener;
  }

  async run<T>(stage: Stage<T>): Promise<StageResult<T>> {
    const { name } = stage;
    const key = stageKey(stage);
    const keyWithNames = stage.names === undefined ? key : hashOf([key, stage.names]);
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
    // What later stages see has been packed and unpacked, kept or not: a run that goes on ends as one that never stopped.
    return { value: stage.unpack(throughJson(state)), key, keyWithNames };
  }

  /** For a stage whose fractions never fall, whatever sources of others may say. */
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

/** What the process took since `start`, by `performance.now()`. */
export function costSince(start: number, name: string): StageCost {
  return {
    name,
    seconds: (performance.now() - start) / 1000,
    residentBytes: process.memoryUsage.rss(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** Values as they come back from a file, where for instance NaN is null. Arrays keep every bit there, and are not copied. */
function throughJson(state: ModelState): ModelState {
  return { ...state, values: JSON.parse(JSON.stringify(state.values)) as ModelState['values'] };
}

/**
 * A hash of everything that decides the stage's result but its names. The version of the package and the instruction set are part of it: what
 * a later one or another machine computes need not have the same bits.
 */
export function stageKey({
  name,
  version,
  parameters,
  inputs,
}: Pick<Stage<never>, 'name' | 'version' | 'parameters' | 'inputs'>): string {
  const { simd, blas } = native();
  return hashOf([packageVersion, simd, blas, name, version, parameters, inputs]);
}

function hashOf(parts: Json): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
