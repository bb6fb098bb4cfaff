import { watchMemory } from './memory.ts';

// What bench/run.ts measures. A file in bench/cases exports `cases`: one case for each kernel and size, with this
// package and its peers as contenders. All contenders of a case get the same data, and their runs alternate, so that
// a noisy minute hits all of them.

/** What one run gave. */
export interface Measurement {
  /** Time of the work itself: without making the data, converting it for a peer, or loading a library. */
  readonly seconds: number;
  /** How good the result was, e.g. { kl: 2.07 } or { eigenvalueError: 4e-7 }; the last run's is reported. */
  readonly quality?: Quality;
  /** By how much the process had grown at its peak during the work; its input was there before. The largest is reported. */
  readonly peakBytes?: number;
}

export type Origin = 'npm' | 'Python';

/** One implementation of a case's work. */
export interface Contender {
  /** E.g. 'scikit-learn 1.9.1, full'. {@link ours} for this package; `${ours}, 500 iterations` for another setting of it. */
  readonly name: string;
  /** Where a peer comes from. */
  readonly from?: Origin;
  /** Takes more than a few seconds: left out of `--quick`. */
  readonly slow?: boolean;
  run(): Promise<Measurement>;
  close?(): void;
}

/** The speed that a case must reach in the same run. */
export interface Bar {
  /** Start of the name of the contender that `atLeast` refers to. */
  readonly against: string;
  /** Its time divided by ours must be at least this. */
  readonly atLeast: number;
  /**
   * Whether a result of ours is as good as the peer's. The fastest contender of ours for which it holds is judged; without it,
   * the one that is called {@link ours} alone.
   */
  readonly qualifies?: (own: Quality, peer: Quality) => boolean;
}

export type Quality = Readonly<Record<string, number>>;

/** What {@link ours} must stay within. */
export interface Limits {
  readonly seconds?: number;
  readonly bytes?: number;
}

export interface BenchCase {
  /** As in the names of files: 'pca', 'tsne', ... */
  readonly kernel: string;
  /** What is computed, on how much: '20000 x 512 to 100 components'. */
  readonly title: string;
  /** Part of `--quick`: its contenders that are not slow take a few seconds together. */
  readonly quick?: boolean;
  /** Shown in the README's table. */
  readonly headline?: boolean;
  readonly bars?: readonly Bar[];
  readonly limits?: Limits;
  /** Threads on both sides, where the case says so itself. */
  readonly threads?: number;
  /** Makes the data and prepares the contenders that are installed; names those that are not by `absent(...)`. */
  contenders(setup: Setup): Promise<readonly (Contender | Absent)[]>;
}

export interface Setup {
  readonly threads: number;
  /** A folder for data handed to other programs; emptied when the case ends. */
  readonly folder: string;
}

/** A contender that cannot run here, and why. */
export interface Absent {
  readonly name: string;
  readonly from?: Origin;
  readonly absent: string;
}

export const ours = 'global-object-embedder';

/** Times `work` and measures the quality of what it gave outside of the time. */
export async function timed<T>(
  work: () => T | Promise<T>,
  quality?: (result: T) => Record<string, number>,
): Promise<Measurement> {
  const grown = watchMemory();
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const peakBytes = grown();
  return { seconds, peakBytes, quality: quality?.(result) };
}

/** A contender that is an npm package of bench/package.json; `use` gets the loaded module. */
export async function npmPeer(
  name: string,
  use: (module: Record<string, unknown>) => Omit<Contender, 'name'>,
): Promise<Contender | Absent> {
  try {
    const module = (await import(name)) as Record<string, unknown>;
    const { version } = await packageManifest(name);
    return { name: `${name} ${version}`, from: 'npm', ...use(module) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return { name, from: 'npm', absent: 'not installed: npm install --prefix bench --ignore-scripts' };
  }
}

async function packageManifest(name: string): Promise<{ version: string }> {
  const { readFile } = await import('node:fs/promises');
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as { version: string };
}
