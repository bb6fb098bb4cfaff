// npm run binaries [-- TARGET...] [-- --openblas SOURCES] [-- --toolchain]
//
// Builds the addon with prebuildify into prebuilds/, where the package looks for it; binding.gyp calls CMake.
//   TARGET: linux-x64-glibc, linux-x64-musl, linux-arm64-glibc, linux-arm64-musl or win32-x64, which zig builds on any Linux
//     machine, together with OpenBLAS. Without one, this machine's compiler builds for this machine, with the OpenBLAS that
//     CMakeLists.txt finds.
//   --openblas: the sources of OpenBLAS. Otherwise Debian's are fetched.
//   --lapack: for win32-x64, the sources of LAPACK, if those of OpenBLAS lack it. Otherwise Debian's are fetched; for Linux,
//     Debian's binary archive.
//   --toolchain: only builds OpenBLAS for the targets, and writes build-binaries/TARGET.cmake, with which CMake builds for them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { debianPackages, debianSource } from './debian.mjs';
import { buildOpenBlas, hasLapack } from './openblas.mjs';
import { findZig, nodeFunctions, writeTools } from './zig.mjs';

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
const DEBIAN = { x64: 'amd64', arm64: 'arm64' };

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  options: { openblas: { type: 'string' }, lapack: { type: 'string' }, toolchain: { type: 'boolean' } },
  allowPositionals: true,
});
const source = values.openblas && resolve(values.openblas);
const lapack = values.lapack && resolve(values.lapack);
process.chdir(root);
if (positionals.length === 0) {
  if (source !== undefined) fail('--openblas needs a TARGET');
  build(host(), {});
}
for (const target of positionals) {
  if (!(target in ZIG_TARGETS)) fail(`${target} is not one of ${Object.keys(ZIG_TARGETS).join(', ')}`);
  const zig = findZig(join(root, 'build-binaries'));
  if (zig === undefined) fail('zig is missing, and pip could not install ziglang');
  const file = toolchain(zig, target);
  if (!values.toolchain) build(target, { CMAKE_TOOLCHAIN_FILE: file });
}

function host() {
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return `${process.platform}-${process.arch}${process.platform === 'linux' ? `-${libc}` : ''}`;
}

function build(target, environment) {
  console.error(`binaries: ${target}`);
  const [platform, arch, libc] = target.split('-');
  prebuild({
    PREBUILD_PLATFORM: platform,
    PREBUILD_ARCH: arch,
    ...(libc && { PREBUILD_LIBC: libc }),
    ...environment,
  });
  const name = `global-object-embedder${libc ? `.${libc}` : ''}.node`;
  const file = join('prebuilds', `${platform}-${arch}`, name);
  console.error(`binaries: ${file}, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}

/** Writes a CMake toolchain file for one of zig's targets, and gives its path. */
function toolchain(zig, target) {
  const [platform, arch] = target.split('-');
  const folder = join(root, 'build-binaries');
  const toolsFor = (name) => writeTools(join(folder, `zig-${name}`), zig, ZIG_TARGETS[name]);
  const tools = toolsFor(target);
  // Compiled for glibc, OpenBLAS also works with musl: types that differ are smaller there (see also foreign_libraries.c).
  const blas = {
    ...blasSources(join(folder, 'sources'), platform, arch),
    folder: join(folder, `openblas-${platform}-${arch}`),
    platform,
    arch,
    tools: toolsFor(target.replace('musl', 'glibc')),
  };
  const variables = {
    CMAKE_SYSTEM_NAME: SYSTEMS[platform],
    CMAKE_SYSTEM_PROCESSOR: PROCESSORS[arch],
    CMAKE_C_COMPILER: tools.cc,
    CMAKE_CXX_COMPILER: tools.cxx,
    CMAKE_RC_COMPILER: tools.rc,
    CMAKE_AR: tools.ar,
    CMAKE_RANLIB: tools.ranlib,
    ...buildOpenBlas(blas),
    ...(platform === 'win32' ? { GOD_NODE_FUNCTIONS: nodeFunctions(join(folder, target), tools) } : {}),
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

/** OpenBLAS' sources and, if they lack LAPACK, its sources for Windows or an archive for Linux. */
function blasSources(folder, platform, arch) {
  const sources = { source: source ?? debianSource('openblas', folder) };
  if (hasLapack(sources.source)) return sources;
  if (platform === 'win32') return { ...sources, lapack: lapack ?? debianSource('lapack', folder) };
  const files = debianPackages(['libopenblas-pthread-dev'], DEBIAN[arch], folder);
  return {
    ...sources,
    lapack: join(files, `usr/lib/${PROCESSORS[arch]}-linux-gnu/openblas-pthread/libopenblas.a`),
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
