// npm run binaries [-- TARGET...] [-- --openblas SOURCES]
//
// Builds the addon into prebuilds/, where the package looks for it. TARGET is linux-x64-glibc, linux-x64-musl, linux-arm64-glibc
// or linux-arm64-musl, each of which zig builds on any of them, or else the platform of this machine, which is the default.
//   --openblas: the sources of OpenBLAS, to be built for each target first. Without, CMakeLists.txt says what is taken.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildOpenBlas } from './openblas.mjs';
import { findZig, writeTools } from './zig.mjs';

// The oldest glibc that zig's tools know well, and much older than Node's own floor of 2.28.
const ZIG_TARGETS = {
  'linux-x64-glibc': 'x86_64-linux-gnu.2.17',
  'linux-x64-musl': 'x86_64-linux-musl',
  'linux-arm64-glibc': 'aarch64-linux-gnu.2.17',
  'linux-arm64-musl': 'aarch64-linux-musl',
};
const PROCESSORS = { x64: 'x86_64', arm64: 'aarch64' };

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  options: { openblas: { type: 'string' } },
  allowPositionals: true,
});
const source = values.openblas && resolve(values.openblas);
process.chdir(root);
for (const target of positionals.length > 0 ? positionals : [host()]) build(target);

function host() {
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return `${process.platform}-${process.arch}${process.platform === 'linux' ? `-${libc}` : ''}`;
}

function build(target) {
  const folder = join(root, 'build-binaries', target);
  const zig = target in ZIG_TARGETS ? findZig() : undefined;
  if (zig === undefined && target !== host()) {
    fail(`${target} is not this machine's platform, and there is no zig (python3 -m pip install ziglang)`);
  }
  console.error(`binaries: ${target}, by ${zig === undefined ? 'the compiler of this machine' : 'zig'}`);
  compile(folder, zig === undefined ? [] : withZig(zig, target));
  const [platform, arch, libc] = target.split('-');
  const file = join(
    'prebuilds',
    `${platform}-${arch}`,
    `global-object-embedder${libc ? `.${libc}` : ''}.node`,
  );
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(join(folder, 'Release/god.node'), file);
  console.error(`binaries: ${file}, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}

function withZig(zig, target) {
  const [, arch] = target.split('-');
  const tools = writeTools(join(root, 'build-binaries', `zig-${target}`), zig, ZIG_TARGETS[target]);
  const folder = join(root, 'build-binaries', `openblas-${target}`);
  const openblas = source === undefined ? {} : buildOpenBlas({ source, folder, arch, tools });
  const options = {
    CMAKE_SYSTEM_NAME: 'Linux',
    CMAKE_SYSTEM_PROCESSOR: PROCESSORS[arch],
    CMAKE_AR: tools.ar,
    CMAKE_RANLIB: tools.ranlib,
    ...openblas,
  };
  return ['--cc', tools.cc, '--cxx', tools.cxx, ...defines(options)];
}

function compile(folder, options) {
  // Without the tables of symbols and debugging, which are most of the file.
  const strip = process.platform === 'win32' ? [] : defines({ CMAKE_SHARED_LINKER_FLAGS: '-Wl,-s' });
  const parallel = ['--parallel', String(availableParallelism())];
  const cmakeJs = 'node_modules/cmake-js/bin/cmake-js';
  const args = [cmakeJs, 'compile', '--out', folder, ...parallel, ...strip, ...options];
  try {
    execFileSync(process.execPath, args, { stdio: ['ignore', 2, 2] });
  } catch {
    fail(`${folder} could not be built; see above.`);
  }
}

function defines(options) {
  return Object.entries(options).map(([key, value]) => `--CD${key}=${value}`);
}

function fail(message) {
  console.error(`binaries: ${message}`);
  process.exit(1);
}
