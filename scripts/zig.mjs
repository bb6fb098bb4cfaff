// Zig as a C and C++ compiler: Clang with the headers and stubs of glibc, musl and Windows. Unlike a distribution's compiler, it
// builds for glibc 2.17, musl and Windows, x64 and arm64, on any machine.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const VERSION = '0.17.1';

/**
 * The program: the one that ZIG names, one in the path, or that of the Python package `ziglang`, which is installed into `folder` if
 * there is none. Undefined if that fails.
 */
export function findZig(folder) {
  const own = join(folder, `ziglang-${VERSION}`);
  const candidates = [process.env.ZIG, 'zig', zigOfPython(), join(own, 'ziglang/zig')];
  const present = () => candidates.find((program) => program && spawnSync(program, ['version']).status === 0);
  if (present() === undefined) {
    const install = ['-m', 'pip', 'install', '--quiet', '--target', own, `ziglang==${VERSION}`];
    spawnSync('python3', install, { stdio: ['ignore', 2, 2] });
  }
  return present();
}

/** Its path now: node-gyp later puts another python3 first. */
function zigOfPython() {
  const code = 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"), end="")';
  return spawnSync('python3', ['-c', code], { encoding: 'utf8' }).stdout;
}

// Zig spells names of processors in its own way. Names that it does not know only tune, so they can be left out.
const TOOL = (zig, tool, target) => `#!/bin/sh
for arg do
  shift
  case $arg in
    -mtune=* | -march=armv8-a) continue ;;
    -march=armv8.*-a) arg=-mcpu=generic+v8_\${arg#-march=armv8.} arg=\${arg%-a}a ;;
    -march=*) arg=-march=$(echo "\${arg#-march=}" | tr - _) ;;
  esac
  set -- "$@" "$arg"
done
exec '${zig}' ${tool} -target ${target} "$@"
`;

/** Writes programs cc, c++, ar and ranlib for one of zig's targets into a folder, and gives their paths. */
export function writeTools(folder, zig, target) {
  mkdirSync(folder, { recursive: true });
  const tool = (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    return path;
  };
  const plain = (name) => `#!/bin/sh\nexec '${zig}' ${name} "$@"\n`;
  return {
    cc: tool('cc', TOOL(zig, 'cc', target)),
    cxx: tool('c++', TOOL(zig, 'c++', target)),
    ar: tool('ar', plain('ar')),
    ranlib: tool('ranlib', plain('ranlib')),
    rc: tool('rc', plain('rc')),
  };
}

/**
 * Compiles what finds Node-API's functions when an addon for Windows is loaded: in the program that runs, whatever its name. An
 * import library would ask for a node.exe, which Electron and single executables made with Node are not. Gives its path.
 */
export function nodeFunctions(folder, tools) {
  mkdirSync(folder, { recursive: true });
  const { symbols } = createRequire(import.meta.url)('node-api-headers');
  const names = [...new Set(Object.values(symbols).flatMap((version) => Object.values(version).flat()))];
  const lines = (line) => names.map(line).join('\n');
  const source = join(folder, 'node_functions.c');
  writeFileSync(
    source,
    `#include <windows.h>

${lines((name) => `void* __imp_${name};\n__asm__(".text\\n.globl ${name}\\n${name}:\\n\\tjmp *__imp_${name}(%rip)\\n");`)}

__attribute__((constructor)) static void find_functions(void) {
  const HMODULE program = GetModuleHandleW(NULL);
${lines((name) => `  __imp_${name} = (void*)GetProcAddress(program, "${name}");`)}
}
`,
  );
  const object = join(folder, 'node_functions.obj');
  execFileSync(tools.cc, ['-O2', '-c', source, '-o', object]);
  return object;
}
