import type { FileHandle } from 'node:fs/promises';
import { readAt } from './read.ts';

/** The event loop runs once for each window. */
const WINDOW_BYTES = 64 * 1024;
/** The list of an archive's members is read between the members. */
const KEPT = 2;

interface Window {
  readonly start: number;
  readonly bytes: Buffer;
}

/** A file that is read in many small pieces, most of them near the last ones. */
export class FileWindows {
  readonly #handle: FileHandle;
  /** The one used last comes first. */
  #windows: readonly Window[] = [];

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Up to `count` bytes from `position`; fewer only at the end of the file. */
  async read(position: number, count: number): Promise<Buffer> {
    if (count > WINDOW_BYTES / 2) return readAt(this.#handle, position, count);
    const holds = ({ start, bytes }: Window) => start <= position && position + count <= start + bytes.length;
    const window = this.#windows.find(holds) ?? {
      start: position,
      bytes: await readAt(this.#handle, position, WINDOW_BYTES),
    };
    this.#windows = [window, ...this.#windows.filter((other) => other !== window)].slice(0, KEPT);
    return window.bytes.subarray(position - window.start, position - window.start + count);
  }

  /** The bytes from `start` to `end`, in pieces. */
  async *pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; ) {
      const bytes = await readAt(this.#handle, at, Math.min(WINDOW_BYTES, end - at));
      if (bytes.length === 0) return;
      yield bytes;
      at += bytes.length;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
