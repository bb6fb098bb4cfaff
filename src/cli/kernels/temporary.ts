import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DataError } from '../../errors.ts';

/** A file to write. */
export interface Target {
  readonly path: string;
  /** The format that was asked for; undefined: that of the name's ending. */
  readonly format: string | undefined;
}

/** Standard input and output as files, which formats need: a header can say how many rows follow. */
export class TemporaryFiles {
  #folder: string | undefined;
  #input: string | undefined;

  /** Standard input as a file. */
  async spool(stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<string> {
    this.#input = join(await this.#made(), 'stdin');
    await pipeline(stream, createWriteStream(this.#input), { signal });
    return this.#input;
  }

  /** The file that `-o` names; standard output is CSV unless another format is asked for. */
  async target(out: string | undefined, format: string | undefined): Promise<Target | undefined> {
    if (out === undefined) return undefined;
    if (out !== '-') return { path: out, format };
    return { path: join(await this.#made(), 'stdout'), format: format ?? 'csv' };
  }

  /** Writes a target to standard output. Its reader can stop before the end. */
  async print({ path }: Target): Promise<void> {
    try {
      await pipeline(createReadStream(path), process.stdout, { end: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    }
  }

  /** The same error, about standard input instead of its file. */
  named(error: unknown): unknown {
    if (!(error instanceof DataError) || error.file !== this.#input || this.#input === undefined)
      return error;
    const { problem, offset, line, option } = error;
    const place = {
      file: 'standard input',
      ...(offset !== undefined && { offset }),
      ...(line !== undefined && { line }),
    };
    return new DataError(problem, place, { cause: error, ...(option !== undefined && { option }) });
  }

  async remove(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  async #made(): Promise<string> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'god-'));
    return this.#folder;
  }
}
