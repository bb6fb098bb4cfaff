import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { lesserProducts } from '../../bench/harness/machine.ts';
import { native } from '../../src/native/loader.ts';
import { LONG } from '../support/gate.ts';

// Processors that OpenBLAS 0.3.21 does not know, or takes for lesser ones: by itself it uses
// kernels for SSE3 or SSE4.2 on all but AMD's.
const PROCESSORS = [
  { name: 'Intel Emerald Rapids', vendor: 'GenuineIntel', family: 6, model: 0xcf, without: '' },
  { name: 'Intel Raptor Lake', vendor: 'GenuineIntel', family: 6, model: 0xb7, without: 'avx512' },
  { name: 'Intel Arrow Lake', vendor: 'GenuineIntel', family: 6, model: 0xc6, without: 'avx512' },
  { name: 'Intel of family 18', vendor: 'GenuineIntel', family: 18, model: 1, without: '' },
  { name: 'Intel of family 19', vendor: 'GenuineIntel', family: 19, model: 1, without: '' },
  { name: 'AMD Zen 4', vendor: 'AuthenticAMD', family: 25, model: 0x11, without: '' },
  { name: 'AMD Zen 5', vendor: 'AuthenticAMD', family: 26, model: 2, without: '' },
  { name: 'AMD of family 27', vendor: 'AuthenticAMD', family: 27, model: 1, without: '' },
  { name: 'Zhaoxin KX-7000', vendor: '  Shanghai  ', family: 7, model: 0x6b, without: 'avx512' },
] as const;
type Processor = (typeof PROCESSORS)[number];

// Where the loader finds the addon in a checkout.
const REPORT = `const folder = process.env.GLOBAL_OBJECT_EMBEDDER_PREBUILD || process.cwd();
  const { simd, blas } = require(folder + '/build/Release/god.node');
  process.stdout.write(JSON.stringify({ simd, blas }));`;
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'god-processors-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { OPENBLAS_CORETYPE: _, GOD_SIMD: __, ...plain } = process.env;

function report(command: string, args: readonly string[], variables: Record<string, string> = {}) {
  const env = { ...plain, ...variables };
  return spawnSync(command, [...args, '-e', REPORT], { cwd: root, env, encoding: 'utf8' });
}

const sets = ['sse2', 'avx2', 'avx512'];
const { simd } = native();

describe.runIf(sets.includes(simd) && process.platform === 'linux')('an unknown processor', () => {
  const library = compiled();
  const refusal = library === undefined ? 'there is no C compiler' : cannotFault(library);
  if (refusal !== undefined) console.warn(`skipped: made-up processors on this one, since ${refusal}`);

  it.runIf(refusal === undefined).each(PROCESSORS)(
    '$name runs the kernels for its instructions',
    (processor) => {
      const { stdout, stderr } = report(process.execPath, [], madeUp(processor, library as string));
      expect(stderr).toBe('');
      const expected = processor.without === 'avx512' && simd === 'avx512' ? 'avx2' : simd;
      expect(JSON.parse(stdout).simd).toBe(expected);
      expect(lesserProducts(JSON.parse(stdout))).toBeUndefined();
    },
  );

  const emulator = ['/usr/bin/qemu-x86_64', '/usr/bin/qemu-x86_64-static'].find(existsSync);
  if (emulator === undefined) console.warn('skipped: emulated processors, because qemu-x86_64 is missing');

  // qemu does not have AVX-512, and it starts Node slowly.
  it.runIf(emulator !== undefined).each(LONG ? PROCESSORS : PROCESSORS.slice(0, 1))(
    '$name, emulated, runs kernels for AVX2',
    (processor) => {
      const { vendor, family, model } = processor;
      const cpu = `Haswell,vendor=${vendor},family=${family},model=${model}`;
      const { stdout, stderr } = report(emulator as string, ['-cpu', cpu, process.execPath]);
      expect(stdout, stderr).not.toBe('');
      expect(JSON.parse(stdout)).toEqual({ simd: 'avx2', blas: 'Haswell' });
    },
  );

  it.runIf(emulator !== undefined && LONG).each([
    ['Conroe', 'Prescott'],
    ['Nehalem', 'Nehalem'],
    ['SandyBridge', 'Sandybridge'],
  ])('%s, which has no AVX2, is left to OpenBLAS', (cpu, blas) => {
    const { stdout } = report(emulator as string, ['-cpu', cpu, process.execPath]);
    expect(JSON.parse(stdout)).toEqual({ simd: 'sse2', blas });
  });
});

/** The library that makes up processors; undefined without a compiler. */
function compiled(): string | undefined {
  const source = fileURLToPath(new URL('made-up-processor.c', import.meta.url));
  const file = join(folder, 'made-up-processor.so');
  const { error } = spawnSync('cc', ['-O1', '-shared', '-fPIC', '-o', file, source, '-ldl'], {
    stdio: 'inherit',
  });
  return error === undefined && existsSync(file) ? file : undefined;
}

function cannotFault(library: string): string | undefined {
  const { status, stderr } = report(process.execPath, [], madeUp(PROCESSORS[0], library));
  if (status === 0) return undefined;
  return status === 77 ? 'its CPUID instruction cannot be caught here' : stderr;
}

function madeUp({ vendor, family, model, without }: Processor, library: string): Record<string, string> {
  return {
    LD_PRELOAD: library,
    MADE_UP_VENDOR: vendor,
    MADE_UP_SIGNATURE: signature(family, model).toString(16),
    ...(without !== '' && { MADE_UP_WITHOUT: without }),
  };
}

/** A signature as CPUID packs it: four bits of the family and what exceeds 15, eight of the model in two places, stepping 2. */
function signature(family: number, model: number): number {
  const base = Math.min(family, 15);
  return ((family - base) << 20) | ((model >> 4) << 16) | (base << 8) | ((model & 15) << 4) | 2;
}
