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
  /** Which kernels OpenBLAS runs. */
  readonly blas: string;
  readonly load: number;
}

/** Warns when products run on kernels that do not fit the processor. */
export function machine(): Machine {
  const { simd, blas, processors } = native();
  const lesser = lesserProducts({ simd, blas });
  if (lesser !== undefined) console.warn(lesser);
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    cpu: cpus()[0]?.model.trim() ?? process.arch,
    processors,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${process.platform} ${release()}`,
    node: process.versions.node,
    simd,
    blas,
    load: loadavg()[0],
  };
}

/** OpenBLAS' kernels for at least AVX2 and AVX-512; it has others for each make of processor. */
const PRODUCTS = {
  avx2: /^(haswell|zen|skylakex|cooperlake|sapphirerapids)$/i,
  avx512: /^(skylakex|cooperlake|sapphirerapids)$/i,
} as const;

/** A warning if OpenBLAS' kernels use a smaller instruction set than our own loops. */
export function lesserProducts({ simd, blas }: Pick<Machine, 'simd' | 'blas'>): string | undefined {
  if ((simd !== 'avx2' && simd !== 'avx512') || PRODUCTS[simd].test(blas)) return undefined;
  return `products run on the ${blas} kernels, older than ${simd}: figures are not those of this machine`;
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
