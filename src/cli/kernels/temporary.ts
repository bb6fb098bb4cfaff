import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DataError } from '../../errors.ts';
import type { KernelCommand } from './job.ts';
import { resultFormat } from './result-format.ts';

/** A file to write. */
export interface Target {
  readonly path: string;
  readonly format: string;
}

/** Standard input and output as files, which formats need: a header can say how many rows follow. */
export class TemporaryFiles {
  #folder: string | undefined;
  #input: { readonly name: string; readonly copy: string } | undefined;

  /** The input as a file that can be read more than once: `-`, a pipe or a device is copied. */
  async input(path: string, signal: AbortSignal): Promise<string> {
    const found = path === '-' ? undefined : await stat(path).catch(() => undefined);
    if (path !== '-' && !(found?.isFIFO() || found?.isCharacterDevice())) return path;
    this.#input = { name: path === '-' ? 'standard input' : path, copy: join(await this.#made(), 'input') };
    const stream = path === '-' ? process.stdin : createReadStream(path);
    await pipeline(stream, createWriteStream(this.#input.copy), { signal });
    return this.#input.copy;
  }

  /** The file that `-o` names; standard output is CSV unless another format is asked for. */
  async target(
    out: string | undefined,
    asked: string | undefined,
    kernel: Pick<KernelCommand<never>, 'name' | 'formats'>,
  ): Promise<Target | undefined> {
    if (out === undefined) return undefined;
    const format = resultFormat(out, out === '-' ? (asked ?? 'csv') : asked, kernel);
    return { path: out === '-' ? join(await this.#made(), 'stdout') : out, format };
  }

  /** Writes a target to standard output. Its reader can stop before the end. */
  async print({ path }: Target): Promise<void> {
    try {
      await pipeline(createReadStream(path), process.stdout, { end: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    }
  }

  /** The same error, about the input instead of its copy. */
  named(error: unknown): unknown {
    if (!(error instanceof DataError) || this.#input === undefined || error.file !== this.#input.copy)
      return error;
    const { problem, offset, line, option } = error;
    const place = {
      file: this.#input.name,
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
