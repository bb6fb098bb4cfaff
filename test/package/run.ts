// npm run test:package [-- --as-built] [--build] [--foreign] [--node TARGET=PROGRAM]... [--wine]
//
// Packs the package and uses it as users do: installed into an empty project by npm, pnpm and yarn, without install scripts,
// compiler or system libraries, on every supported Node, on Bun and on Deno; bundled by esbuild; under Jest; from CommonJS and
// from the oldest supported TypeScript.
//   --as-built: uses the binaries in prebuilds/, however old they are
//   --build: also builds the addon in an installed package without a binary, by the command in the error
//   --foreign: only uses the other Linux binaries in prebuilds/, each on several Nodes for it, which are fetched: for musl, and
//     for another processor in qemu. A Node that cannot be had is skipped, with a message
//   --node: also uses it with the Node PROGRAM of another platform, for instance linux-x64-musl
//   --wine: only uses it by Node for Windows under Wine, which is installed if possible; else this is skipped. With --as-built,
//     zig must have built the binaries for Windows and for this machine: their tables then have the same bytes
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measured } from '../support/gate.ts';
import { checkBinaries } from './binary.ts';
import { checkExchange } from './exchange.ts';
import { foreignNodes } from './foreign.ts';
import { buildPackage, checkContents, checkNotices, pack } from './pack.ts';
import { node, nodeBinary, npm, otherRuntimes, run } from './programs.ts';
import { writeProject } from './project.ts';
import { checkBundles, checkCommonJs, checkExits, checkJest, checkPaths, checkTypes } from './users.ts';
import { buildWindowsBinary, findWine, wineNodes } from './wine.ts';

const NODES = ['20.17.0', '20', '22', '24', '26'];
const LEAST_TYPESCRIPT = '5.7';
const { values: options } = parseArgs({
  options: {
    'as-built': { type: 'boolean', default: false },
    foreign: { type: 'boolean', default: false },
    build: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true, default: [] },
    wine: { type: 'boolean', default: false },
  },
});
const here = import.meta.dirname;
const root = resolve(here, '../..');
process.env.GOD_PACK_ANY = '1'; // pack the binaries that exist: a machine seldom has those of all platforms
const gate = options.wine ? 'wine' : options.foreign ? 'foreign' : 'package';
const work = mkdtempSync(join(tmpdir(), 'god-package-'));

try {
  if (options.wine) underWine();
  else if (options.foreign) onForeignNodes();
  else await onThisPlatform();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function onThisPlatform(): Promise<void> {
  const asBuilt = options['as-built'];
  buildPackage(root, { asBuilt });
  checkNotices(root);
  for (const line of checkBinaries(root, { published: asBuilt })) say(line);
  const tarball = pack(root, work);
  say(checkContents(tarball));

  const project = install('npm', (folder) => npm(folder, 'install', '--ignore-scripts', tarball));
  for (const version of NODES) {
    const program = nodeBinary(work, version);
    use(project, program);
    say(checkCommonJs(project, program));
  }
  if (process.platform === 'linux') for (const program of otherRuntimes(work)) use(project, program);
  const tools = install('npm, beside tools', (folder) => npm(folder, 'install', '--ignore-scripts', tarball));
  say(await checkBundles(tools, work));
  say(checkJest(tools));
  say(checkTypes(tools, LEAST_TYPESCRIPT));
  use(installBy('pnpm@10', 'pnpm/bin/pnpm.cjs', ['add', '--ignore-scripts'], tarball), process.execPath);
  use(installBy('yarn@1', 'yarn/bin/yarn.js', ['add', '--ignore-scripts'], tarball), process.execPath);
  for (const foreign of options.node) {
    const [target, program] = foreign.split(/=(.*)/);
    use(installFor(target, tarball), resolve(program));
  }
  withoutBinary(project);
  say('The package works.');
}

/** The package on Linux with another libc or another processor. */
function onForeignNodes(): void {
  const nodes = foreignNodes(root, work);
  if (nodes.length === 0) throw new Error('prebuilds/ holds no binary for another Linux than this one');
  buildPackage(root, { asBuilt: true });
  for (const line of checkBinaries(root, { published: true })) say(line);
  const tarball = pack(root, work);
  const projects = new Map<string, string>();
  for (const { target, version, program, missing } of nodes) {
    if (program === undefined) {
      say(`skipped: Node ${version} for ${target}: ${missing}`);
      continue;
    }
    if (!projects.has(target)) projects.set(target, installFor(target, tarball));
    use(projects.get(target) as string, program);
  }
  say('The package works on other platforms of Linux.');
}

/** The package by Node for Windows, as far as Wine behaves as Windows does. */
function underWine(): void {
  const wine = findWine();
  if (wine === undefined) {
    say('skipped: Wine is missing, and could not be installed (Debian: apt-get install wine64)');
    return;
  }
  buildWindowsBinary(root);
  buildPackage(root, { asBuilt: true });
  const tarball = pack(root, work);
  const project = installFor('win32-x64', tarball);
  const nodes = wineNodes(wine, work);
  for (const { program } of nodes) use(project, program);
  const here = install('npm, on this machine', (folder) =>
    npm(folder, 'install', '--ignore-scripts', tarball),
  );
  const [{ program, version }] = nodes;
  say(
    checkExchange(
      [
        { name: 'Linux', project: here, program: nodeBinary(work, version) },
        { name: 'Windows', project, program },
      ],
      { sameCompiler: options['as-built'] },
    ),
  );
  say('The package works under Wine.');
}

/** An empty project with the package installed. */
function install(name: string, add: (folder: string) => void): string {
  const folder = join(work, `with-${name.replaceAll(/\W+/g, '-')}`);
  writeProject(folder);
  add(folder);
  say(`installed by ${name}`);
  return folder;
}

function use(project: string, program: string): void {
  const used = node(project, program, ['every-function.mjs']).trim();
  if (!/^[1-9]\d* functions ran/.test(used)) throw new Error(`no function ran: ${used}`);
  say(used);
  measured(gate, used);
  say(checkExits(project, program));
  say(checkPaths(project, program));
  const command = join(project, 'node_modules/global-object-embedder/dist/cli/main.js');
  const small = ['run', '--per-modality', '300', '--samples', '300', '-o', 'run-directory', '--fresh'];
  node(project, program, [command, ...small]);
  const written = readdirSync(join(project, 'run-directory'));
  for (const file of ['report.html', 'objects.csv', 'figure-2.png']) {
    if (!written.includes(file)) throw new Error(`god run wrote no ${file}, only ${written.join(', ')}`);
  }
}

/** A project with the package, installed by another package manager than npm. */
function installBy(manager: string, entry: string, add: readonly string[], tarball: string): string {
  const name = manager.replace(/@.*/, '');
  const folder = join(work, name);
  mkdirSync(folder);
  npm(folder, 'install', '--ignore-scripts', '--prefix', folder, manager);
  return install(name, (project) =>
    run(project, process.execPath, [join(folder, 'node_modules', entry), ...add, tarball]),
  );
}

/** A project with the package as npm installs it on another platform, such as win32-x64 or linux-x64-musl. */
function installFor(target: string, tarball: string): string {
  const [os, cpu, libc] = target.split('-');
  const platform = [`--os=${os}`, `--cpu=${cpu}`, ...(libc ? [`--libc=${libc}`] : [])];
  return install(`npm for ${target}`, (folder) =>
    npm(folder, 'install', '--ignore-scripts', ...platform, tarball),
  );
}

function withoutBinary(project: string): void {
  const installed = join(project, 'node_modules/global-object-embedder');
  rmSync(join(installed, 'prebuilds'), { recursive: true });
  cpSync(join(here, 'no-binary.mjs'), join(project, 'no-binary.mjs'));
  const message = node(project, process.execPath, ['no-binary.mjs']);
  say(`without binary: ${message.trim()}`);
  if (!options.build) return;
  const command = message.slice(message.indexOf('cd node_modules')).trim();
  writeFileSync(join(project, 'build.sh'), command);
  run(project, 'sh', ['-e', 'build.sh']);
  run(project, process.execPath, [
    '-e',
    "import('global-object-embedder').then(({ PCA }) => PCA.fit([[1, 2], [3, 5]]))",
  ]);
  say('built by the command that the error gives');
}

function say(line: string): void {
  console.log(line);
}
