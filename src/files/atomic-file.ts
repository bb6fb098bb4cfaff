import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { types } from 'node:util';

/** What temporary files end with; `removeTemporaryFiles` finds what a killed process left behind. */
const TEMPORARY = '.god-tmp';

/** What a file is to hold: text, or the bytes of one or of several arrays, one after another. */
export type Contents = string | Uint8Array | readonly Uint8Array[];

/** Prepares the next contents of a file. Arrays must keep their values until it has ended. */
export type Put = (file: string, contents: Contents) => Promise<void>;

/**
 * Replaces what `file` holds so that at any moment, also after a crash, the old or the new contents are there
 * in full: a temporary file beside it, written to the last byte, synchronised and renamed. When anything fails the old
 * file is untouched and the temporary one is removed.
 *
 * @throws the error of the file system, e.g. ENOSPC or EACCES.
 */
export function writeFileAtomically(file: string, contents: Contents): Promise<void> {
  return replaceFiles((put) => put(file, contents));
}

/**
 * Replaces several files together: each is written in full beside its place, and only when `write` has ended do all of
 * them take their places, in the order in which they were put. When anything fails before, every old file is untouched
 * and nothing is left behind. A crash between two renames leaves both old and new files, each of them whole: put what
 * vouches for the others last.
 *
 * @throws what `write` throws; the error of the file system.
 */
export async function replaceFiles<T>(write: (put: Put) => Promise<T>): Promise<T> {
  const prepared: { temporary: string; file: string }[] = [];
  try {
    const result = await write(async (file, contents) => {
      const name = `.${basename(file)}.${randomBytes(6).toString('hex')}${TEMPORARY}`;
      const temporary = join(dirname(file), name);
      prepared.push({ temporary, file });
      await writeNewFile(temporary, arraysOf(contents));
    });
    const folders = new Set(prepared.map(({ file }) => dirname(file)));
    while (prepared.length > 0) {
      await rename(prepared[0].temporary, prepared[0].file);
      prepared.shift();
    }
    for (const folder of folders) await syncFolder(folder);
    return result;
  } catch (error) {
    for (const { temporary } of prepared) await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

function arraysOf(contents: Contents): readonly Uint8Array[] {
  if (typeof contents === 'string') return [Buffer.from(contents)];
  return types.isUint8Array(contents) ? [contents] : contents;
}

async function writeNewFile(file: string, arrays: readonly Uint8Array[]): Promise<void> {
  // Taken now: an array whose buffer is transferred later has none left.
  const lengths = arrays.map(({ length }) => length);
  const handle = await open(file, 'wx');
  try {
    let position = 0;
    for (const [i, array] of arrays.entries()) {
      await writeArray(handle, array, lengths[i], position);
      position += lengths[i];
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What is written at once: some milliseconds of copying. */
const PIECE = 8 << 20;

/**
 * Piece by piece, by way of a copy: a buffer that its owner transfers while the system writes from it could crash the process,
 * where here the next piece throws.
 */
async function writeArray(
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

/** A write may be short on a full disk without an error: only the next one then fails. */
async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0)
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    done += bytesWritten;
  }
}

/** Makes renames durable. Some systems cannot open folders; there they are as durable as the system makes them. */
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
 * Makes a folder and those above it that are missing. (By node's own `recursive` a read-only file system looks like a missing
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
