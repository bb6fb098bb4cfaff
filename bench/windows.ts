// npx tsx bench/windows.ts [--runs 5] [--output FILE]
//
// One case of each kernel by Node for Windows under Wine, beside the same version of Node on Linux: each from a package as npm
// installs it there, in turn. The binaries are those of prebuilds/ for win32-x64 and linux-x64.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pack } from '../test/package/pack.ts';
import { node, nodeBinary, npm } from '../test/package/programs.ts';
import { findWine, wineNodes } from '../test/package/wine.ts';
import { machine } from './harness/machine.ts';
import type { WindowsResults } from './report/windows.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/windows.json') },
  },
});
const wine = findWine();
if (wine === undefined) throw new Error('Wine is missing (Debian: apt-get install wine64)');
const work = mkdtempSync(join(tmpdir(), 'god-bench-windows-'));
process.env.GOD_PACK_ANY = '1';

try {
  const tarball = pack(resolve(import.meta.dirname, '..'), work);
  const [{ program, version }] = wineNodes(wine, work);
  const systems = {
    linux: { project: install('linux', tarball), program: nodeBinary(work, version) },
    windows: { project: install('win32', tarball), program },
  };
  const times = { linux: [] as Times[], windows: [] as Times[] };
  for (let run = 0; run < Number(options.runs); run++) {
    for (const system of ['linux', 'windows'] as const) {
      const { project, program } = systems[system];
      times[system].push(JSON.parse(node(project, program, ['kernels.mjs'])));
    }
  }
  const results: WindowsResults = {
    machine: machine(),
    command: 'npx tsx bench/windows.ts',
    node: version,
    runs: times.linux.length,
    windows: Object.keys(times.linux[0]).map((name) => ({
      name,
      linux: median(times.linux.map((run) => run[name])),
      windows: median(times.windows.map((run) => run[name])),
    })),
  };
  writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
  console.log(JSON.stringify(results.windows, null, 2));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Seconds of each case. */
type Times = Record<string, number>;

function install(os: string, tarball: string): string {
  const project = join(work, os);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  npm(project, 'install', '--ignore-scripts', `--os=${os}`, '--cpu=x64', tarball);
  cpSync(join(import.meta.dirname, 'windows/kernels.mjs'), join(project, 'kernels.mjs'));
  return project;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
