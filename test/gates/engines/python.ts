import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The Python of a virtual environment with these packages, which is kept for the next time. */
export function pythonWith(name: string, packages: readonly string[]): string {
  const home = join(resolve(import.meta.dirname, '../../..'), 'build-engines', name);
  const python = join(home, 'bin/python');
  if (existsSync(join(home, 'complete'))) return python;
  rmSync(home, { recursive: true, force: true });
  execFileSync('python3', ['-m', 'venv', home], { stdio: 'inherit' });
  execFileSync(join(home, 'bin/pip'), ['install', '--quiet', ...packages], { stdio: 'inherit' });
  mkdirSync(join(home, 'complete'));
  return python;
}

/** What Spark Connect imports. The extra `pyspark[connect]` of 3.5 wants a NumPy that is too old for pyarrow. */
const CONNECT = ['grpcio', 'grpcio-status', 'googleapis-common-protos', 'zstandard'];

/** What pip installs for a version of Spark, such as `4.*`. */
export function sparkPackages(version: string): string[] {
  return [`pyspark==${version}`, 'pyarrow', 'pandas<3', 'numpy', 'setuptools', ...CONNECT];
}
