// npm run test:package [-- --as-built] [--build] [--node TARGET=PROGRAM]...
//
// Packs the package and uses it as users do: installed into an empty project by npm and by pnpm, without install
// scripts, compiler or system libraries, on every supported Node; bundled by esbuild, under Jest, from CommonJS and from the
// oldest supported TypeScript.
//   --as-built: uses the binaries in prebuilds/, however old they are
//   --build: also builds the addon in an installed package without a binary, by the command in the error
//   --node: also uses it with the Node PROGRAM of another platform, for instance linux-x64-musl or, in an emulator,
//     linux-arm64-glibc
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measured } from '../support/gate.ts';
import { checkBinaries } from './binary.ts';
import { buildPackage, checkContents, checkNotices, pack } from './pack.ts';
import { node, nodeBinary, npm, run } from './programs.ts';
import { writeProject } from './project.ts';
import { checkBundles, checkCommonJs, checkJest, checkTypes } from './users.ts';

const NODES = ['20.17.0', '20', '22', '24'];
const LEAST_TYPESCRIPT = '5.7';
const { values: options } = parseArgs({
  options: {
    'as-built': { type: 'boolean', default: false },
    build: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true, default: [] },
  },
});
const here = import.meta.dirname;
const root = resolve(here, '../..');
process.env.GOD_PACK_ANY = '1'; // pack the binaries that exist: a machine seldom has those of all platforms
const work = mkdtempSync(join(tmpdir(), 'god-package-'));

try {
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
  const tools = install('npm, beside tools', (folder) => npm(folder, 'install', '--ignore-scripts', tarball));
  say(await checkBundles(tools, work));
  say(checkJest(tools));
  say(checkTypes(tools, LEAST_TYPESCRIPT));
  const pnpm = join(work, 'pnpm');
  mkdirSync(pnpm);
  npm(pnpm, 'install', '--ignore-scripts', '--prefix', pnpm, 'pnpm@10');
  const pnpmProgram = join(pnpm, 'node_modules/pnpm/bin/pnpm.cjs');
  const strict = install('pnpm', (folder) =>
    run(folder, process.execPath, [pnpmProgram, 'add', '--ignore-scripts', tarball]),
  );
  use(strict, process.execPath);
  for (const foreign of options.node) useForeign(foreign, tarball);
  withoutBinary(project);
} finally {
  rmSync(work, { recursive: true, force: true });
}
say('The package works.');

/** An empty project with the package installed. */
function install(name: string, add: (folder: string) => void): string {
  const folder = join(work, `with-${name.replaceAll(/\W+/g, '-')}`);
  writeProject(folder);
  cpSync(join(here, 'every-function.mjs'), join(folder, 'every-function.mjs'));
  add(folder);
  say(`installed by ${name}`);
  return folder;
}

function use(project: string, program: string): void {
  const used = node(project, program, ['every-function.mjs']).trim();
  if (!/^[1-9]\d* functions ran/.test(used)) throw new Error(`no function ran: ${used}`);
  say(used);
  measured('package', used);
  const command = join(project, 'node_modules/global-object-embedder/dist/cli/main.js');
  const small = ['run', '--per-modality', '300', '--samples', '300', '-o', 'run-directory', '--fresh'];
  node(project, program, [command, ...small]);
  const written = readdirSync(join(project, 'run-directory'));
  for (const file of ['report.html', 'objects.csv', 'figure-2.png']) {
    if (!written.includes(file)) throw new Error(`god run wrote no ${file}, only ${written.join(', ')}`);
  }
}

/** `target=program`: the package as npm installs it for the target, used by the program. */
function useForeign(foreign: string, tarball: string): void {
  const [target, program] = foreign.split(/=(.*)/);
  const [os, cpu, libc] = target.split('-');
  const platform = [`--os=${os}`, `--cpu=${cpu}`, ...(libc ? [`--libc=${libc}`] : [])];
  const project = install(`npm-for-${target}`, (folder) =>
    npm(folder, 'install', '--ignore-scripts', ...platform, tarball),
  );
  use(project, resolve(program));
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
