import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary, script } from './programs.ts';

/** Wine 8, which Debian 12 has, does not start later ones. */
const NODES = ['20', '22'];

/** Wine's 64-bit program. Debian installs it beside its libraries, outside the path. */
const PLACES = ['/usr/lib/wine/wine64', '/usr/bin/wine64'];

/** Wine's program; it is installed if this process may do that, and undefined if it cannot be had. */
export function findWine(): string | undefined {
  const present = () => PLACES.find((place) => existsSync(place));
  if (present() === undefined && process.getuid?.() === 0) {
    const apt = (...args: string[]) => spawnSync('apt-get', args, { stdio: 'ignore' });
    apt('update');
    apt('install', '--yes', '--no-install-recommends', 'wine64');
  }
  return present();
}

/** Programs that behave as `node`, each a Node for Windows under Wine, in the Windows that Node 20 demands. */
export function wineNodes(wine: string, work: string): { program: string; version: string }[] {
  const prefix = join(work, 'wine');
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=' };
  mkdirSync(prefix);
  execFileSync(wine, ['winecfg', '-v', 'win10'], { env, stdio: 'ignore' });
  const nodes = NODES.map((version) => ({ version, file: nodeBinary(work, version, 'win32') }));
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
