import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLES, bundle, copyBeside } from './bundle.ts';
import { bareEnvironment, node, npm, run } from './programs.ts';

const programs = join(import.meta.dirname, 'user');
const EXPECTED = '[12,2,3,["row 0","rose"]]';

/** Runs programs that esbuild made from a user's program, with the addon beside them or the package installed. */
export async function checkBundles(project: string, work: string): Promise<string> {
  cpSync(join(programs, 'program.mjs'), join(project, 'program.mjs'));
  const installed = join(project, 'node_modules/global-object-embedder');
  for (const form of BUNDLES) {
    const folder = join(work, `bundle-${form.format}-${form.external}`);
    mkdirSync(folder);
    cpSync(join(project, 'smells.jsonl'), join(folder, 'smells.jsonl'));
    const file = await bundle(join(project, 'program.mjs'), folder, form);
    if (form.external) symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
    else copyBeside(folder, installed, ['prebuilds']);
    const printed = node(folder, process.execPath, [file]).trim();
    if (printed !== EXPECTED) throw new Error(`${form.name} printed ${printed}, expected ${EXPECTED}`);
  }
  return `bundled by esbuild: ${BUNDLES.map(({ name }) => name).join(', ')}`;
}

/** The package is used in Jest's ESM mode, by two test files in one process. */
export function checkJest(project: string): string {
  cpSync(join(programs, 'realm.test.mjs'), join(project, 'tests/realm.test.mjs'));
  cpSync(join(programs, 'realm.test.mjs'), join(project, 'tests/again.test.mjs'));
  npm(project, 'install', '--no-save', '--ignore-scripts', 'jest@30');
  const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' };
  const jest = [
    'node_modules/jest/bin/jest.js',
    '--runInBand',
    '--json',
    '--rootDir',
    'tests',
    '--transform',
    '{}',
  ];
  const { numPassedTests, success } = JSON.parse(run(project, process.execPath, jest, env));
  if (!success || numPassedTests < 6) throw new Error(`Jest passed ${numPassedTests} tests, expected 6`);
  return `${numPassedTests} tests passed in Jest's ESM mode`;
}

/** A CommonJS program on one Node. */
export function checkCommonJs(project: string, program: string): string {
  cpSync(join(programs, 'commonjs.cjs'), join(project, 'commonjs.cjs'));
  const printed = node(project, program, ['commonjs.cjs']).trim();
  if (!printed.startsWith('CommonJS by ')) throw new Error(`the CommonJS program printed ${printed}`);
  return printed;
}

/** All declarations compile with the oldest supported TypeScript. */
export function checkTypes(project: string, version: string): string {
  cpSync(join(programs, 'types.mts'), join(project, 'types.mts'));
  npm(project, 'install', '--no-save', '--ignore-scripts', `typescript@~${version}.0`, '@types/node@20');
  const options = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--skipLibCheck',
    'false',
  ];
  run(project, process.execPath, ['node_modules/typescript/bin/tsc', ...options, 'types.mts']);
  return `the declarations compile by TypeScript ${version}`;
}

/** Ways in which programs end, most of them while a job runs, and the exit code of each. */
const EXITS = {
  exit: 3,
  throw: 1,
  reject: 1,
  'exit with a queue': 6,
  'exit after abort': 5,
  'exit in an exit handler': 8,
  'abort and go on': 4,
  end: 7,
  'exit of a worker': 13,
  'terminated worker': 9,
};

/** Every process ends with its own exit code, and soon. */
export function checkExits(project: string, program: string): string {
  cpSync(join(import.meta.dirname, 'exits.mjs'), join(project, 'exits.mjs'));
  for (const [name, expected] of Object.entries(EXITS)) {
    const { status, signal, stderr } = spawnSync(program, ['exits.mjs', name], {
      cwd: project,
      env: bareEnvironment(project),
      encoding: 'utf8',
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    if (status !== expected)
      throw new Error(`${name}: ended with ${signal ?? status}, expected ${expected}: ${stderr}`);
  }
  return `${Object.keys(EXITS).length} ways to exit`;
}

/** Files with long paths and names in many scripts, and files that somebody has open. */
export function checkPaths(project: string, program: string): string {
  cpSync(join(import.meta.dirname, 'paths.mjs'), join(project, 'paths.mjs'));
  return node(project, program, ['paths.mjs']).trim();
}
