import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { DataError } from '../errors.ts';
import { messageOf } from './file-error.ts';

export async function openZip(file: string): Promise<ZipFile> {
  const { openPromise } = await import('yauzl');
  return openPromise(file, { lazyEntries: true, autoClose: false }).catch((error: unknown) => {
    throw zipError(error, file);
  });
}

export async function withZip<T>(file: string, work: (zip: ZipFile) => Promise<T>): Promise<T> {
  const zip = await openZip(file);
  try {
    return await work(zip);
  } catch (error) {
    throw zipError(error, file);
  } finally {
    zip.close();
  }
}

export function zipError(error: unknown, file: string): Error {
  if (error instanceof DataError) return error;
  return new DataError(`damaged zip archive (${messageOf(error)})`, { file }, { cause: error });
}

/**
 * The bytes of a member, decompressed.
 *
 * @param name for messages.
 * @throws DataError when it is encrypted, damaged or its checksum is wrong.
 */
export async function* entryBytes(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted()) throw new DataError('is encrypted', { file: name });
  let checksum = 0;
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    throw zipError(error, name);
  }
  if (checksum !== entry.crc32)
    throw new DataError('damaged zip archive (a checksum is wrong)', { file: name });
}

/** All members that are files. */
export async function entriesOf(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) if (!entry.fileName.endsWith('/')) entries.push(entry);
  return entries;
}

/** The bytes of the only member of an archive; undefined for archives of several members, .npz and what is not an archive. */
export async function onlyMember(file: string): Promise<AsyncGenerator<Uint8Array> | undefined> {
  let zip: ZipFile;
  try {
    zip = await openZip(file);
  } catch {
    return undefined;
  }
  const [first, ...others] = await entriesOf(zip).catch(() => []);
  if (first === undefined || others.length > 0 || first.fileName.endsWith('.npy')) {
    zip.close();
    return undefined;
  }
  return closing(zip, entryBytes(zip, first, `${file}: ${first.fileName}`));
}

async function* closing(zip: ZipFile, bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } finally {
    zip.close();
  }
}
