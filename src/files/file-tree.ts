import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../errors.ts';
import { readTar } from './archive.ts';
import { abortable } from './breathe.ts';
import { asDataError } from './file-error.ts';
import { collect, isFile, statPath } from './read.ts';
import { entryBytes, openZip, withZip, zipError } from './zip.ts';

/** Files by name in a folder, a tar archive or a zip archive. Nothing is unpacked to disk. */
export interface FileTree {
  /** Names with `/` between folders, relative to the root, in the order of their code units. */
  readonly names: readonly string[];
  /**
   * The contents of some of the files, in the order that is cheapest.
   *
   * @param onBad gets a file that cannot be read, instead of the error being thrown; not if the whole archive is damaged.
   * @throws DataError for a damaged archive or a file that turns out larger than `maxFileBytes`.
   */
  read(names: ReadonlySet<string>, onBad?: OnBad): AsyncIterable<TreeFile>;
}

/** One file of a tree. */
export interface TreeFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export type OnBad = (name: string, error: DataError) => void;

/** Largest file that is read from a tree. The bytes read are counted, not the declared ones. */
export const maxFileBytes = 64 << 20;

const maxDepth = 32;

/**
 * Lists a folder, a .tar (also .tar.gz, .tgz, .tar.bz2) or a .zip.
 *
 * @throws DataError when it is missing or damaged, or when a name in an archive is absolute or leads out of it; the reason of `signal`.
 */
export async function openTree(path: string, signal?: AbortSignal): Promise<FileTree> {
  if ((await statPath(path)).isDirectory()) return folderTree(path, signal);
  return path.toLowerCase().endsWith('.zip') ? zipTree(path, signal) : tarTree(path, signal);
}

async function folderTree(root: string, signal: AbortSignal | undefined): Promise<FileTree> {
  const names: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    if (depth > maxDepth)
      throw new DataError(`folders lie more than ${maxDepth} deep`, { file: join(root, folder) });
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      signal?.throwIfAborted();
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await walk(name, depth + 1);
      // Subsets are often made by links to files. Links to folders could form a circle.
      else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(join(root, name)))))
        names.push(name);
    }
  };
  try {
    await walk('', 0);
  } catch (error) {
    throw signal?.aborted ? error : asDataError(error, root);
  }
  return { names: names.sort(), read: (wanted, onBad) => readFolder(root, wanted, onBad) };
}

async function* readFolder(
  root: string,
  names: ReadonlySet<string>,
  onBad: OnBad | undefined,
): AsyncGenerator<TreeFile> {
  for (const name of names) {
    const file = await orBad(name, onBad, async () => ({ name, bytes: await readSmall(join(root, name)) }));
    if (file !== undefined) yield file;
  }
}

async function readSmall(path: string): Promise<Buffer> {
  const { size } = await statPath(path);
  if (size > maxFileBytes) throw tooLarge(path);
  try {
    return await readFile(path);
  } catch (error) {
    throw asDataError(error, path);
  }
}

/** Undefined if the file is bad and `onBad` got it. */
async function orBad<T>(
  name: string,
  onBad: OnBad | undefined,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (onBad === undefined || !(error instanceof DataError)) throw error;
    onBad(name, error);
    return undefined;
  }
}

async function tarTree(file: string, signal: AbortSignal | undefined): Promise<FileTree> {
  const names = new Set<string>();
  const members = readTar(file);
  for await (const { name } of signal === undefined ? members : abortable(members, signal))
    names.add(safeName(name, file));
  return { names: [...names].sort(), read: (wanted) => readTarFiles(file, wanted) };
}

async function* readTarFiles(file: string, names: ReadonlySet<string>) {
  const missing = new Set(names);
  for await (const member of readTar(file)) {
    const name = safeName(member.name, file);
    if (!missing.delete(name)) continue;
    yield { name, bytes: await collect(member.chunks, maxFileBytes, `${file}: ${name}`) };
    if (missing.size === 0) return;
  }
}

async function zipTree(file: string, signal: AbortSignal | undefined): Promise<FileTree> {
  const names: string[] = [];
  await withZip(file, async (zip) => {
    for await (const entry of zip.eachEntry()) {
      if (signal?.aborted) break;
      if (!entry.fileName.endsWith('/')) names.push(safeName(entry.fileName, file));
    }
  });
  signal?.throwIfAborted();
  return {
    names: [...new Set(names)].sort(),
    read: (wanted, onBad) => readZipFiles(file, wanted, onBad),
  };
}

async function* readZipFiles(
  file: string,
  names: ReadonlySet<string>,
  onBad: OnBad | undefined,
): AsyncGenerator<TreeFile> {
  const zip = await openZip(file);
  const missing = new Set(names);
  try {
    for await (const entry of zip.eachEntry()) {
      const name = safeName(entry.fileName, file);
      if (!missing.delete(name)) continue;
      const member = `${file}: ${name}`;
      const found = await orBad(name, onBad, async () => ({
        name,
        bytes: await collect(entryBytes(zip, entry, member), maxFileBytes, member),
      }));
      if (found !== undefined) yield found;
      if (missing.size === 0) return;
    }
  } catch (error) {
    throw zipError(error, file);
  } finally {
    zip.close();
  }
}

/** Names become ids and paths in reports, so a name that leads out of the archive is refused even though we never unpack. */
function safeName(name: string, file: string): string {
  const names = name.split(/[/\\]/);
  if (
    name === '' ||
    name.includes('\0') ||
    names.includes('..') ||
    names[0] === '' ||
    /^[A-Za-z]:/.test(name)
  ) {
    throw new DataError(`the archive holds a file with the unsafe name ${JSON.stringify(name)}`, { file });
  }
  return names.filter((name) => name !== '.' && name !== '').join('/');
}

function tooLarge(file: string): DataError {
  return new DataError(`holds more than the ${maxFileBytes} bytes that are allowed here`, { file });
}
