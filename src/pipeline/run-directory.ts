import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { removeTemporaryFiles, writeFileAtomically } from '../formats/atomic-file.ts';
import { stateFromBytes, stateToBytes } from '../model-file.ts';
import type { ModelState } from '../model-state.ts';
import type { StageCost, StageStore } from './stage.ts';

const STAGES = 'stages';
const MODEL = 'model';
const LOCK = '.lock';

/** Another process is writing to the run directory. */
export class RunInProgressError extends Error {
  override readonly name = 'RunInProgressError';
}

/** What stands beside the result of a stage: written after it, and only then does the result count. */
interface StageRecord {
  readonly key: string;
  readonly sha256: string;
  readonly cost: Omit<StageCost, 'cached'>;
}

/**
 * The directory of one run: results of its stages under stages/, the model under model/, outputs beside them. Every
 * file is written atomically; one process writes at a time.
 */
export class RunDirectory implements StageStore {
  readonly path: string;
  readonly #lock: FileHandle;

  private constructor(path: string, lock: FileHandle) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Opens (makes, if need be) a directory for one run; call `close` when done.
   *
   * @param fresh - forget the results of earlier runs.
   * @throws RunInProgressError while another process holds it; the error of the file system.
   */
  static async open(path: string, { fresh = false } = {}): Promise<RunDirectory> {
    path = resolve(path);
    await mkdir(path, { recursive: true });
    const lock = await takeLock(path);
    try {
      for (const folder of [STAGES, MODEL]) await mkdir(join(path, folder), { recursive: true });
      for (const folder of ['.', STAGES, MODEL]) await removeTemporaryFiles(join(path, folder));
      if (fresh) {
        await rm(join(path, STAGES), { recursive: true, force: true });
        await mkdir(join(path, STAGES));
      }
    } catch (error) {
      await releaseLock(path, lock);
      throw error;
    }
    return new RunDirectory(path, lock);
  }

  async close(): Promise<void> {
    await releaseLock(this.path, this.#lock);
  }

  /** Writes one output file; `name` is relative to the directory and chosen by the program, never by data. */
  async writeOutput(name: string, bytes: Uint8Array | string): Promise<void> {
    await writeFileAtomically(join(this.path, name), bytes);
  }

  async read(name: string, key: string): Promise<{ state: ModelState; cost: StageCost } | undefined> {
    const file = this.#file(name, 'safetensors');
    let record: StageRecord;
    let bytes: Buffer;
    try {
      record = JSON.parse(await readFile(this.#file(name, 'json'), 'utf8')) as StageRecord;
      if (record?.key !== key) return undefined;
      bytes = await readFile(file);
    } catch (error) {
      // Missing, or damaged so that it is no JSON: to be computed again. What cannot be read for other reasons is told.
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
        return undefined;
      throw error;
    }
    if (sha256(bytes) !== record.sha256) return undefined;
    return { state: stateFromBytes(bytes, file), cost: { ...record.cost, cached: true } };
  }

  async write(name: string, key: string, state: ModelState, cost: StageCost): Promise<void> {
    const bytes = stateToBytes(state);
    const { cached: _, ...spent } = cost;
    const record: StageRecord = { key, sha256: sha256(bytes), cost: spent };
    await writeFileAtomically(this.#file(name, 'safetensors'), bytes);
    await writeFileAtomically(this.#file(name, 'json'), `${JSON.stringify(record, null, 1)}\n`);
  }

  #file(stage: string, extension: string): string {
    return join(this.path, STAGES, `${stage}.${extension}`);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Makes the lock file with this process' identity in it; takes over one whose process is gone. */
async function takeLock(path: string): Promise<FileHandle> {
  const file = join(path, LOCK);
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(JSON.stringify(await identityOf(process.pid)));
      return handle;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readHolder(file);
    if (holder !== undefined && (await isAlive(holder))) {
      throw new RunInProgressError(
        `Another run (process ${holder.pid}) is writing to ${path}. Wait for it, or choose another directory with -o`,
      );
    }
    await rm(file, { force: true });
  }
  throw new RunInProgressError(`Several runs want to write to ${path} at the same time`);
}

async function releaseLock(path: string, lock: FileHandle): Promise<void> {
  await lock.close();
  await rm(join(path, LOCK), { force: true });
}

/** A process, told apart from a later one with the same number by the time it started, where the system shows it. */
interface Identity {
  readonly pid: number;
  readonly started: string;
}

async function identityOf(pid: number): Promise<Identity> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses that may hold blanks; the start time is the twentieth after it.
    return { pid, started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] };
  } catch {
    return { pid, started: '' };
  }
}

async function readHolder(file: string): Promise<Identity | undefined> {
  // A lock that was just made may not have its contents yet.
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      const holder = JSON.parse(await readFile(file, 'utf8')) as Identity;
      if (Number.isSafeInteger(holder.pid) && typeof holder.started === 'string') return holder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    }
    await new Promise((wake) => setTimeout(wake, 20));
  }
  return undefined;
}

async function isAlive(holder: Identity): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = await identityOf(holder.pid);
  return now.started === '' || holder.started === '' || now.started === holder.started;
}
