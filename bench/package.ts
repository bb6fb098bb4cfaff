// npx tsx bench/package.ts [--runs 15] [--output FILE]
//
// Packs the package with the binaries in prebuilds/ and installs it into an empty project as a user does. Then it measures the
// installed size, the time to import in a fresh process, and the time of a kernel's first call after that. If this platform's
// binary is missing, it is built first.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPackage, pack } from '../test/package/pack.ts';
import { node, npm } from '../test/package/programs.ts';
import { machine } from './harness/machine.ts';
import type { PackageResults } from './report/package.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '15' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/package.json') },
  },
});
const root = resolve(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'god-bench-package-'));
process.env.GOD_PACK_ANY = '1';

/** Milliseconds of an import, and of the first call after it. */
const SCRIPT = `
const start = performance.now();
const { PCA } = await import('global-object-embedder');
const imported = performance.now();
await PCA.fit([[1, 2], [3, 5], [4, 4]]);
console.log(JSON.stringify([imported - start, performance.now() - imported]));
`;

try {
  buildPackage(root, { asBuilt: true });
  const tarball = pack(root, work);
  const project = join(work, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  npm(project, 'install', '--omit=dev', '--omit=peer', '--ignore-scripts', tarball);
  writeFileSync(join(project, 'first.mjs'), SCRIPT);
  const times = Array.from({ length: Number(options.runs) }, () =>
    JSON.parse(node(project, process.execPath, ['first.mjs'])),
  ) as [number, number][];
  const packages = installed(join(project, 'node_modules'));
  const files = filesUnder(join(project, 'node_modules'));
  const results: PackageResults = {
    machine: machine(),
    command: 'npx tsx bench/package.ts',
    installation: {
      tarballBytes: statSync(tarball).size,
      installedBytes: total(files),
      packages: packages.length,
      largest: packages
        .map((name) => ({ name, bytes: total(filesUnder(join(project, 'node_modules', name))) }))
        .sort((a, b) => b.bytes - a.bytes)
        .slice(0, 5),
      binaries: files
        .filter((file) => file.includes('prebuilds'))
        .map((file) => ({ name: file.slice(file.indexOf('prebuilds')), bytes: statSync(file).size })),
      importMilliseconds: median(times.map(([imported]) => imported)),
      firstCallMilliseconds: median(times.map(([, called]) => called)),
      runs: times.length,
    },
  };
  writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
  console.log(JSON.stringify(results.installation, null, 2));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Names of the packages in a flat node_modules; npm nests one only where two versions are needed. */
function installed(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
    );
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function total(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + statSync(file).size, 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
