import { createReadStream, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { types } from 'node:util';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { DataError } from '../errors.ts';
import { bunzip2, isBzip2 } from './bzip2.ts';

/** Bytes in pieces of any size. */
export type Chunks = AsyncIterable<Uint8Array>;

const chunkSize = 256 * 1024;

/**
 * The bytes of a file, decompressed on the way. gzip and bzip2 are recognised by the first bytes, not by the name.
 *
 * @throws DataError when the file is missing, unreadable, or its compressed data are damaged or cut off.
 */
export async function* readBytes(file: string): AsyncGenerator<Uint8Array> {
  const start = await firstBytes(file, 10);
  const raw = createReadStream(file, { highWaterMark: chunkSize });
  try {
    if (start[0] === 0x1f && start[1] === 0x8b) yield* gunzip(raw);
    else if (isBzip2(start)) yield* bunzip2(raw);
    else yield* raw;
  } catch (error) {
    throw asDataError(error, file);
  } finally {
    raw.destroy();
  }
}

async function* gunzip(raw: Readable): AsyncGenerator<Uint8Array> {
  // The callback keeps a failing pipe from raising an uncaught error: the same error reaches the loop below.
  const plain = pipeline(raw, createGunzip({ chunkSize }), () => {});
  try {
    yield* plain;
  } catch (error) {
    if (!isErrno(error) || !error.code?.startsWith('Z_')) throw error;
    throw new DataError(`damaged gzip data (${error.message})`, {}, { cause: error });
  } finally {
    plain.destroy();
  }
}

/** One file of a tar archive. Its chunks must be read, or left alone, before the next member is asked for. */
export interface TarMember {
  readonly name: string;
  readonly size: number;
  readonly chunks: Chunks;
}

/**
 * The regular files of a tar archive (plain, gzip or bzip2) in their order. Nothing is written to disk, so member
 * names are only names here.
 *
 * @throws DataError when the archive is damaged or cut off.
 */
export async function* readTar(file: string): AsyncGenerator<TarMember> {
  const untar = extract();
  const source: SourceWatch = { zeros: 0, failure: undefined };
  pipeline(Readable.from(watch(readBytes(file), source)), untar, () => {});
  const explain = (error: unknown): unknown => {
    // A failure of the file itself also breaks the archive; it is the one to tell.
    if (source.failure !== undefined) return source.failure;
    return new DataError(`damaged tar archive (${messageOf(error)})`, { file }, { cause: error });
  };
  const entries = untar[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orElse(entries.next(), explain);
      if (next.done) break;
      const entry = next.value;
      const { name, size = 0, type } = entry.header;
      if (type === 'file' || type === 'contiguous-file')
        yield { name, size, chunks: memberChunks(entry, explain) };
      // Unread bytes of a member would hold up the next one.
      entry.resume();
    }
  } finally {
    untar.destroy();
  }
  if (source.failure !== undefined) throw source.failure;
  if (source.zeros < 512) {
    throw new DataError('the tar archive ends early: its closing zero block is missing', { file });
  }
}

async function orElse<T>(promise: Promise<T>, explain: (error: unknown) => unknown): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw explain(error);
  }
}

async function* memberChunks(
  entry: AsyncIterable<unknown>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* entry as Chunks;
  } catch (error) {
    throw explain(error);
  }
}

/** What the archive's own stream did: zero bytes it ends with so far, and how it failed. */
interface SourceWatch {
  zeros: number;
  failure: unknown;
}

/** A tar that is cut off between two members ends without zeros. */
async function* watch(chunks: Chunks, source: SourceWatch): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) {
      let zeros = 0;
      while (zeros < 1024 && zeros < chunk.length && chunk[chunk.length - 1 - zeros] === 0) zeros++;
      source.zeros = zeros === chunk.length ? source.zeros + zeros : zeros;
      yield chunk;
    }
  } catch (error) {
    source.failure = error;
    throw error;
  }
}

/**
 * All bytes of a stream in one buffer.
 *
 * @throws DataError as soon as more than `limit` bytes have really come, whatever any header declared.
 */
export async function collect(chunks: Chunks, limit: number, file: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit)
      throw new DataError(`holds more than the ${limit} bytes that are allowed here`, { file });
    parts.push(chunk);
  }
  return Buffer.concat(parts, length);
}

/**
 * The lines of a stream as bytes, split at line feeds only: other characters that Unicode calls line ends or spaces
 * are part of names. A carriage return before the line feed is cut off.
 *
 * @throws DataError for a line of more than `maxLine` bytes.
 */
export async function* readLines(chunks: Chunks, file: string, maxLine = 16 << 20): AsyncGenerator<Buffer> {
  const pending = new ByteQueue();
  let line = 1;
  for await (const chunk of chunks) {
    const bytes = asBuffer(chunk);
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      const last = bytes.subarray(start, end);
      start = end + 1;
      if (pending.length === 0) yield withoutReturn(last);
      else {
        pending.push(last);
        yield withoutReturn(pending.take(pending.length));
      }
      line++;
    }
    pending.push(bytes.subarray(start));
    if (pending.length > maxLine) throw new DataError(`longer than ${maxLine} bytes`, { file, line });
  }
  if (pending.length > 0) yield withoutReturn(pending.take(pending.length));
}

function withoutReturn(line: Buffer): Buffer {
  return line.length > 0 && line[line.length - 1] === 13 ? line.subarray(0, -1) : line;
}

/** Bytes that came in chunks and are taken out in pieces; a piece inside one chunk is a view, not a copy. */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(asBuffer(chunk));
    this.#length += chunk.length;
  }

  /** Takes `count` bytes out; at most `length`. */
  take(count: number): Buffer {
    if (count > this.#length)
      throw new RangeError(`Expected at most ${this.#length} bytes but received ${count}`);
    this.#length -= count;
    const first = this.#chunks[0];
    if (first !== undefined && first.length > count) {
      this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    return this.#takeWhole(count);
  }

  #takeWhole(count: number): Buffer {
    const parts: Buffer[] = [];
    let used = 0;
    let missing = count;
    while (missing > 0) {
      const part = this.#chunks[used];
      if (part.length > missing) {
        this.#chunks[used] = part.subarray(missing);
        parts.push(part.subarray(0, missing));
        break;
      }
      parts.push(part);
      missing -= part.length;
      used++;
    }
    this.#chunks.splice(0, used);
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, count);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Opens a file for reading at random places. @throws DataError when it is missing or no file. */
export async function openFile(file: string): Promise<FileHandle> {
  if (!(await statPath(file)).isFile()) throw new DataError('is not a file', { file });
  try {
    return await open(file, 'r');
  } catch (error) {
    throw asDataError(error, file);
  }
}

/** What lies at a path. @throws DataError when nothing does. */
export async function statPath(file: string): Promise<Stats> {
  try {
    return await stat(file);
  } catch (error) {
    throw asDataError(error, file);
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

/** A file in memory, whatever its size: `readFile` of Node ends at 2 GiB. @throws DataError when it can not be read. */
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

/** As much as one read may ask for. */
const MOST_AT_ONCE = 1 << 30;

/** Up to `count` bytes from `position`; fewer only where the file ends. */
export async function readAt(handle: FileHandle, position: number, count: number): Promise<Buffer> {
  const buffer = Buffer.alloc(count);
  let done = 0;
  while (done < count) {
    const length = Math.min(MOST_AT_ONCE, count - done);
    const { bytesRead } = await handle.read(buffer, done, length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

const errnoText = new Map([
  ['ENOENT', 'no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'is a folder, expected a file'],
  ['ENOTDIR', 'is not a folder'],
]);

/** The error as a DataError that names the file; an error that is one already keeps its place. */
export function asDataError(error: unknown, file: string): Error {
  if (error instanceof DataError) {
    if (error.file !== undefined) return error;
    const { message, offset, line } = error;
    return new DataError(
      offset === undefined && line === undefined ? message : afterPlace(message),
      { file, offset, line },
      { cause: error },
    );
  }
  const known = isErrno(error) ? errnoText.get(error.code ?? '') : undefined;
  return new DataError(known ?? messageOf(error), { file }, { cause: error });
}

/** A message without the place that DataError puts before it. */
function afterPlace(message: string): string {
  return message.replace(/^(line \d+, )?byte \d+: |^line \d+: /, '');
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return types.isNativeError(error) && 'code' in error;
}

export function messageOf(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}
