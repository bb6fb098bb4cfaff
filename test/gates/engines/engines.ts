// npx tsx test/gates/engines/engines.ts [NAME...]
//
// Runs the programs of examples/distributed on Parquet files, once plainly and once with a process of the engine killed while
// it sums up a file. The bytes must be those of the same sum without an engine. Needs Python with venv.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measured } from '../../support/gate.ts';
import { ending } from '../../support/god.ts';
import { pythonWith } from './python.ts';
import { momentsOfFiles, writeRowsTo } from './rows.ts';

const root = resolve(import.meta.dirname, '../../..');
const examples = join(root, 'examples/distributed');

interface Engine {
  readonly name: string;
  /** The command; the file for the state and the files of rows follow. */
  command(): readonly string[];
}

const ENGINES: readonly Engine[] = [
  {
    name: 'Ray',
    command: () => [pythonWith('ray', ['ray', 'pyarrow']), join(examples, 'ray_moments.py')],
  },
  {
    name: 'Dask',
    command: () => [pythonWith('dask', ['distributed', 'pyarrow']), join(examples, 'dask_moments.py')],
  },
];

const folder = mkdtempSync(join(tmpdir(), 'god-engines-'));
const bin = join(folder, 'bin');
try {
  await writeRowsTo(folder);
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'god'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/cli/main.js')}" "$@"\n`,
  );
  chmodSync(join(bin, 'god'), 0o755);
  const files = readdirSync(join(folder, 'rows'))
    .sort()
    .map((name) => join(folder, 'rows', name));
  const expected = await momentsOfFiles(files);
  const names = process.argv.slice(2);
  for (const engine of ENGINES.filter(({ name }) => names.length === 0 || names.includes(name)))
    await check(engine, files, expected);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function check(engine: Engine, files: readonly string[], expected: Uint8Array): Promise<void> {
  const command = engine.command();
  const plain = await run([...command], files);
  const killed = await run([...command], files, kill);
  for (const [how, state] of Object.entries({ plainly: plain, 'with a process killed': killed }))
    if (!state.equals(expected)) throw new Error(`${engine.name}: other bytes ${how}`);
  const figure = `${engine.name}: same bytes as without it, also with a process killed`;
  measured('engines', figure);
  console.log(figure);
}

/** Runs the program. Returns the state that it wrote. */
async function run(
  [program, ...args]: string[],
  files: readonly string[],
  meanwhile?: (child: ChildProcess) => Promise<void>,
): Promise<Buffer> {
  const out = join(folder, 'out.state');
  rmSync(out, { force: true });
  const child = spawn(program, [...args, out, ...files], {
    env: {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      PYTHONPATH: join(root, 'spark'),
      OMP_NUM_THREADS: '1',
      RAY_USAGE_STATS_ENABLED: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [ended] = await Promise.all([ending(child), meanwhile?.(child)]);
  if (ended.code !== 0) throw new Error(`${program} ended with ${ended.code}: ${ended.stderr.slice(-4000)}`);
  return readFileSync(out);
}

/** Kills the process of the engine above the second `moments` that is seen. */
async function kill(child: ChildProcess): Promise<void> {
  const seen = new Set<number>();
  while (child.exitCode === null) {
    for (const { pid, parent } of summing()) {
      seen.add(pid);
      if (seen.size < 2) continue;
      process.kill(parent, 'SIGKILL');
      return;
    }
    await sleep(5);
  }
  throw new Error('The program ended before a process was killed');
}

/** Processes `god ... moments` of this checkout, with their parents. */
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
