// Zig as a C and C++ compiler: Clang with the headers and stubs of every libc that Linux programs meet. It builds for glibc 2.17
// and musl, x64 and arm64, on any machine, which no compiler of a distribution does.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How to start zig: the program that ZIG names, one in the path, or the one of the python package `ziglang`. */
export function findZig() {
  const ways = [...(process.env.ZIG ? [[process.env.ZIG]] : []), ['zig'], ['python3', '-m', 'ziglang']];
  return ways.find(([program, ...args]) => spawnSync(program, [...args, 'version']).status === 0);
}

// Zig takes names of processors in its own spelling; what it has no name for only tunes.
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
exec ${zig.map((word) => `'${word}'`).join(' ')} ${tool} -target ${target} "$@"
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
  const plain = (name) => `#!/bin/sh\nexec ${zig.map((word) => `'${word}'`).join(' ')} ${name} "$@"\n`;
  return {
    cc: tool('cc', TOOL(zig, 'cc', target)),
    cxx: tool('c++', TOOL(zig, 'c++', target)),
    ar: tool('ar', plain('ar')),
    ranlib: tool('ranlib', plain('ranlib')),
  };
}
