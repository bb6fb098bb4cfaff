// npx tsx test/gates/macos.ts
//
// The addon compiles and links for macOS, on arm64 and x64, by zig on any machine: against zig's headers and system library, the
// names that Node-API has, and the names in this machine's OpenBLAS. Nothing is run. Fails if something does not compile, or if
// the linker does not find a name.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findZig, writeTools } from '../../scripts/zig.mjs';
import { run } from '../package/programs.ts';
import { measured } from '../support/gate.ts';

interface Target {
  readonly name: string;
  readonly zig: string;
  readonly processor: string;
  /** Apple's number of the processor, in the header of a binary. */
  readonly number: number;
}

const TARGETS: readonly Target[] = [
  { name: 'darwin-arm64', zig: 'aarch64-macos.11.0', processor: 'arm64', number: 0x0100000c },
  { name: 'darwin-x64', zig: 'x86_64-macos.11.0', processor: 'x86_64', number: 0x01000007 },
];
/** The first number of a binary for macOS. */
const MACH_O = 0xfeedfacf;

const root = resolve(import.meta.dirname, '../..');
const nodeApi = createRequire(import.meta.url)('node-api-headers') as {
  include_dir: string;
  symbols: Record<string, Record<string, readonly string[]>>;
};
const zig = findZig(join(root, 'build-binaries'));
if (zig === undefined) throw new Error('zig is missing, and pip could not install ziglang');
const work = mkdtempSync(join(tmpdir(), 'god-macos-'));
try {
  const figure = `compiled and linked: ${TARGETS.map((target) => build(target, zig)).join(', ')}`;
  measured('macos', figure);
  console.log(figure);
} finally {
  rmSync(work, { recursive: true });
}

function build({ name, zig: target, processor, number }: Target, program: string): string {
  const folder = join(work, name);
  const tools = writeTools(join(folder, 'tools'), program, target);
  const node = Object.values(nodeApi.symbols).flatMap((version) => Object.values(version).flat());
  const openblas = openBlas(join(folder, 'include'));
  const variables = {
    CMAKE_SYSTEM_NAME: 'Darwin',
    CMAKE_SYSTEM_PROCESSOR: processor,
    CMAKE_C_COMPILER: tools.cc,
    CMAKE_CXX_COMPILER: tools.cxx,
    CMAKE_AR: tools.ar,
    CMAKE_RANLIB: tools.ranlib,
    CMAKE_INSTALL_NAME_TOOL: 'install_name_tool',
    CMAKE_LIBRARY_OUTPUT_DIRECTORY: folder,
    CMAKE_JS_INC: nodeApi.include_dir,
    OPENBLAS_INCLUDE: openblas.include,
    OPENBLAS_LIBRARY: library(folder, 'openblas', processor, openblas.names),
    GOD_NODE_FUNCTIONS: library(folder, 'node', processor, node),
  };
  const options = Object.entries(variables).map(([key, value]) => `-D${key}=${value}`);
  run(root, 'cmake', ['-S', root, '-B', join(folder, 'build'), ...options]);
  const parallel = ['--parallel', String(availableParallelism())];
  run(root, 'cmake', ['--build', join(folder, 'build'), '--target', 'god', ...parallel]);
  const file = join(folder, 'god.node');
  const header = readFileSync(file);
  if (header.readUInt32LE(0) !== MACH_O || header.readUInt32LE(4) !== number)
    throw new Error(`${file} is not a binary for ${name}`);
  return `${name} ${(statSync(file).size / 1e6).toFixed(1)} MB`;
}

/** Copies the headers of the OpenBLAS of this machine, without its system; gives the names that its archive defines. */
function openBlas(include: string): { include: string; names: readonly string[] } {
  const here = join(work, 'here');
  run(root, 'cmake', ['-S', root, '-B', here]);
  const cache = readFileSync(join(here, 'CMakeCache.txt'), 'utf8');
  const value = (name: string) => {
    const found = new RegExp(`^${name}:\\w+=(.*)$`, 'm').exec(cache);
    if (found === null) throw new Error(`${here}/CMakeCache.txt does not say ${name}`);
    return found[1];
  };
  const table = execFileSync('nm', ['-g', '--defined-only', '-f', 'posix', value('OPENBLAS_LIBRARY')], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  mkdirSync(include, { recursive: true });
  for (const name of ['cblas.h', 'openblas_config.h']) {
    const header = readFileSync(join(value('OPENBLAS_INCLUDE'), name), 'utf8');
    writeFileSync(join(include, name), header.replace(/^#define OPENBLAS_OS_.*$/m, ''));
  }
  return { include, names: [...table.matchAll(/^(\w+) T /gm)].map(([, name]) => name) };
}

/** Writes what the linker needs to know of a library: its names, in Apple's text format. Gives its path. */
function library(folder: string, name: string, processor: string, names: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `lib${name}.tbd`);
  const target = `${processor}-macos`;
  const quoted = [...new Set(names)].map((symbol) => `'_${symbol}'`).join(', ');
  writeFileSync(
    file,
    `--- !tapi-tbd
tbd-version: 4
targets: [ ${target} ]
install-name: '@rpath/lib${name}.dylib'
exports:
  - targets: [ ${target} ]
    symbols: [ ${quoted} ]
...
`,
  );
  return file;
}
