import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lesserProducts } from '../../bench/harness/machine.ts';
import { native } from '../../src/native/loader.ts';
import { ending } from '../support/god.ts';

const { simd } = native();
const sets = ['sse2', 'avx2', 'avx512'];
const has = (isa: string) => sets.includes(simd) && sets.indexOf(isa) <= sets.indexOf(simd);
/** OpenBLAS' kernels for each instruction set. */
const KERNELS = { sse2: 'Prescott', avx2: 'Haswell', avx512: 'SkylakeX' } as const;
const free = process.env.OPENBLAS_CORETYPE === undefined;

interface Report {
  readonly simd: string;
  readonly blas: string;
  readonly checked: number;
  readonly different: readonly string[];
}

/** The output of rows.ts or bits.ts with these variables in the environment. */
async function reportOf<R = Report>(name: string, variables: Record<string, string>): Promise<R> {
  const { OPENBLAS_CORETYPE: _, GOD_SIMD: __, ...env } = process.env;
  const file = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    env: { ...env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, stdout, stderr } = await ending(child);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

describe.runIf(sets.includes(simd))('on x86-64', () => {
  it.each(['sse2', 'avx2', 'avx512'] as const)(
    'GOD_SIMD=%s uses kernels of one kind, and rows do not depend on other rows',
    async (isa) => {
      if (!has(isa)) return console.warn(`skipped: this processor has no ${isa}`);
      const report = await reportOf('rows.ts', { GOD_SIMD: isa });
      expect(report).toMatchObject({ simd: isa, blas: KERNELS[isa], different: [] });
      expect(report.checked).toBeGreaterThan(10);
    },
  );

  it.each(['sse2', 'avx2', 'avx512'] as const)(
    'OPENBLAS_CORETYPE selects the products (those for %s), and rows do not depend on other rows',
    async (isa) => {
      if (!has(isa)) return console.warn(`skipped: this processor has no ${isa}`);
      const variables = { GOD_SIMD: simd, OPENBLAS_CORETYPE: KERNELS[isa].toUpperCase() };
      const report = await reportOf('rows.ts', variables);
      expect(report).toMatchObject({ simd, blas: KERNELS[isa], different: [] });
    },
  );

  it.runIf(has('avx512'))('AVX2 and AVX-512 give the same bits with the same LAPACK', async () => {
    // Eigenvectors come from LAPACK, whose rounding depends on OpenBLAS' kernels, so both sides use the same ones.
    const bits = (isa: string) =>
      reportOf<{ simd: string; hashes: Record<string, string> }>('bits.ts', {
        GOD_SIMD: isa,
        OPENBLAS_CORETYPE: KERNELS.avx2.toUpperCase(),
      });
    const [avx2, avx512] = [await bits('avx2'), await bits('avx512')];
    expect([avx2.simd, avx512.simd]).toEqual(['avx2', 'avx512']);
    expect(avx512.hashes).toEqual(avx2.hashes);
    expect(new Set(Object.values(avx2.hashes)).size).toBe(Object.keys(avx2.hashes).length);
  });

  it.runIf(free)('products run on kernels that fit the instructions of this processor', () => {
    expect(lesserProducts(native())).toBeUndefined();
  });

  it('benchmarks say so when products run on older kernels', () => {
    const said = 'products run on the Prescott kernels, older than avx2';
    expect(lesserProducts({ simd: 'avx2', blas: 'Prescott' })).toContain(said);
    expect(lesserProducts({ simd: 'avx512', blas: 'Haswell' })).toContain('older than avx512');
    expect(lesserProducts({ simd: 'avx512', blas: 'Cooperlake' })).toBeUndefined();
    expect(lesserProducts({ simd: 'sse2', blas: 'Prescott' })).toBeUndefined();
    expect(lesserProducts({ simd: 'neon', blas: 'ARMV8' })).toBeUndefined();
  });
});
