import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Absent, Contender, Measurement, Origin } from './case.ts';

interface Ready {
  name?: string;
  missing?: string;
}

/**
 * A contender in another process, which stays alive between runs, so that it loads its libraries and data once. It writes one
 * line { name } or { missing } when it is ready, and for each line that it reads one { seconds, ... }.
 */
export async function servedPeer(
  name: string,
  from: Origin,
  [program, ...args]: readonly [string, ...string[]],
  guide: string,
): Promise<Contender | Absent> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const next = lineReader(child, name);
  const ready = JSON.parse(await next()) as Ready;
  if (ready.missing !== undefined) return { name, from, absent: `no ${ready.missing}: ${guide}` };
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

function lineReader(child: ChildProcess, name: string): () => Promise<string> {
  if (child.stdout === null) throw new Error(`no pipe to ${name}`);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = once(child, 'error').then(([error]) => {
    throw error;
  });
  failed.catch(() => {});
  return async () => {
    const line = await Promise.race([lines.next(), failed]);
    if (line.done) throw new Error(`the process of ${name} ended with exit code ${child.exitCode}`);
    return line.value;
  };
}
