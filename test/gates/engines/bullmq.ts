import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './port.ts';

const root = resolve(import.meta.dirname, '../../..');
const project = join(root, 'build-engines/bullmq');
const program = join(project, 'bullmq_moments.mjs');

/** A project that has BullMQ, this package and the program of examples/distributed. */
function install(): void {
  mkdirSync(project, { recursive: true });
  if (!existsSync(join(project, 'node_modules/bullmq'))) {
    writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
    const packages = ['bullmq@6', 'ioredis@6'];
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', ...packages], { cwd: project });
  }
  const link = join(project, 'node_modules/global-object-embedder');
  if (!existsSync(link)) symlinkSync(root, link);
  copyFileSync(join(root, 'examples/distributed/bullmq_moments.mjs'), program);
}

export interface Bullmq {
  /** The command that sums up files; the file for the state and the files of rows follow. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A worker, once it has written the moments of a file beside `out`. */
  busy(out: string): number | undefined;
  stop(): Promise<void>;
}

/** Redis in memory, and two workers. */
export async function startBullmq(): Promise<Bullmq> {
  install();
  const port = await freePort();
  const env = { REDIS_URL: `redis://127.0.0.1:${port}` };
  const running: ChildProcess[] = [];
  const start = (name: string, ...args: string[]) => {
    const child = spawn(name, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    return child;
  };
  const redis = start('redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '');
  for await (const line of createInterface(redis.stdout)) if (/Ready to accept/.test(line)) break;
  redis.stdout.resume();
  const workers = [1, 2].map(() => start(process.execPath, program, 'worker'));
  return {
    command: [process.execPath, program, 'sum'],
    env,
    busy: (out) =>
      readdirSync(dirname(out)).some((name) => /\.state\.0\.\d+$/.test(name)) ? workers[0].pid : undefined,
    stop: async () => {
      const alive = running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      const ends = alive.map((child) => once(child, 'exit'));
      for (const child of alive) child.kill('SIGKILL');
      await Promise.all(ends);
    },
  };
}
