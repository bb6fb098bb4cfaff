// npm run binaries [-- TARGET...] [-- --openblas SOURCES]
//
// Builds the addon with prebuildify into prebuilds/, where the package looks for it; binding.gyp calls CMake.
//   TARGET: linux-x64-glibc, linux-x64-musl, linux-arm64-glibc, linux-arm64-musl or win32-x64, which zig builds on any Linux
//     machine; or this machine's platform, which is the default.
//   --openblas: the sources of OpenBLAS, which are built for each target first. Otherwise CMakeLists.txt finds an OpenBLAS;
//     for win32-x64, Debian's sources are fetched.
//   --lapack: the sources of LAPACK, for win32-x64, if those of OpenBLAS lack it. Otherwise Debian's are fetched.
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { debianSource } from './debian.mjs';
import { buildOpenBlas, hasLapack } from './openblas.mjs';
import { findZig, nodeLibrary, writeTools } from './zig.mjs';

// With the oldest glibc that zig's tools know well. It is much older than the 2.28 that Node itself needs.
const ZIG_TARGETS = {
  'linux-x64-glibc': 'x86_64-linux-gnu.2.17',
  'linux-x64-musl': 'x86_64-linux-musl',
  'linux-arm64-glibc': 'aarch64-linux-gnu.2.17',
  'linux-arm64-musl': 'aarch64-linux-musl',
  'win32-x64': 'x86_64-windows-gnu',
};
const SYSTEMS = { linux: 'Linux', win32: 'Windows' };
const PROCESSORS = { x64: 'x86_64', arm64: 'aarch64' };

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  options: { openblas: { type: 'string' }, lapack: { type: 'string' } },
  allowPositionals: true,
});
const source = values.openblas && resolve(values.openblas);
const lapack = values.lapack && resolve(values.lapack);
process.chdir(root);
for (const target of positionals.length > 0 ? positionals : [host()]) build(target);

function host() {
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return `${process.platform}-${process.arch}${process.platform === 'linux' ? `-${libc}` : ''}`;
}

function build(target) {
  const zig = target in ZIG_TARGETS ? findZig() : undefined;
  if (zig === undefined && target !== host()) {
    fail(`${target} is not this machine's platform, and zig is missing (python3 -m pip install ziglang)`);
  }
  console.error(`binaries: ${target}, by ${zig === undefined ? 'the compiler of this machine' : 'zig'}`);
  const [platform, arch, libc] = target.split('-');
  prebuild({
    PREBUILD_PLATFORM: platform,
    PREBUILD_ARCH: arch,
    ...(libc && { PREBUILD_LIBC: libc }),
    ...(zig && { CMAKE_TOOLCHAIN_FILE: toolchain(zig, target) }),
  });
  const name = `global-object-embedder${libc ? `.${libc}` : ''}.node`;
  const file = join('prebuilds', `${platform}-${arch}`, name);
  console.error(`binaries: ${file}, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}

/** Writes a CMake toolchain file for one of zig's targets, and gives its path. */
function toolchain(zig, target) {
  const [platform, arch] = target.split('-');
  const folder = join(root, 'build-binaries');
  const tools = writeTools(join(folder, `zig-${target}`), zig, ZIG_TARGETS[target]);
  const sources = platform === 'win32' ? debianSources(join(folder, 'sources')) : { source };
  const blas = { ...sources, folder: join(folder, `openblas-${target}`), platform, arch, tools };
  const variables = {
    CMAKE_SYSTEM_NAME: SYSTEMS[platform],
    CMAKE_SYSTEM_PROCESSOR: PROCESSORS[arch],
    CMAKE_C_COMPILER: tools.cc,
    CMAKE_CXX_COMPILER: tools.cxx,
    CMAKE_RC_COMPILER: tools.rc,
    CMAKE_AR: tools.ar,
    CMAKE_RANLIB: tools.ranlib,
    ...(sources.source === undefined ? {} : buildOpenBlas(blas)),
    ...(platform === 'win32' ? { GOD_NODE_LIBRARY: nodeLibrary(join(folder, target), zig) } : {}),
  };
  const file = join(folder, `${target}.cmake`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    Object.entries(variables)
      .map(([key, value]) => `set(${key} "${value}" CACHE STRING "")\n`)
      .join(''),
  );
  return file;
}

function debianSources(folder) {
  const needsLapack = source === undefined || !hasLapack(source);
  return {
    source: source ?? debianSource('openblas', folder),
    lapack: lapack ?? (needsLapack ? debianSource('lapack', folder) : undefined),
  };
}

function prebuild(environment) {
  const tagLibc = environment.PREBUILD_LIBC === undefined ? [] : ['--tag-libc'];
  const env = {
    ...process.env,
    CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()),
    // Strips symbols and debugging tables, which are most of the file. prebuildify's own option works only for this machine's platform.
    ...(process.platform === 'win32' ? {} : { LDFLAGS: '-Wl,-s' }),
    ...environment,
  };
  const args = ['node_modules/prebuildify/bin.js', '--napi', ...tagLibc];
  try {
    execFileSync(process.execPath, args, { stdio: ['ignore', 2, 2], env });
  } catch {
    fail('the addon could not be built; see above.');
  }
}

function fail(message) {
  console.error(`binaries: ${message}`);
  process.exit(1);
}
