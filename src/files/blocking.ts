import { readSync, writeSync } from 'node:fs';

/**
 * Bytes of a pipe, read by calls that wait. A program that does nothing else meanwhile needs half as much time for them as by
 * an asynchronous iterator.
 */
export class BlockingReader {
  readonly #descriptor: number;
  #scratch: Buffer | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Fills `bytes` from the pipe; returns how many there were, which is less only at its end. */
  fill(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      const count = this.#read(bytes, at);
      if (count === 0) break;
      at += count;
    }
    return at;
  }

  /** Reads `count` bytes and forgets them; returns how many there were. */
  skip(count: number): number {
    if (count === 0) return 0;
    this.#scratch ??= Buffer.allocUnsafeSlow(1 << 16);
    let done = 0;
    while (done < count) {
      const piece = this.#scratch.subarray(0, Math.min(this.#scratch.length, count - done));
      const read = this.fill(piece);
      done += read;
      if (read < piece.length) break;
    }
    return done;
  }

  #read(bytes: Uint8Array, at: number): number {
    try {
      return waiting(() => readSync(this.#descriptor, bytes, at, bytes.length - at, null));
    } catch (error) {
      // Windows reports the end of a pipe as an error.
      if ((error as NodeJS.ErrnoException).code === 'EOF') return 0;
      throw error;
    }
  }
}

/** Writes all bytes to a pipe, and waits until they are taken. */
export function writeBlocking(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; )
    at += waiting(() => writeSync(descriptor, bytes, at, bytes.length - at));
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** The result of a call on a pipe. Whoever made the pipe can have set it to not wait (EAGAIN): this waits then. */
function waiting(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, 1);
    }
  }
}
