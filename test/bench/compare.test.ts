import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compareResults, differences } from '../../bench/harness/regressions.ts';
import { type Results, spread } from '../../bench/harness/results.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();

/** Results of one case for each entry of `seconds`, whose runs took that long while the reference work took `reference`. */
function results(seconds: Record<string, number[]>, reference: number[]): Results {
  return {
    command: 'npm run bench --',
    machine: {
      date: '2026-01-01',
      commit: 'abc',
      cpu: 'x',
      processors: 2,
      memoryGb: 8,
      os: 'linux',
      node: '20',
      simd: 'avx2',
      blas: 'Haswell',
      load: 0,
    },
    threads: 2,
    cases: Object.entries(seconds).map(([title, runs]) => ({
      kernel: 'pca',
      title,
      contenders: [
        {
          name: 'global-object-embedder',
          seconds: spread(runs),
          relative: spread(runs.map((run, i) => run / reference[i])),
        },
        { name: 'peer', seconds: spread([9, 9, 9]), relative: spread(reference.map((r) => 9 / r)) },
      ],
    })),
  };
}

const before = results({ small: [0.2, 0.21, 0.22], large: [2, 2.1, 2.2] }, [0.1, 0.1, 0.1]);
const verdicts = (after: Results, tolerance = 0.25) =>
  compareResults(before, after, tolerance).map(({ verdict }) => verdict);

test('a machine that takes three times as long is not a regression', () => {
  const after = results({ small: [0.6, 0.63, 0.66], large: [6, 6.3, 6.6] }, [0.3, 0.3, 0.3]);
  expect(verdicts(after)).toEqual(['same', 'same']);
});

test('half the speed on the same machine is a regression, also on a machine of twice the speed', () => {
  const slower = results({ small: [0.2, 0.21, 0.22], large: [4, 4.2, 4.4] }, [0.1, 0.1, 0.1]);
  expect(verdicts(slower)).toEqual(['same', 'slower']);
  const hidden = results({ small: [0.1, 0.105, 0.11], large: [2, 2.1, 2.2] }, [0.05, 0.05, 0.05]);
  expect(verdicts(hidden)).toEqual(['same', 'slower']);
});

test('one disturbed run is not a regression', () => {
  const after = results({ small: [0.2, 0.9, 0.22], large: [2, 2.1, 2.2] }, [0.1, 0.1, 0.1]);
  expect(verdicts(after)).toEqual(['same', 'same']);
  const most = results({ small: [0.2, 0.9, 0.9], large: [2, 2.1, 2.2] }, [0.1, 0.1, 0.1]);
  expect(verdicts(most)).toEqual(['same', 'same']);
});

test('the tolerance decides', () => {
  const after = results({ small: [0.24, 0.252, 0.264], large: [1, 1.05, 1.1] }, [0.1, 0.1, 0.1]);
  expect(verdicts(after, 0.25)).toEqual(['same', 'faster']);
  expect(verdicts(after, 0.1)).toEqual(['slower', 'faster']);
  expect(compareResults(before, after, 0.1)[0].factor).toBeCloseTo(1.2);
});

test('cases that only one of the results has are named but not judged', () => {
  const after = results({ large: [2, 2.1, 2.2], other: [1] }, [0.1, 0.1, 0.1]);
  expect(compareResults(before, after, 0.25)).toMatchObject([
    { name: 'pca: small', verdict: 'not comparable', reason: 'not in the new results' },
    { name: 'pca: large', verdict: 'same' },
    { name: 'pca: other', verdict: 'not comparable', reason: 'not in the old results' },
  ]);
});

test('another machine is reported', () => {
  const after = { ...before, threads: 4, machine: { ...before.machine, simd: 'avx512' } };
  expect(differences(before, before)).toEqual([]);
  expect(differences(before, after)).toEqual(['simd: avx2 before, avx512 now', 'threads: 2 before, 4 now']);
});

function compare(...files: string[]) {
  const script = fileURLToPath(new URL('../../bench/compare.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, ...files], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('the command exits with 1 for a regression, 0 without one, and 2 if there is nothing to compare', () => {
  const old = folder.write('old.json', JSON.stringify(before));
  const slow = results({ small: [0.5, 0.5, 0.5] }, [0.1, 0.1, 0.1]);
  const slower = compare(old, folder.write('slow.json', JSON.stringify(slow)));
  expect(slower).toMatchObject({ status: 1, stderr: '' });
  expect(slower.stdout).toContain('slower          pca: small: 2.38 x the old time');
  expect(compare(old, old).status).toBe(0);
  const other = folder.write('other.json', JSON.stringify(results({ other: [1] }, [1])));
  expect(compare(old, other)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Nothing to compare'),
  });
  expect(compare(old, folder.write('bad.json', '{}'))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('holds no results'),
  });
  expect(compare(old).status).toBe(2);
});
