import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { types } from 'node:util';

/** Ending of temporary files; `removeTemporaryFiles` finds those that a killed process left behind. */
const TEMPORARY = '.god-tmp';

/** What Windows says of a file that somebody has open. */
const BUSY: readonly string[] = ['EACCES', 'EBUSY', 'EPERM'];
/** Milliseconds. The waits up to this one take 2.5 seconds together. */
const LONGEST_WAIT = 1280;

/** The new contents of a file: text, or the bytes of one or more arrays, one after another. */
export type Contents = string | Uint8Array | readonly Uint8Array[];

/** Prepares the next contents of a file. Arrays must keep their values until it has ended. */
export type Put = (file: string, contents: Contents) => Promise<void>;

/**
 * Replaces the contents of `file` atomically: at any moment, even after a crash, the file holds either the old or the new
 * contents in full. A temporary file beside it is written, synchronized and renamed. On any failure, the old file is untouched
 * and the temporary one is removed.
 *
 * @throws the error of the file system, e.g. ENOSPC or EACCES.
 */
export function writeFileAtomically(file: string, contents: Contents): Promise<void> {
  return replaceFiles((put) => put(file, contents));
}

/**
 * Replaces several files together. Each is written in full beside its place. When `write` has ended, they are renamed in the
 * order in which they were put. If anything fails before that, every old file is untouched and nothing is left behind. A crash
 * between two renames leaves a mixture of old and new files, each of them whole, so put the file that vouches for the others
 * last.
 *
 * @throws what `write` throws; the error of the file system.
 */
export async function replaceFiles<T>(write: (put: Put) => Promise<T>): Promise<T> {
  const prepared: Replacement[] = [];
  try {
    const result = await write(async (file, contents) => {
      const arrays = arraysOf(contents);
      // Read now: an array whose buffer is transferred later is empty.
      const lengths = arrays.map(({ length }) => length);
      const replacement = new Replacement(file);
      prepared.push(replacement);
      await replacement.open();
      for (const [i, array] of arrays.entries()) await replacement.append(array, lengths[i]);
      await replacement.seal();
    });
    await moveSealed(prepared);
    return result;
  } catch (error) {
    for (const replacement of prepared) await replacement.discard();
    throw error;
  }
}

/** Puts sealed contents into the places of their files, in order and durably. Those that are there leave the list. */
export async function moveSealed(sealed: Replacement[]): Promise<void> {
  const folders = new Set(sealed.map(({ file }) => dirname(file)));
  while (sealed.length > 0) {
    await sealed[0].move();
    sealed.shift();
  }
  for (const folder of folders) await syncFolder(folder);
}

/**
 * The next contents of a file, which grow beside it until they take its place: `open`, any number of `append` and `patch`, `seal`,
 * then `moveSealed`, or `discard` at any time. Nothing is left behind by a call that fails if `discard` follows.
 *
 * @throws the error of the file system.
 */
export class Replacement {
  readonly file: string;
  /** Bytes written so far. */
  length = 0;
  readonly #temporary: string;
  #handle: FileHandle | undefined;

  constructor(file: string) {
    this.file = file;
    const name = `.${basename(file)}.${randomBytes(6).toString('hex')}${TEMPORARY}`;
    this.#temporary = join(dirname(file), name);
  }

  async open(): Promise<void> {
    this.#handle = await open(this.#temporary, 'wx');
  }

  /** Writes the first `length` bytes of an array at the end. It must keep its values until the call has ended. */
  async append(array: Uint8Array, length = array.length): Promise<void> {
    await writeArray(this.#opened(), array, length, this.length);
    this.length += length;
  }

  /** Writes over bytes that were written before. */
  async patch(bytes: Uint8Array, position: number): Promise<void> {
    await writeArray(this.#opened(), bytes, bytes.length, position);
  }

  /** Makes the contents durable; nothing can be written afterwards. */
  async seal(): Promise<void> {
    const handle = this.#opened();
    try {
      await handle.sync();
    } finally {
      this.#handle = undefined;
      await handle.close();
    }
  }

  /** Puts the sealed contents into the place of the file. */
  move(): Promise<void> {
    return replaceFile(this.#temporary, this.file);
  }

  async discard(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {});
    await rm(this.#temporary, { force: true }).catch(() => {});
  }

  #opened(): FileHandle {
    if (this.#handle === undefined) throw new Error(`${this.file}: the new contents are not open`);
    return this.#handle;
  }
}

function arraysOf(contents: Contents): readonly Uint8Array[] {
  if (typeof contents === 'string') return [Buffer.from(contents)];
  return types.isUint8Array(contents) ? [contents] : contents;
}

/** Bytes written at once: some milliseconds of copying. */
const PIECE = 8 << 20;

/**
 * Writes in pieces, each from a copy. If the owner transferred a buffer while the system wrote from it, the process could
 * crash; this way the next piece throws.
 */
export async function writeArray(
  handle: FileHandle,
  array: Uint8Array,
  length: number,
  position: number,
): Promise<void> {
  const copy = Buffer.allocUnsafe(Math.min(length, PIECE));
  for (let start = 0; start < length; start += PIECE) {
    const piece = array.subarray(start, start + PIECE);
    copy.set(piece);
    await writeFully(handle, copy.subarray(0, piece.length), position + start);
  }
}

/** On a full disk a write can be short without an error; only the next one fails. */
async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0)
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    done += bytesWritten;
  }
}

/** Puts a complete, synchronized file into the place of another one, durably. @throws the error of the file system. */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  await replaceFile(from, to);
  await syncFolder(dirname(to));
}

/** Windows does not replace a file while somebody, such as a virus scanner, has it open. This tries again for some seconds. */
async function replaceFile(from: string, to: string): Promise<void> {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await rename(from, to);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (process.platform !== 'win32' || !BUSY.includes(code) || wait > LONGEST_WAIT) throw error;
    }
    await new Promise((wake) => setTimeout(wake, wait));
  }
}

/** Makes renames durable. Systems that cannot open folders decide themselves how durable they are. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, 'r');
  } catch {
    return;
  }
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder and those above it that are missing. (Node's own `recursive` reports a read-only file system as a missing
 * folder.)
 *
 * @throws the error of the file system; EEXIST or ENOTDIR when a file is in the place of a folder.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeLast(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await makeLast(folder);
  }
}

async function makeLast(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(folder)).isDirectory())
      throw error;
  }
}

/** Removes the temporary files that killed writers left in `folder`. The caller must be its only writer. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry.startsWith('.') && entry.endsWith(TEMPORARY)) await rm(join(folder, entry), { force: true });
  }
}
