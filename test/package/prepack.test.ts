import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../support/temp.ts';

const script = readFileSync(resolve(import.meta.dirname, '../../scripts/prepack.mjs'));

/** Runs prepack in a package with these binaries. */
function prepack(binaries: readonly string[], any: string) {
  const copy = join(folder.path, String(Math.random()));
  const write = (name: string, content: string | Uint8Array) =>
    folder.write(join(copy.slice(folder.path.length), name), content);
  const file = write('scripts/prepack.mjs', script);
  write('package.json', JSON.stringify({ scripts: { 'build:ts': 'node -e "console.log(`built`)"' } }));
  for (const binary of binaries) write(`prebuilds/${binary}.node`, '');
  return spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    env: { ...process.env, GOD_PACK_ANY: any, npm_execpath: undefined },
  });
}

const folder = tempFolder();
const linux = ['x64', 'arm64'].flatMap((arch) =>
  ['glibc', 'musl'].map((libc) => `linux-${arch}/global-object-embedder.${libc}`),
);
const all = [...linux, 'win32-x64/global-object-embedder'];

it('refuses to pack if a promised binary is missing, and names it', () => {
  const { status, stderr } = prepack(all.toSpliced(3, 1), '');
  expect(status).toBe(1);
  expect(stderr).toContain('prebuilds/linux-arm64/global-object-embedder.musl.node');
  expect(stderr).not.toContain('glibc');
});

it.each([
  ['with every binary', all, ''],
  ['with any, when asked to', [], '1'],
])('builds and packs %s', (_, binaries, any) => {
  const { status, stdout, stderr } = prepack(binaries, any);
  expect(status).toBe(0);
  expect(stderr).toContain('built');
  expect(stdout).toBe('');
});
