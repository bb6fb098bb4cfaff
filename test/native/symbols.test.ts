import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const objects = resolve(import.meta.dirname, '../../build/CMakeFiles');
const isas = ['sse2', 'avx2', 'avx512', 'neon'].filter((isa) => existsSync(join(objects, `god_${isa}.dir`)));
const tool = spawnSync('nm', ['--version']).error === undefined;
if (!tool) console.warn('skipped: symbols of the kernels, because nm is missing');

/** The symbols that a file defines, as nm prints them: address, kind, name. */
function defined(file: string): { kind: string; name: string }[] {
  const { stdout } = spawnSync('nm', ['--defined-only', '--demangle', file], { encoding: 'utf8' });
  const lines = stdout.trim().split('\n');
  return lines.map((line) => /^\S* ?(?<kind>\S) (?<name>.*)$/.exec(line)?.groups as never);
}

describe.runIf(tool && isas.length > 0)('code for one instruction set', () => {
  // The linker keeps one of several weak definitions. If that were the one for AVX-512, older processors would run it.
  it.each(isas)('of %s stays in its own namespace', (isa) => {
    const folder = join(objects, `god_${isa}.dir`);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.o'),
    );
    expect(files.length).toBeGreaterThan(5);
    const symbols = files.flatMap((file) =>
      defined(join(folder, file)).map((symbol) => ({ file, ...symbol })),
    );
    expect(symbols.length).toBeGreaterThan(files.length);
    const shared = symbols.filter(({ kind, name }) => /[WVu]/i.test(kind) && !name.includes(`god::${isa}::`));
    expect(shared).toEqual([]);
  });
});
