import { Readable } from 'node:stream';
import { crc32, inflateRawSync } from 'node:zlib';
import type { Entry, RandomAccessReader, ZipFile } from 'yauzl';
import { DataError } from '../errors.ts';
import { asDataError, isFileSystemError, messageOf } from './file-error.ts';
import { FileWindows } from './file-windows.ts';
import { openFile } from './read.ts';

/** An open archive. */
export type Zip = ZipFile & { readonly windows: FileWindows };

/** A member up to this size is read and decompressed at once: streams take longer than the work on a small picture. */
const SMALL_BYTES = 256 * 1024;
const STORED = 0;
const DEFLATED = 8;

export async function openZip(file: string): Promise<Zip> {
  const handle = await openFile(file);
  const windows = new FileWindows(handle);
  try {
    const { fromRandomAccessReaderPromise, RandomAccessReader } = await import('yauzl');
    const { size } = await handle.stat();
    const reader = windowReader(RandomAccessReader, windows);
    const options = { lazyEntries: true, autoClose: false };
    return Object.assign(await fromRandomAccessReaderPromise(reader, size, options), { windows });
  } catch (error) {
    await windows.close();
    throw zipError(error, file);
  }
}

function windowReader(Base: typeof RandomAccessReader, windows: FileWindows): RandomAccessReader {
  return new (class extends Base {
    override read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error: Error | null, bytesRead?: number) => void,
    ): void {
      windows.read(position, length).then((bytes) => {
        bytes.copy(buffer, offset);
        callback(null, bytes.length);
      }, callback);
    }

    override _readStreamForRange(start: number, end: number): Readable {
      return Readable.from(windows.pieces(start, end), { objectMode: false });
    }

    override close(callback: (error: Error | null) => void): void {
      // All bytes were read: an error of closing would only end the process, as nobody listens.
      const closed = () => callback(null);
      windows.close().then(closed, closed);
    }
  })();
}

export async function withZip<T>(file: string, work: (zip: Zip) => Promise<T>): Promise<T> {
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
export async function* entryBytes(zip: Zip, entry: Entry, name: string): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted()) throw new DataError('is encrypted', { file: name });
  let checksum = 0;
  try {
    const chunks = isSmall(entry)
      ? [await smallMember(zip, entry)]
      : ((await zip.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>);
    for await (const chunk of chunks) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    throw zipError(error, name);
  }
  if (checksum !== entry.crc32)
    throw new DataError('damaged zip archive (a checksum is wrong)', { file: name });
}

function isSmall({ compressionMethod, compressedSize, uncompressedSize }: Entry): boolean {
  const known = compressionMethod === STORED || compressionMethod === DEFLATED;
  return known && Math.max(compressedSize, uncompressedSize) <= SMALL_BYTES;
}

async function smallMember(zip: Zip, entry: Entry): Promise<Uint8Array> {
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const packed = await zip.windows.read(fileDataStart, entry.compressedSize);
  if (packed.length < entry.compressedSize) throw new Error('unexpected EOF');
  // A byte more shows that there are more.
  const bytes =
    entry.compressionMethod === STORED
      ? packed
      : inflateRawSync(packed, { maxOutputLength: entry.uncompressedSize + 1 });
  if (bytes.length !== entry.uncompressedSize)
    throw new Error(`a file does not have the ${entry.uncompressedSize} bytes that it says`);
  return bytes;
}

/** All members that are files. */
export async function entriesOf(zip: Zip): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) if (!entry.fileName.endsWith('/')) entries.push(entry);
  return entries;
}

/** The bytes of the only member of an archive; undefined for archives of several members, .npz and what is not an archive. */
export async function onlyMember(file: string): Promise<AsyncGenerator<Uint8Array> | undefined> {
  const zip = await openZip(file).catch((error) => unreadable(error, file));
  if (zip === undefined) return undefined;
  const entries = await entriesOf(zip).catch((error) => {
    zip.close();
    return unreadable(error, file);
  });
  if (entries === undefined) return undefined;
  const [first, ...others] = entries;
  if (first === undefined || others.length > 0 || first.fileName.endsWith('.npy')) {
    zip.close();
    return undefined;
  }
  return closing(zip, entryBytes(zip, first, `${file}: ${first.fileName}`));
}

/** What is not an archive is read as something else. @throws DataError when the file cannot be read. */
function unreadable(error: unknown, file: string): undefined {
  const { cause } = zipError(error, file);
  if (isFileSystemError(cause)) throw asDataError(cause, file);
}

async function* closing(zip: Zip, bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } finally {
    zip.close();
  }
}
