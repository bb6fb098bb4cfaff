import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installedByDebian, nodeBinary, run, script } from './programs.ts';

/** Wine 8, which Debian 12 has, does not start later ones. */
const NODES = ['20', '22'];

/** Wine's 64-bit program. Debian installs it beside its libraries, outside the path. */
const PLACES = ['/usr/lib/wine/wine64', '/usr/bin/wine64'];

/** Wine's program; it is installed if this process may do that, and undefined if it cannot be had. */
export function findWine(): string | undefined {
  return installedByDebian('wine64', PLACES);
}

/** Builds the binary for Windows, unless it is there. @throws Error when something for that is missing. */
export function buildWindowsBinary(root: string): void {
  if (existsSync(join(root, 'prebuilds/win32-x64/global-object-embedder.node'))) return;
  const fortran = installedByDebian('gfortran-mingw-w64-x86-64', ['/usr/bin/x86_64-w64-mingw32-gfortran']);
  if (fortran === undefined)
    throw new Error("MinGW's Fortran is missing (Debian: apt-get install gfortran-mingw-w64-x86-64)");
  console.log('npm run binaries -- win32-x64 ...');
  run(root, process.execPath, ['scripts/binaries.mjs', 'win32-x64']);
}

/** Programs that behave as `node`, each a Node for Windows under Wine, in the Windows that Node 20 demands. */
export function wineNodes(wine: string, work: string): { program: string; version: string }[] {
  const prefix = join(work, 'wine');
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=' };
  mkdirSync(prefix);
  execFileSync(wine, ['winecfg', '-v', 'win10'], { env, stdio: 'ignore' });
  const nodes = NODES.map((version) => ({ version, file: nodeBinary(work, version, { platform: 'win32' }) }));
  // As in Electron and in single executables, which have names of their own.
  const renamed = { ...nodes[0], file: join(work, 'program.exe') };
  copyFileSync(nodes[0].file, renamed.file);
  return [...nodes, renamed].map(({ version, file }, i) => ({
    version,
    program: script(join(work, `wine-${i}`), underWine(wine, prefix, file)),
  }));
}

/** Output goes through files, because Node cannot write to a pipe of Wine. Without UTF-8, Wine knows ASCII names only. */
function underWine(wine: string, prefix: string, node: string): string {
  return `output=$(/usr/bin/mktemp -d)
export LC_ALL=C.UTF-8 WINEPREFIX='${prefix}' WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
'${wine}' '${node}' "$@" > "$output/stdout" 2> "$output/stderr" < /dev/null
status=$?
/bin/cat "$output/stdout"
/bin/cat "$output/stderr" >&2
/bin/rm -r "$output"
exit $status`;
}
