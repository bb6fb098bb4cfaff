import { spawnSync } from 'node:child_process';
import { test } from 'vitest';

/** Declares a test that needs a Python with these packages. It is skipped, with the reason, where there is none. */
export function testWithPython(packages: readonly string[]) {
  const python = process.env.GOD_BENCH_PYTHON ?? 'python3';
  const found = spawnSync(python, ['-c', `import ${packages.join(', ')}`]).status === 0;
  return (name: string, work: (python: string) => Promise<void>) =>
    found
      ? test(name, { timeout: 300_000 }, () => work(python))
      : test.skip(`${name} (set GOD_BENCH_PYTHON to a python with ${packages.join(', ')})`, () => {});
}
