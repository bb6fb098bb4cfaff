// Builds OpenBLAS for a Linux target with zig: its kernels for few processors only, real numbers only, without Fortran.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

// A processor that is not listed runs the kernels of an older one with the same instructions.
const PROCESSORS = {
  x64: ['ARCH=x86_64', 'TARGET=PRESCOTT', 'DYNAMIC_LIST=PRESCOTT SANDYBRIDGE HASWELL SKYLAKEX'],
  arm64: ['ARCH=arm64', 'TARGET=ARMV8', 'DYNAMIC_LIST=ARMV8 CORTEXA57 NEOVERSEN1'],
};
const DEBIAN = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * Builds a copy of the sources in `source` at `folder`, unless that was done before. Returns the settings that CMakeLists.txt needs.
 *
 * LAPACK comes from its translation to C in the sources. Debian's source package does not contain LAPACK; then it comes from
 * Debian's binary archive, whose LAPACK objects need only memory and logarithms from a libc, so they work with musl too.
 */
export function buildOpenBlas({ source, folder, arch, tools }) {
  const hasLapack = existsSync(join(source, 'lapack-netlib/SRC/dsyevd.c'));
  const debian = `/usr/lib/${DEBIAN[arch]}/openblas-pthread/libopenblas.a`;
  if (!hasLapack && !existsSync(debian))
    throw new Error(`${source} holds no LAPACK, and there is no ${debian}`);
  const prefix = join(folder, 'installed');
  if (!existsSync(join(prefix, 'lib/libopenblas.a'))) {
    rmSync(folder, { recursive: true, force: true });
    cpSync(source, folder, { recursive: true, verbatimSymlinks: true });
    const options = [...PROCESSORS[arch], hasLapack ? 'C_LAPACK=1' : 'NO_LAPACK=1', `PREFIX=${prefix}`];
    make(folder, tools, [...options, 'libs', ...(hasLapack ? ['netlib'] : [])]);
    make(folder, tools, [...options, 'install']);
  }
  return { GOD_OPENBLAS_ROOT: prefix, ...(hasLapack ? {} : { GOD_LAPACK_LIBRARY: debian }) };
}

function make(folder, tools, options) {
  const common = [
    ...[`CC=${tools.cc}`, `AR=${tools.ar}`, `RANLIB=${tools.ranlib}`, 'HOSTCC=cc', 'CROSS=1', 'BINARY=64'],
    ...['DYNAMIC_ARCH=1', 'USE_THREAD=1', 'USE_OPENMP=0', 'NUM_THREADS=64', 'NO_AFFINITY=1'],
    ...['NOFORTRAN=1', 'NO_LAPACKE=1', 'NO_SHARED=1', 'BUILD_SINGLE=1', 'BUILD_DOUBLE=1'],
  ];
  const args = ['-C', folder, `-j${availableParallelism()}`, ...common, ...options];
  try {
    execFileSync('make', args, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 2 ** 28 });
  } catch (error) {
    const last = String(error.stderr).split('\n').slice(-40).join('\n');
    throw new Error(`OpenBLAS could not be built:\n${last}`);
  }
}
