// Builds OpenBLAS for a target of zig: its kernels for few processors only, real numbers only, without Fortran.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

// A processor that is not listed runs the kernels of an older one with the same instructions.
const PROCESSORS = {
  x64: ['ARCH=x86_64', 'TARGET=PRESCOTT', 'DYNAMIC_LIST=PRESCOTT SANDYBRIDGE HASWELL SKYLAKEX'],
  arm64: ['ARCH=arm64', 'TARGET=ARMV8', 'DYNAMIC_LIST=ARMV8 CORTEXA57 NEOVERSEN1'],
};
const DEBIAN = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
const MINGW = 'x86_64-w64-mingw32-';

// OpenBLAS' threads for Windows name the tiles of complex products even in a build without them.
const NO_COMPLEX = ['-DZGEMM_P=DGEMM_P', '-DZGEMM_Q=DGEMM_Q', '-DCGEMM_P=SGEMM_P', '-DCGEMM_Q=SGEMM_Q'];

/**
 * Builds a copy of the sources in `source` at `folder`, unless that was done before. Returns the settings that CMakeLists.txt needs.
 *
 * LAPACK comes from its translation to C in the sources. Debian's source package does not contain LAPACK. Then, for Linux, it
 * comes from Debian's binary archive, whose LAPACK objects need only memory and logarithms from a libc, so they work with musl
 * too. For Windows, MinGW's Fortran compiles the sources of LAPACK in `lapack`.
 */
export function buildOpenBlas({ source, lapack, folder, platform, arch, tools }) {
  const library = hasLapack(source) ? undefined : lapackLibrary({ source, lapack, folder, platform, arch });
  const prefix = join(folder, 'installed');
  if (!existsSync(join(prefix, 'lib/libopenblas.a'))) {
    rmSync(folder, { recursive: true, force: true });
    cpSync(source, folder, { recursive: true, verbatimSymlinks: true });
    const windows = platform === 'win32';
    const cc = windows ? [tools.cc, ...NO_COMPLEX].join(' ') : tools.cc;
    const options = [
      ...PROCESSORS[arch],
      ...(windows ? ['OSNAME=WINNT'] : []),
      library === undefined ? 'C_LAPACK=1' : 'NO_LAPACK=1',
      `PREFIX=${prefix}`,
    ];
    make(folder, { ...tools, cc }, [...options, 'libs', ...(library === undefined ? ['netlib'] : [])]);
    make(folder, { ...tools, cc }, [...options, 'install']);
  }
  return { GOD_OPENBLAS_ROOT: prefix, ...(library && { GOD_LAPACK_LIBRARY: library }) };
}

/** Whether sources of OpenBLAS hold LAPACK in C. */
export function hasLapack(source) {
  return existsSync(join(source, 'lapack-netlib/SRC/dsyevd.c'));
}

function lapackLibrary({ source, lapack, folder, platform, arch }) {
  if (platform === 'win32' && lapack !== undefined) return compileLapack(lapack, `${folder}-lapack`);
  const debian = `/usr/lib/${DEBIAN[arch]}/openblas-pthread/libopenblas.a`;
  if (platform === 'linux' && existsSync(debian)) return debian;
  throw new Error(
    `${source} holds no LAPACK, and ${platform === 'linux' ? `there is no ${debian}` : 'lapack names no other'}`,
  );
}

/** Compiles the routines of LAPACK for float64 in `sources` into an archive for Windows, unless that was done before. */
function compileLapack(sources, folder) {
  const library = join(folder, 'liblapack.a');
  if (existsSync(library)) return library;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const routines = join(sources, 'SRC');
  // Modules first, as the others read what compiling them writes.
  const modules = ['la_constants.f90', 'la_xisnan.F90'];
  const doubles = readdirSync(routines).filter((name) => /^(d.*\.f(90)?|(i|lsamen).*\.f)$/.test(name));
  const files = [...modules, ...doubles].map((name) => join(routines, name));
  const compile = ['-O2', '-frecursive', '-c', ...files, join(sources, 'INSTALL/dlamch.f')];
  execFileSync(`${MINGW}gfortran`, compile, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const objects = readdirSync(folder).filter((name) => name.endsWith('.o'));
  execFileSync(`${MINGW}ar`, ['rcs', library, ...objects], { cwd: folder });
  return library;
}

function make(folder, tools, options) {
  const common = [
    ...[`CC=${tools.cc}`, `AR=${tools.ar}`, `RANLIB=${tools.ranlib}`, 'HOSTCC=cc', 'CROSS=1', 'BINARY=64'],
    ...['DYNAMIC_ARCH=1', 'USE_THREAD=1', 'USE_OPENMP=0', 'NUM_THREADS=64', 'NO_AFFINITY=1'],
    ...[
      'NOFORTRAN=1',
      'NO_LAPACKE=1',
      'NO_SHARED=1',
      'SMALL_MATRIX_OPT=0',
      'BUILD_SINGLE=1',
      'BUILD_DOUBLE=1',
    ],
  ];
  const args = ['-C', folder, `-j${availableParallelism()}`, ...common, ...options];
  try {
    execFileSync('make', args, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 2 ** 28 });
  } catch (error) {
    const last = String(error.stderr).split('\n').slice(-40).join('\n');
    throw new Error(`OpenBLAS could not be built:\n${last}`);
  }
}
