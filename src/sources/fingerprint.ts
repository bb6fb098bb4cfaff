import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { asDataError } from '../files/file-error.ts';
import type { SourceFingerprint } from './source.ts';

/** The fingerprint of the vectors and that of the names, even if a source gave one string for both. */
export function splitFingerprint(fingerprint: string | SourceFingerprint): SourceFingerprint {
  return typeof fingerprint === 'string' ? { vectors: fingerprint, names: fingerprint } : fingerprint;
}

/** Hash of anything that JSON can hold. */
export function fingerprintOf(values: unknown): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}

/**
 * What distinguishes two states of a file without reading it: name, size and time of change. The folder is left out, so data
 * can be moved.
 */
export async function fileIdentity(path: string): Promise<[name: string, size: string, time: string]> {
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    return [basename(path), String(size), String(mtimeNs)];
  } catch (error) {
    throw asDataError(error, path);
  }
}

/** The same for files of a folder, in the given order. @throws the reason of `signal` when it is aborted. */
export async function filesIdentity(
  folder: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) {
    signal?.throwIfAborted();
    const [, size, time] = await fileIdentity(join(folder, name));
    hash.update(JSON.stringify([name, size, time]));
  }
  return hash.digest('hex');
}
