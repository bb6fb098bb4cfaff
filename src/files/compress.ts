import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Replacement } from './atomic-file.ts';

/** Takes bytes and writes them compressed. */
export interface CompressedSink {
  append(bytes: Uint8Array): Promise<void>;
  /** Writes what is left; the file can be committed afterwards. */
  end(): Promise<void>;
}

/**
 * A sink that compresses by gzip into a file if the name ends with .gz; undefined for other names.
 *
 * @throws RangeError for a name that ends with .bz2, which cannot be written.
 */
export function compressedSink(name: string, file: Replacement): CompressedSink | undefined {
  if (/\.bz2$/i.test(name))
    throw new RangeError('Expected a name that does not end with .bz2, which is only read; .gz is written');
  return /\.gz$/i.test(name) ? compressedBy(createGzip(), file) : undefined;
}

function compressedBy(stream: Transform, file: Replacement): CompressedSink {
  const written = pump(stream, file);
  // Reported by the next call.
  written.catch(() => {});
  const failed = written.then(() => undefined);
  return {
    append: async (bytes) => {
      // The stream reads later than this call ends, and the caller may then change the values.
      if (!stream.write(Uint8Array.from(bytes))) await Promise.race([once(stream, 'drain'), failed]);
    },
    end: async () => {
      stream.end();
      await written;
    },
  };
}

async function pump(stream: Transform, file: Replacement): Promise<void> {
  for await (const chunk of stream) await file.append(chunk as Uint8Array);
}
