import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Replacement } from './atomic-file.ts';
import { createZstd } from './zstd.ts';

/** Takes bytes and writes them compressed. */
export interface CompressedSink {
  append(bytes: Uint8Array): Promise<void>;
  /** Writes what is left; the file can be committed afterwards. */
  end(): Promise<void>;
}

/**
 * A sink that compresses into a file by gzip or zstd if the name ends with .gz or .zst; undefined for other names.
 *
 * @throws RangeError for a name that ends with .bz2, which cannot be written, or with .zst if this Node cannot write it.
 */
export function compressedSink(name: string, file: Replacement): CompressedSink | undefined {
  if (/\.bz2$/i.test(name))
    throw new RangeError('Expected a name that does not end with .bz2, which is only read; .gz is written');
  if (/\.gz$/i.test(name)) return compressedBy(createGzip(), file);
  if (!/\.zst$/i.test(name)) return undefined;
  const zstd = createZstd();
  if (zstd !== undefined) return compressedBy(zstd, file);
  const { node } = process.versions;
  throw new RangeError(`Expected a name that does not end with .zst, which Node ${node} cannot write`);
}

function compressedBy(stream: Transform, file: Replacement): CompressedSink {
  const written = pump(stream, file);
  const failed = written.then(() => undefined);
  // Reported by the next call.
  failed.catch(() => {});
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
