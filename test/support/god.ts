import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { seededRandom } from './bytes.ts';
import { npyFile, npyHeader } from './npy.ts';

const root = resolve(import.meta.dirname, '../..');
const program = join(root, 'dist/cli/main.js');

/** How a process ended, and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningGod {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface GodProcess {
  cwd?: string;
  env?: Record<string, string>;
  /** Arguments of node, before the program. */
  node?: readonly string[];
}

/** Starts the command `god` in a separate process. */
export function startGod(args: readonly string[], { cwd, env, node = [] }: GodProcess = {}): RunningGod {
  const child = spawn(process.execPath, [...node, program, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: ending(child) };
}

/** Runs the command `god` to its end. */
export function god(args: readonly string[], options?: GodProcess): Promise<Ended> {
  return startGod(args, options).ended;
}

export function ending(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((settle, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => settle({ code, signal, stdout, stderr }));
  });
}

/** A TypeScript file of the tests as JavaScript for `node --import`. */
export function asJavaScript(file: string, folder: string): string {
  const source = readFileSync(file, 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  mkdirSync(folder, { recursive: true });
  const out = join(folder, `${hashOf(file).slice(0, 12)}.mjs`);
  writeFileSync(out, outputText);
  return out;
}

/** An .npy matrix of rows around five centers, the same for the same seed. */
export function clusteredNpy(rows: number, cols: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const centers = Float32Array.from({ length: 5 * cols }, () => 4 * random());
  const values = Float32Array.from({ length: rows * cols }, (_, i) => {
    const row = Math.floor(i / cols);
    return centers[(row % 5) * cols + (i % cols)] + random();
  });
  return npyFile(npyHeader('<f4', [rows, cols]), new Uint8Array(values.buffer));
}

/** What another run of the same data must reproduce: the hash of every file, except those with times. */
export function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  return Object.fromEntries(files.map((file) => [file, contentOf(join(folder, file), file)]));
}

function contentOf(path: string, name: string): string {
  const bytes = readFileSync(path);
  if (name === 'run.json') {
    const { stages, ...rest } = JSON.parse(bytes.toString()) as { stages: { name: string }[] };
    return hashOf(JSON.stringify({ ...rest, stages: stages.map((stage) => stage.name) }));
  }
  if (/^stages\/.*\.json$/.test(name)) return (JSON.parse(bytes.toString()) as { key: string }).key;
  return hashOf(bytes);
}

function hashOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Files that exist only during a run, or after it was killed. */
export function leftovers(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => /god-tmp$|\.lock$/.test(name));
}
