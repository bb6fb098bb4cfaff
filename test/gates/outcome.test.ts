import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { outcome } from './outcome.ts';

const root = resolve(import.meta.dirname, '../..');
const vitest = (...args: string[]) =>
  spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/matrix.test.ts', ...args],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );

it('a gate whose filter matches no test is missed, although vitest succeeds', () => {
  const { status, stdout } = vitest('-t', 'a name that no test has');
  expect(status).toBe(0);
  expect(outcome(status, stdout, [])).toEqual({ passed: false, figures: [] });
});

it('a gate whose tests pass is met, and says how many', () => {
  const { status, stdout } = vitest('-t', 'wraps');
  expect(outcome(status, stdout, []).figures.join()).toMatch(/^tests: [1-9]\d* passed/);
  expect(outcome(status, stdout, []).passed).toBe(true);
});

it('a gate is missed if its command fails, whatever it measured', () => {
  expect(outcome(1, 'Tests  3 passed (3)', ['3 ms']).passed).toBe(false);
  expect(outcome(null, '', ['3 ms']).passed).toBe(false);
});

it('tests that ctest ran are counted', () => {
  expect(outcome(0, '100% tests passed, 0 tests failed out of 31', []).passed).toBe(true);
  expect(outcome(0, 'No tests were found!!!', []).passed).toBe(false);
  expect(outcome(0, '      Tests  3 skipped (3)', []).passed).toBe(false);
  expect(outcome(0, '', ['p99 12 ms'])).toEqual({ passed: true, figures: ['p99 12 ms'] });
});
