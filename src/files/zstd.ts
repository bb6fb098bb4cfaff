import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { DataError } from '../errors.ts';

/** What node:zlib has of zstd since Node 22.15 and 23.8. */
interface Zstd {
  readonly createZstdDecompress?: () => Transform;
  readonly createZstdCompress?: () => Transform;
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;
}

const zstd = zlib as Zstd;

/** @throws DataError when this Node does not read zstd. */
export function unzstd(bytes: Uint8Array, size: number): Buffer {
  if (zstd.zstdDecompressSync === undefined) throw noZstd();
  return zstd.zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size) });
}

/** @throws DataError when this Node does not read zstd. */
export function createUnzstd(): Transform {
  if (zstd.createZstdDecompress === undefined) throw noZstd();
  return zstd.createZstdDecompress();
}

/** A stream that compresses; undefined when this Node does not write zstd. */
export function createZstd(): Transform | undefined {
  return zstd.createZstdCompress?.();
}

function noZstd(): DataError {
  return new DataError(
    `is compressed by zstd, which Node ${process.versions.node} cannot read; Node 22.15 and later can, and so can \`zstd -d\``,
  );
}
