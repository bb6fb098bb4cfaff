// Builds OpenBLAS for a target of zig: its kernels for few processors only, real numbers only, without Fortran.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

// A processor that is not listed runs the kernels of an older one with the same instructions.
const PROCESSORS = {
  'linux-x64': ['PRESCOTT', 'SANDYBRIDGE', 'HASWELL', 'SKYLAKEX'],
  'linux-arm64': ['ARMV8', 'CORTEXA57', 'NEOVERSEN1'],
  // Without those for AVX-512: blas_cores.cpp says why they are not used there.
  'win32-x64': ['PRESCOTT', 'SANDYBRIDGE', 'HASWELL'],
};
const ARCHITECTURES = { x64: 'x86_64', arm64: 'arm64' };
const MINGW = 'x86_64-w64-mingw32-';

// OpenBLAS' threads for Windows name the tiles of complex products even in a build without them.
const NO_COMPLEX = ['-DZGEMM_P=DGEMM_P', '-DZGEMM_Q=DGEMM_Q', '-DCGEMM_P=SGEMM_P', '-DCGEMM_Q=SGEMM_Q'];

/**
 * Builds a copy of the sources in `source` at `folder`, unless that was done before. Returns the settings that CMakeLists.txt needs.
 *
 * LAPACK comes from its translation to C in the sources. If they lack it, as those of Debian do, `lapack` names another. For
 * Linux it is an archive, such as Debian's, whose objects need only memory and logarithms from a libc, so they work with musl
 * too. For Windows it is a folder with LAPACK's sources, which MinGW's Fortran compiles.
 */
export function buildOpenBlas({ source, lapack, folder, platform, arch, tools }) {
  const fortran = !hasLapack(source);
  const library = fortran && platform === 'win32' ? compileLapack(lapack, `${folder}-lapack`) : lapack;
  const prefix = join(folder, 'installed');
  if (!existsSync(join(prefix, 'lib/libopenblas.a'))) {
    rmSync(folder, { recursive: true, force: true });
    cpSync(source, folder, { recursive: true, verbatimSymlinks: true });
    const windows = platform === 'win32';
    const processors = PROCESSORS[`${platform}-${arch}`];
    const compiler = compilerOfUsed(folder, processors, tools);
    const cc = windows ? [compiler, ...NO_COMPLEX].join(' ') : compiler;
    const options = [
      ...[`ARCH=${ARCHITECTURES[arch]}`, `TARGET=${processors[0]}`, `DYNAMIC_LIST=${processors.join(' ')}`],
      ...(windows ? ['OSNAME=WINNT'] : []),
      fortran ? 'NO_LAPACK=1' : 'C_LAPACK=1',
      `PREFIX=${prefix}`,
    ];
    make(folder, { ...tools, cc }, [...options, 'libs', ...(fortran ? [] : ['netlib'])]);
    leaveOutUnused(folder, processors, tools);
    make(folder, { ...tools, cc }, [...options, 'install']);
  }
  return { GOD_OPENBLAS_ROOT: prefix, ...(fortran && { GOD_LAPACK_LIBRARY: library }) };
}

/** Whether sources of OpenBLAS hold LAPACK in C. */
export function hasLapack(source) {
  return existsSync(join(source, 'lapack-netlib/SRC/dsyevd.c'));
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

/**
 * Writes a compiler that does not compile the kernels for float32 and complex numbers, which nothing here calls: their objects are
 * empty. (OpenBLAS cannot be built without float32.) Gives its path.
 */
function compilerOfUsed(folder, processors, tools) {
  const object = join(folder, 'empty.o');
  writeFileSync(join(folder, 'empty.c'), '');
  execFileSync(tools.cc, ['-c', join(folder, 'empty.c'), '-o', object]);
  const unused = processors.flatMap((name) => [`[scz]*_${name}.o*`, `i[scz]*_${name}.o*`]);
  const compiler = join(folder, 'cc');
  writeFileSync(
    compiler,
    `#!/bin/sh
for arg do
  [ "$last" = -o ] && output=$arg
  last=$arg
done
case \${output##*/} in
  setparam*) ;;
  ${unused.join(' | ')}) exec cp '${object}' "$output" ;;
esac
exec '${tools.cc}' "$@"
`,
    { mode: 0o755 },
  );
  return compiler;
}

/**
 * Replaces the kernels that compilerOfUsed leaves empty by functions that end the process. OpenBLAS' tables of kernels name all of
 * them.
 */
function leaveOutUnused(folder, processors, tools) {
  const archive = realpathSync(join(folder, 'libopenblas.a'));
  // Every kernel is a file of its own, with its name. The type of the numbers is its first letter, after an i for an index.
  const unused = new RegExp(`^(?!setparam)(i?[scz]\\w*_(${processors.join('|')}))\\.o(?:bj)?$`);
  const members = execFileSync(tools.ar, ['t', archive], { encoding: 'utf8' })
    .split('\n')
    .filter((member) => unused.test(member));
  if (members.length === 0) throw new Error(`${archive} holds none of the kernels that are to be left out`);
  const functions = members.map((member) => `void ${unused.exec(member)[1]}(void) { __builtin_trap(); }\n`);
  const stubs = join(folder, 'unused_kernels');
  writeFileSync(`${stubs}.c`, functions.join(''));
  execFileSync(tools.cc, ['-O2', '-fPIC', '-c', `${stubs}.c`, '-o', `${stubs}.o`]);
  execFileSync(tools.ar, ['d', archive, ...members]);
  execFileSync(tools.ar, ['rs', archive, `${stubs}.o`]);
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
