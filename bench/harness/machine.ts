import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { native } from '../../src/native/loader.ts';

/** Where and with what the figures were measured. */
export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly processors: number;
  readonly memoryGb: number;
  readonly os: string;
  readonly node: string;
  readonly simd: string;
  readonly load: number;
}

export function machine(): Machine {
  const { simd, processors } = native();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    cpu: cpus()[0]?.model.trim() ?? process.arch,
    processors,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${process.platform} ${release()}`,
    node: process.versions.node,
    simd,
    load: loadavg()[0],
  };
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const measured = ['native', 'src', 'bench', ':!bench/results'];
    const dirty = git('status', '--porcelain', '--', ...measured) === '' ? '' : '+';
    return git('rev-parse', '--short', 'HEAD') + dirty;
  } catch {
    return 'unknown';
  }
}
