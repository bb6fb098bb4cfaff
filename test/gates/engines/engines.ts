// npx tsx test/gates/engines/engines.ts [NAME...]
//
// Runs the programs of examples/distributed on Parquet files, once plainly and once with a process of the engine killed while
// files are summed up. The bytes must be those of the same sum without an engine. Needs Python with venv, and redis-server.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tableFromIPC } from '@uwdata/flechette';
import { measured } from '../../support/gate.ts';
import { ending } from '../../support/god.ts';
import { startBullmq } from './bullmq.ts';
import { pythonWith } from './python.ts';
import { momentsOfFiles, writeRowsTo } from './rows.ts';

const root = resolve(import.meta.dirname, '../../..');
const examples = join(root, 'examples/distributed');

/** An engine that is ready. */
interface Engine {
  /** The command; the file for the state and the files of rows follow. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the state is in an Arrow stream, as `god moments` writes it. */
  readonly stream?: boolean;
  /** A process of the engine that is at work, once some files have been summed up or begun. */
  busy(out: string): number | undefined;
  stop?(): Promise<void>;
}

const ENGINES: Readonly<Record<string, () => Engine | Promise<Engine>>> = {
  Ray: () => python('ray', ['ray', 'pyarrow'], 'ray_moments.py'),
  Dask: () => python('dask', ['distributed', 'pyarrow'], 'dask_moments.py'),
  BullMQ: startBullmq,
};

const folder = mkdtempSync(join(tmpdir(), 'god-engines-'));
const bin = join(folder, 'bin');
try {
  await writeRowsTo(folder);
  mkdirSync(bin);
  const program = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/cli/main.js')}" "$@"\n`;
  writeFileSync(join(bin, 'god'), program, { mode: 0o755 });
  const files = readdirSync(join(folder, 'rows')).map((name) => join(folder, 'rows', name));
  const expected = await momentsOfFiles(files.sort());
  const names = process.argv.slice(2);
  for (const [name, start] of Object.entries(ENGINES))
    if (names.length === 0 || names.includes(name)) await check(name, await start(), files, expected);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function check(name: string, engine: Engine, files: readonly string[], expected: Uint8Array) {
  try {
    if (!(await run(engine, files, 'plain.state')).equals(expected)) throw new Error(`${name}: other bytes`);
    if (!(await run(engine, files, 'killed.state', true)).equals(expected))
      throw new Error(`${name}: other bytes with a process killed`);
  } finally {
    await engine.stop?.();
  }
  const figure = `${name}: same bytes, also with a process killed`;
  measured('engines', figure);
  console.log(figure);
}

/** Runs the program. Returns the state that it wrote. */
async function run(engine: Engine, files: readonly string[], name: string, killing = false): Promise<Buffer> {
  const home = mkdtempSync(join(folder, 'out-'));
  const out = join(home, name);
  const [program, ...args] = engine.command;
  const child = spawn(program, [...args, out, ...files], {
    env: {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      PYTHONPATH: join(root, 'spark'),
      OMP_NUM_THREADS: '1',
      RAY_USAGE_STATS_ENABLED: '0',
      ...engine.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [ended] = await Promise.all([ending(child), killing && kill(child, () => engine.busy(out))]);
  if (ended.code !== 0) throw new Error(`${program} ended with ${ended.code}: ${ended.stderr.slice(-4000)}`);
  const bytes = readFileSync(out);
  return engine.stream ? Buffer.from(tableFromIPC(bytes).getChild('state').at(0)) : bytes;
}

async function kill(child: ChildProcess, busy: () => number | undefined): Promise<void> {
  while (child.exitCode === null) {
    const pid = busy();
    if (pid !== undefined) {
      process.kill(pid, 'SIGKILL');
      return;
    }
    await sleep(5);
  }
  throw new Error('The program ended before a process was killed');
}

/** A program in Python whose engine starts `god worker moments`. */
function python(name: string, packages: readonly string[], program: string): Engine {
  const seen = new Set<number>();
  const busy = () => {
    const now = summing();
    for (const { pid } of now) seen.add(pid);
    return seen.size < 3 ? undefined : now[0]?.parent;
  };
  return { command: [pythonWith(name, packages), join(examples, program)], stream: true, busy };
}

/** Processes `god worker moments` of this checkout, with their parents. */
function summing(): { pid: number; parent: number }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (args[1] !== join(root, 'dist/cli/main.js') || !args.includes('moments')) return [];
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ');
      return [{ pid: Number(name), parent: Number(parent) }];
    } catch {
      return []; // it has ended
    }
  });
}
