import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** Bytes hashed at once: some ten milliseconds, and far below the limit of 2 GiB. */
const PIECE = 8 << 20;

/** The SHA-256 of chunks in order, in hexadecimal. The event loop keeps running while long chunks are hashed. */
export async function sha256(...chunks: readonly (Uint8Array | string)[]): Promise<string> {
  const hash = createHash('sha256');
  for (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let start = 0; start < bytes.length; start += PIECE) {
      if (start > 0) await setImmediate();
      hash.update(bytes.subarray(start, start + PIECE));
    }
  }
  return hash.digest('hex');
}

/** The hash of a file in hexadecimal, read from one end to the other. @throws the error of the file system. */
export async function hashOfFile(
  file: string,
  algorithm: 'md5' | 'sha256',
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
