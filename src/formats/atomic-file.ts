import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What temporary files end with; `removeTemporaryFiles` finds what a killed process left behind. */
const TEMPORARY = '.god-tmp';

/**
 * Replaces `file` by the given bytes so that at any moment, also after a crash, the old or the new contents are there
 * in full: a temporary file beside it, written to the last byte, synchronised and renamed. When anything fails the old
 * file is untouched and the temporary one is removed.
 *
 * @throws the error of the file system, e.g. ENOSPC or EACCES.
 */
export async function writeFileAtomically(file: string, bytes: Uint8Array | string): Promise<void> {
  const folder = dirname(file);
  const temporary = join(folder, `.${basename(file)}.${randomBytes(6).toString('hex')}${TEMPORARY}`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await writeFully(handle, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** A write may be short on a full disk without an error: only the next one then fails. */
async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let position = 0; position < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, position, bytes.length - position, position);
    if (bytesWritten === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    position += bytesWritten;
  }
}

/** Makes a rename durable. Some systems cannot open folders; there the rename is as durable as they make it. */
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

/** Removes the temporary files that killed writers left in `folder`. The caller must be its only writer. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry.startsWith('.') && entry.endsWith(TEMPORARY)) await rm(join(folder, entry), { force: true });
  }
}
