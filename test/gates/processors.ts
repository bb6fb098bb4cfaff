// The default tests as on other processors: with the kernels of each instruction set, and with each kind of OpenBLAS' products
// together with our own kernels for this processor. Fails if a test fails or none ran.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { measured } from '../support/gate.ts';

const PROCESSORS = [
  { GOD_SIMD: 'sse2' },
  { GOD_SIMD: 'avx2' },
  { GOD_SIMD: 'avx512' },
  { OPENBLAS_CORETYPE: 'PRESCOTT' },
  { OPENBLAS_CORETYPE: 'HASWELL' },
  { OPENBLAS_CORETYPE: 'SKYLAKEX' },
] as const;

const root = resolve(import.meta.dirname, '../..');
const { GOD_SIMD: _, OPENBLAS_CORETYPE: __, GOD_LONG: ___, ...plain } = process.env;
const folder = mkdtempSync(join(tmpdir(), 'god-processors-'));
const figures = PROCESSORS.map((variables) => {
  const name = Object.values(variables).join();
  const report = join(folder, `${name}.json`);
  const vitest = ['vitest', 'run', '--reporter=json', `--outputFile=${report}`, ...process.argv.slice(2)];
  const { status, stdout, stderr } = spawnSync('npx', vitest, {
    cwd: root,
    env: { ...plain, ...variables },
    encoding: 'utf8',
  });
  const passed = status === 0 ? passedIn(report) : 0;
  if (status !== 0) console.log(`${name}\n${failuresIn(report) ?? `${stdout}${stderr}`}`);
  if (passed === 0) process.exitCode = 1;
  return `${name} ${passed === 0 ? 'failed' : passed}`;
});
rmSync(folder, { recursive: true });
const figure = `tests passed: ${figures.join(', ')}`;
measured('processors', figure);
console.log(figure);

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function passedIn(file: string): number {
  return (JSON.parse(readFileSync(file, 'utf8')) as Report).numPassedTests;
}

/** Undefined if vitest did not write a report. */
function failuresIn(file: string): string | undefined {
  try {
    const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const failed = testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'failed'),
    );
    return failed
      .map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`)
      .join('\n');
  } catch {
    return undefined;
  }
}
