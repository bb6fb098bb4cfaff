import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Absent, Contender, Measurement } from './case.ts';

const GUIDE = 'set GOD_BENCH_PYTHON to a python with bench/python/requirements.txt installed';

const from = 'Python';

interface Ready {
  name?: string;
  missing?: string;
}

/**
 * A contender written in Python: bench/python/<script>, which calls `serve` of bench/python/serve.py. The process stays
 * alive between runs, so that its imports and its data are loaded once. `settings` reach the script as a dictionary.
 */
export async function pythonPeer(
  name: string,
  script: string,
  settings: Record<string, string | number>,
): Promise<Contender | Absent> {
  const python = process.env.GOD_BENCH_PYTHON;
  if (python === undefined) return { name, from, absent: GUIDE };
  const file = fileURLToPath(new URL(`python/${script}`, import.meta.url));
  const child = spawn(python, [file, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const next = lineReader(child);
  const ready = JSON.parse(await next()) as Ready;
  if (ready.missing !== undefined) return { name, from, absent: `Python has no ${ready.missing}: ${GUIDE}` };
  return {
    name: ready.name ?? name,
    from,
    run: async () => {
      child.stdin?.write('run\n');
      return JSON.parse(await next()) as Measurement;
    },
    close: () => child.stdin?.end(),
  };
}

function lineReader(child: ChildProcess): () => Promise<string> {
  if (child.stdout === null) throw new Error('no pipe to Python');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = once(child, 'error').then(([error]) => {
    throw error;
  });
  failed.catch(() => {});
  return async () => {
    const line = await Promise.race([lines.next(), failed]);
    if (line.done) throw new Error(`the Python contender ended with exit code ${child.exitCode}`);
    return line.value;
  };
}
