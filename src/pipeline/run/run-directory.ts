import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder, type Put, removeTemporaryFiles, replaceFiles } from '../../files/atomic-file.ts';
import { lockDirectory } from '../../files/folder-lock.ts';
import { sha256 } from '../../files/hash.ts';
import { readWhole } from '../../files/read.ts';
import { stateFromBytes, stateToChunks } from '../../models/model-file.ts';
import type { ModelState } from '../../models/model-state.ts';
import type { StageCost, StageStore } from '../stages/stage.ts';

const STAGES = 'stages';
const MODEL = 'model';

/** The record beside a stage's result. It is written after the result, which is valid only with it. */
interface StageRecord {
  readonly key: string;
  readonly cost: StageCost;
  /** Hash of key, cost and result: shows a record or result that is damaged or does not belong to the other. */
  readonly seal: string;
}

/**
 * The directory of one run: results of its stages under stages/, the model under model/, outputs beside them. Every
 * file is written atomically; one process writes at a time.
 */
export class RunDirectory implements StageStore {
  readonly path: string;
  readonly #release: () => Promise<void>;

  private constructor(path: string, release: () => Promise<void>) {
    this.path = path;
    this.#release = release;
  }

  /**
   * Opens a directory for one run, which is made if needed. Call `close` when done.
   *
   * @param fresh - forget the results of earlier runs.
   * @throws RunInProgressError while another process holds it; the error of the file system.
   */
  static async open(path: string, { fresh = false } = {}): Promise<RunDirectory> {
    path = resolve(path);
    await makeFolder(path);
    const release = await lockDirectory(path);
    try {
      for (const folder of [STAGES, MODEL]) await makeFolder(join(path, folder));
      for (const folder of ['.', STAGES, MODEL]) await removeTemporaryFiles(join(path, folder));
      if (fresh) await removeStages(join(path, STAGES));
    } catch (error) {
      await release();
      throw error;
    }
    return new RunDirectory(path, release);
  }

  async close(): Promise<void> {
    await this.#release();
  }

  /**
   * Replaces all outputs together, or none if `write` fails. Names are relative to the directory; the program chooses them,
   * never the data.
   */
  async replaceOutputs<T>(write: (put: Put) => Promise<T>): Promise<T> {
    return replaceFiles((put) => write((name, contents) => put(join(this.path, name), contents)));
  }

  async read(name: string, key: string): Promise<{ state: ModelState; cost: StageCost } | undefined> {
    const text = await readIfThere(this.#file(name, 'json'));
    const record = text === undefined ? undefined : parseRecord(text.toString());
    if (record?.key !== key) return undefined;
    const file = this.#file(name, 'safetensors');
    const bytes = await readIfThere(file);
    if (bytes === undefined || (await sealOf(record, bytes)) !== record.seal) return undefined;
    return { state: stateFromBytes(bytes, file), cost: record.cost };
  }

  async write(name: string, key: string, state: ModelState, cost: StageCost): Promise<void> {
    const chunks = stateToChunks(state);
    const record: StageRecord = { key, cost, seal: await sealOf({ key, cost }, ...chunks) };
    await replaceFiles(async (put) => {
      await put(this.#file(name, 'safetensors'), chunks);
      await put(this.#file(name, 'json'), `${JSON.stringify(record, null, 1)}\n`);
    });
  }

  /**
   * Names of stages contain names of modalities, which come from the user: characters that could lead out of the folder are
   * written in hexadecimal.
   */
  #file(stage: string, extension: string): string {
    const safe = stage.replace(/[^A-Za-z0-9-]/g, (unit) => `%${unit.charCodeAt(0).toString(16)}`);
    return join(this.path, STAGES, `${safe}.${extension}`);
  }
}

/** @throws DataError for a file that exists but cannot be read. */
async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readWhole(file);
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    if (cause?.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseRecord(text: string): StageRecord | undefined {
  try {
    return JSON.parse(text) as StageRecord;
  } catch {
    return undefined;
  }
}

function sealOf({ key, cost }: Omit<StageRecord, 'seal'>, ...bytes: Uint8Array[]): Promise<string> {
  return sha256(`${JSON.stringify([key, cost])}\n`, ...bytes);
}

/** Removes results with their records, and nothing else in the folder. */
async function removeStages(folder: string): Promise<void> {
  const entries = new Set(await readdir(folder));
  for (const entry of entries) {
    const result = entry.replace(/\.json$/, '.safetensors');
    if (result === entry || !entries.has(result)) continue;
    await rm(join(folder, entry));
    await rm(join(folder, result));
  }
}
