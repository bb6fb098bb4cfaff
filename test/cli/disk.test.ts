import { spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { clusteredNpy, contentsOf, god, leftovers } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cwd = folder.path;
folder.write('audio.npy', clusteredNpy(300, 16, 1));
const mounted: string[] = [];
afterAll(() => {
  for (const path of mounted) spawnSync('umount', [path]);
});

function mount(...args: string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
}

/** A separate file system in memory, of this size; undefined without the rights to make one. */
function smallDisk(name: string, size: string): string | undefined {
  const path = join(cwd, name);
  mkdirSync(path);
  if (!mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path)) return undefined;
  mounted.push(path);
  return path;
}

const run = (out: string, seed = 0) =>
  god(['run', '--audio', 'audio.npy', '--seed', `${seed}`, '-o', out], { cwd });
const withoutStages = (path: string) =>
  Object.entries(contentsOf(path)).filter(([name]) => !name.startsWith('stages/'));

const disk = smallDisk('disk', '64m');
const where = disk === undefined ? ' (skipped: mounting a small file system takes a superuser)' : '';

describe.skipIf(disk === undefined)(`a full disk${where}`, async () => {
  const path = join(disk ?? '', 'run');
  const used = () => {
    const { blocks, bfree, bsize } = statfsSync(path);
    return (blocks - bfree) * bsize;
  };

  test('ends a run with one line, keeps the outputs of the previous run, and the run can be resumed', async () => {
    for (const [out, seed] of [
      [path, 0],
      ['reference', 1],
    ] as const)
      expect(await run(out, seed)).toMatchObject({ code: 0, signal: null });
    const reference = contentsOf(join(cwd, 'reference'));
    const before = withoutStages(path);
    // From too little space for the first stage to too little for the last outputs.
    for (const room of [0, 100_000, 400_000, 700_000]) {
      expect(mount('-o', `remount,size=${used() + room}`, disk ?? '')).toBe(true);
      const { code, signal, stdout, stderr } = await run(path, 1);
      expect({ code, signal, stdout }, `room ${room}`).toEqual({ code: 1, signal: null, stdout: '' });
      expect(stderr).toMatch(/(^|\n)god: ENOSPC[^\n]*The disk is full\. Results so far are kept[^\n]*\n$/);
      expect(withoutStages(path)).toEqual(before);
      expect(leftovers(path)).toEqual([]);
    }
    expect(mount('-o', 'remount,size=64m', disk ?? '')).toBe(true);
    expect(await run(path, 1)).toMatchObject({ code: 0, signal: null });
    expect(contentsOf(path)).toEqual(reference);
  });
});

describe.skipIf(disk === undefined)(`a read-only disk${where}`, () => {
  test('is reported in one line', async () => {
    const path = smallDisk('read-only', '1m');
    expect(mount('-o', 'remount,ro', path ?? '')).toBe(true);
    for (const out of [path ?? '', join(path ?? '', 'run')]) {
      const { code, stderr } = await run(out);
      expect(stderr).toMatch(/^god: EROFS[^\n]*Choose another directory with -o\.\n$/);
      expect(code).toBe(1);
    }
  });
});

test.skipIf(process.getuid?.() === 0)(
  'a directory without write permission is reported in one line',
  async () => {
    const path = join(cwd, 'others');
    mkdirSync(path, { mode: 0o555 });
    const { code, stderr } = await run(join(path, 'run'));
    expect(stderr).toMatch(/^god: EACCES[^\n]*Permission denied\. Choose another directory with -o\.\n$/);
    expect(code).toBe(1);
  },
);

describe('something else in the place of a file or folder', () => {
  test.each([
    ['stages', 'A file is in the place of a directory.'],
    ['model', 'A file is in the place of a directory.'],
  ])('a file called %s is reported in one line, and stays', async (name, message) => {
    const path = join(cwd, `file-${name}`);
    mkdirSync(path);
    writeFileSync(join(path, name), 'mine');
    const { code, stderr } = await run(path);
    expect(stderr).toMatch(/^god: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
    expect(Object.keys(contentsOf(path))).toContain(name);
  });

  test('a folder called report.html is reported in one line', async () => {
    const path = join(cwd, 'folder');
    mkdirSync(join(path, 'report.html'), { recursive: true });
    const { code, stderr } = await run(path);
    expect(stderr).toMatch(/\ngod: EISDIR[^\n]*A directory is in the place of a file\.[^\n]*\n$/);
    expect(code).toBe(1);
    expect(leftovers(path)).toEqual([]);
  });
});
