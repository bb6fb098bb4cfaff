import { createHash } from 'node:crypto';
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
