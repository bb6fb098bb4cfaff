import { fileURLToPath } from 'node:url';
import type { Absent, Contender } from './case.ts';
import { servedPeer } from './served.ts';

const GUIDE = 'set GOD_BENCH_PYTHON to a python with bench/python/requirements.txt installed';

/**
 * A contender written in Python: bench/python/<script>, which calls `serve` of bench/python/serve.py. `settings` reach the
 * script as a dictionary.
 */
export async function pythonPeer(
  name: string,
  script: string,
  settings: Record<string, string | number>,
): Promise<Contender | Absent> {
  const python = process.env.GOD_BENCH_PYTHON;
  if (python === undefined) return { name, from: 'Python', absent: GUIDE };
  const file = fileURLToPath(new URL(`../python/${script}`, import.meta.url));
  return servedPeer(name, 'Python', [python, file, JSON.stringify(settings)], GUIDE);
}
