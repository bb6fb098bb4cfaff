import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a program and returns its stdout. If it fails, the error has its whole output. */
export function run(folder: string, program: string, args: readonly string[], env = process.env): string {
  try {
    return execFileSync(program, args, {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`);
  }
}

export function npm(folder: string, ...args: string[]): string {
  // On Windows npm is a script, which Node can only start by a shell. Running npm's own entry works everywhere.
  const entry = process.env.npm_execpath;
  const all = [...args, '--no-audit', '--no-fund'];
  return entry === undefined ? run(folder, 'npm', all) : run(folder, process.execPath, [entry, ...all]);
}

/** Runs a script as on a machine that has only this Node. */
export function node(folder: string, program: string, args: readonly string[]): string {
  return run(folder, program, args, { PATH: join(folder, 'no-programs'), HOME: folder });
}

/** The program of a major version of Node, from npm's packages with Node's own builds. */
export function nodeBinary(work: string, version: string): string {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = join(work, `node-${version}`);
  mkdirSync(folder);
  npm(folder, 'install', '--ignore-scripts', '--prefix', folder, `${name}@${version}`);
  const program = join(
    folder,
    'node_modules',
    name,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (!existsSync(program)) throw new Error(`${name}@${version} holds no ${program}`);
  return program;
}
