import { createReadStream, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '../errors.ts';
import { bunzip2, isBzip2 } from './bzip2.ts';
import { asDataError, isErrno } from './file-error.ts';
import { onlyMember } from './zip.ts';
import { createUnzstd } from './zstd.ts';

/** Bytes in pieces of any size. */
export type Chunks = AsyncIterable<Uint8Array>;

const chunkSize = 256 * 1024;

/**
 * The bytes of a file, decompressed on the way: gzip, bzip2, zstd, or a zip archive of one file, other than an .npz archive. They are
 * recognized by the first bytes, not by the name.
 *
 * @throws DataError when the file is missing, unreadable, or its compressed data are damaged or cut off.
 */
export async function* readBytes(file: string): AsyncGenerator<Uint8Array> {
  const start = await firstBytes(file, 10);
  const member = isZip(start) ? await onlyMember(file) : undefined;
  if (member !== undefined) {
    yield* member;
    return;
  }
  const decoder = decoderFor(start, file);
  const raw = createReadStream(file, { highWaterMark: chunkSize });
  try {
    if (decoder !== undefined) yield* decompressed(raw, decoder);
    else if (isBzip2(start)) yield* bunzip2(raw);
    else yield* raw;
  } catch (error) {
    throw asDataError(error, file);
  } finally {
    raw.destroy();
  }
}

/** A stream that decompresses, and its name for messages. */
interface Decoder {
  readonly stream: Transform;
  readonly name: string;
}

/** Undefined if the bytes stay as they are, or bzip2 decompresses them. */
function decoderFor(start: Uint8Array, file: string): Decoder | undefined {
  try {
    if (isGzip(start)) return { stream: createGunzip({ chunkSize }), name: 'gzip' };
    return isZstd(start) ? { stream: createUnzstd(), name: 'zstd' } : undefined;
  } catch (error) {
    throw asDataError(error, file);
  }
}

/** Whether `readBytes` decompresses a file that begins with these bytes, at least ten. */
export function isCompressed(start: Uint8Array): boolean {
  return isGzip(start) || isBzip2(start) || isZstd(start) || isZip(start);
}

function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

function isZstd(start: Uint8Array): boolean {
  return start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd;
}

function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;
}

async function* decompressed(raw: Readable, { stream, name }: Decoder): AsyncGenerator<Uint8Array> {
  // The callback prevents an uncaught error when the pipe fails; the loop below gets the same error.
  const plain = pipeline(raw, stream, () => {});
  try {
    yield* plain;
  } catch (error) {
    if (!isErrno(error) || !/^(Z|ZSTD)_/i.test(error.code ?? '')) throw error;
    throw new DataError(`damaged ${name} data (${error.message})`, {}, { cause: error });
  } finally {
    plain.destroy();
  }
}

/**
 * All bytes of a stream in one buffer.
 *
 * @throws DataError as soon as more than `limit` bytes have arrived, whatever a header declared.
 */
export async function collect(chunks: Chunks, limit: number, file: string): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit)
      throw new DataError(`holds more than the ${limit} bytes that are allowed here`, { file });
    kept.push(chunk);
  }
  return Buffer.concat(kept, length);
}

/** The first `count` bytes of a stream, or all of a shorter one, and the whole stream still to be read. */
export async function peek(source: Chunks, count: number): Promise<{ head: Buffer; chunks: Chunks }> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return { head: Buffer.concat(first).subarray(0, count), chunks: all() };
}

/** Opens a file for reading at random places. @throws DataError when it is missing or not a file. */
export async function openFile(file: string): Promise<FileHandle> {
  if (!(await statPath(file)).isFile()) throw new DataError('is not a file', { file });
  try {
    return await open(file, 'r');
  } catch (error) {
    throw asDataError(error, file);
  }
}

/** Opens a file that is read at random places. @throws DataError also when it is compressed. */
export async function openPlain(file: string): Promise<FileHandle> {
  const handle = await openFile(file);
  try {
    if (!isCompressed(await readAt(handle, 0, 10))) return handle;
    const problem =
      'is compressed, but this format is not read from one end to the other: decompress the file first';
    throw new DataError(problem, { file });
  } catch (error) {
    await handle.close();
    throw asDataError(error, file);
  }
}

/** The status of a path. @throws DataError when it does not exist. */
export async function statPath(file: string): Promise<Stats> {
  try {
    return await stat(file);
  } catch (error) {
    throw asDataError(error, file);
  }
}

/** Whether the path is a file. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The first `count` bytes of a file, or all of them if there are fewer. */
export async function firstBytes(file: string, count: number): Promise<Buffer> {
  const handle = await openFile(file);
  try {
    return await readAt(handle, 0, count);
  } finally {
    await handle.close();
  }
}

/** A file in memory, whatever its size: Node's `readFile` ends at 2 GiB. @throws DataError when it cannot be read. */
export async function readWhole(file: string): Promise<Buffer> {
  const handle = await openFile(file);
  try {
    return await readAt(handle, 0, (await handle.stat()).size);
  } catch (error) {
    throw asDataError(error, file);
  } finally {
    await handle.close();
  }
}

/** Most bytes of one read. */
const MOST_AT_ONCE = 1 << 30;

/** Up to `count` bytes from `position`, in `buffer`; fewer only at the end of the file. */
export async function readAt(
  handle: FileHandle,
  position: number,
  count: number,
  buffer: Buffer = Buffer.alloc(count),
): Promise<Buffer> {
  let done = 0;
  while (done < count) {
    const length = Math.min(MOST_AT_ONCE, count - done);
    const { bytesRead } = await handle.read(buffer, done, length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
