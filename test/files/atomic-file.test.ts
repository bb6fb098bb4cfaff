import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  makeFolder,
  removeTemporaryFiles,
  replaceFiles,
  writeFileAtomically,
} from '../../src/files/atomic-file.ts';
import { failAt } from '../support/failpoints.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
let folders = 0;

function twoOldFiles(): { path: string; contents: () => string[] } {
  const path = join(folder.path, String(folders++));
  folder.write(join(path, 'a').slice(folder.path.length + 1), 'old a');
  folder.write(join(path, 'b').slice(folder.path.length + 1), 'old b');
  return { path, contents: () => readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8')) };
}

const replaceBoth = (path: string) =>
  replaceFiles(async (put) => {
    await put(join(path, 'a'), 'new a');
    await put(join(path, 'b'), new TextEncoder().encode('new b'));
  });

test('a file is replaced as a whole, and nothing else is left in the folder', async () => {
  const { path, contents } = twoOldFiles();
  await writeFileAtomically(join(path, 'a'), 'x'.repeat(3_000_000));
  expect(contents()).toEqual(['x'.repeat(3_000_000), 'old b']);
});

test('files are replaced only after all of them are written', async () => {
  const { path, contents } = twoOldFiles();
  await replaceFiles(async (put) => {
    await put(join(path, 'a'), 'new a');
    expect(readFileSync(join(path, 'a'), 'utf8')).toBe('old a');
    await put(join(path, 'b'), 'new b');
  });
  expect(contents()).toEqual(['new a', 'new b']);
});

test('an error of the writer leaves the old files and nothing else', async () => {
  const { path, contents } = twoOldFiles();
  const failing = replaceFiles(async (put) => {
    await put(join(path, 'a'), 'new a');
    throw new Error('no more');
  });
  await expect(failing).rejects.toThrow('no more');
  expect(contents()).toEqual(['old a', 'old b']);
});

describe('when any call of the file system fails', async () => {
  const { path } = twoOldFiles();
  const { calls, restore } = failAt(-1, 'EIO');
  await replaceBoth(path);
  restore();

  test('the expected calls are made', () => {
    const names = calls.map((call) => call.split(' ')[0]);
    const write = ['open', 'write', 'sync', 'close'];
    expect(names).toEqual([...write, ...write, 'rename', 'rename', 'open', 'sync', 'close']);
  });

  test.each(calls.map((call, at) => [at, call.split(' ')[0]] as const))('%i: %s', async (at, name) => {
    const old = twoOldFiles();
    const failpoint = failAt(at, 'ENOSPC');
    let error: unknown;
    try {
      await replaceBoth(old.path);
    } catch (caught) {
      error = caught;
    } finally {
      failpoint.restore();
    }
    const renamed = calls.slice(0, at).filter((call) => call.startsWith('rename')).length;
    // Not every system can open a folder to make renames in it durable.
    if (renamed === 2 && name === 'open') expect(error).toBeUndefined();
    else expect(error).toMatchObject({ code: 'ENOSPC' });
    expect(old.contents()).toEqual([renamed > 0 ? 'new a' : 'old a', renamed > 1 ? 'new b' : 'old b']);
  });
});

test('folders are made with those above them, and can exist already', async () => {
  const path = join(folder.path, 'one/two/three');
  await makeFolder(path);
  await makeFolder(path);
  expect(readdirSync(join(folder.path, 'one/two'))).toEqual(['three']);
  folder.write('one/file', '');
  await expect(makeFolder(join(folder.path, 'one/file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(folder.path, 'one/file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  // If nothing can be made there, the system says that something is missing.
  if (process.platform === 'linux')
    await expect(makeFolder('/proc/god/run')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('temporary files of killed writers are removed, and other files are not', async () => {
  const path = join(folder.path, 'killed');
  mkdirSync(path);
  for (const name of ['.map.npy.0123456789ab.god-tmp', '.hidden', 'notes.god-tmp', 'map.npy'])
    folder.write(`killed/${name}`, '');
  await removeTemporaryFiles(path);
  expect(readdirSync(path)).toEqual(['.hidden', 'map.npy', 'notes.god-tmp']);
});

describe('a file of several arrays', () => {
  const { path } = twoOldFiles();
  const file = join(path, 'a');

  test('contains them one after another, even if one is longer than a single write', async () => {
    const long = Uint8Array.from({ length: (16 << 20) + 3 }, (_, i) => i % 251);
    const arrays = [Uint8Array.of(1, 2), new Uint8Array(0), long, long.subarray(5, 9)];
    await writeFileAtomically(file, arrays);
    expect(readFileSync(file).equals(Buffer.concat(arrays))).toBe(true);
  });

  test('is not written if a buffer is transferred meanwhile', async () => {
    const before = readFileSync(file);
    const last = new Uint8Array(20 << 20);
    const writing = writeFileAtomically(file, [Uint8Array.of(1), last]);
    structuredClone(last, { transfer: [last.buffer] });
    await expect(writing).rejects.toThrow(TypeError);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(path)).toEqual(['a', 'b']);
  });
});
