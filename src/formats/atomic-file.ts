import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What temporary files end with; `removeTemporaryFiles` finds what a killed process left behind. */
const TEMPORARY = '.god-tmp';

/** Prepares the next contents of a file. */
export type Put = (file: string, bytes: Uint8Array | string) => Promise<void>;

/**
 * Replaces `file` by the given bytes so that at any moment, also after a crash, the old or the new contents are there
 * in full: a temporary file beside it, written to the last byte, synchronised and renamed. When anything fails the old
 * file is untouched and the temporary one is removed.
 *
 * @throws the error of the file system, e.g. ENOSPC or EACCES.
 */
export function writeFileAtomically(file: string, bytes: Uint8Array | string): Promise<void> {
  return replaceFiles((put) => put(file, bytes));
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
    const result = await write(async (file, bytes) => {
      const name = `.${basename(file)}.${randomBytes(6).toString('hex')}${TEMPORARY}`;
      const temporary = join(dirname(file), name);
      prepared.push({ temporary, file });
      await writeNewFile(temporary, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
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

async function writeNewFile(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await writeFully(handle, bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** As much as one write may hand over; Node ends at 2 GiB. */
const MOST_AT_ONCE = 1 << 30;

/** A write may be short on a full disk without an error: only the next one then fails. */
async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let position = 0; position < bytes.length; ) {
    const length = Math.min(MOST_AT_ONCE, bytes.length - position);
    const { bytesWritten } = await handle.write(bytes, position, length, position);
    if (bytesWritten === 0)
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    position += bytesWritten;
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
