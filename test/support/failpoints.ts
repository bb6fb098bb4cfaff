import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type Call = (...args: unknown[]) => Promise<unknown>;

const FUNCTIONS = ['mkdir', 'open', 'readdir', 'readFile', 'rename', 'rm'] as const;
const METHODS = ['read', 'write', 'sync', 'close'] as const;

/** What happens at a failpoint: the process is killed, or the call fails with this error code. */
export type Failure = 'kill' | 'ENOSPC' | 'EIO';

/**
 * Makes call number `at` (from 0) of node:fs/promises by the tested program fail, or kills
 * the process there. `calls` lists the calls so far.
 */
export function failAt(at: number, failure: Failure): { calls: string[]; restore(): void } {
  const calls: string[] = [];
  const functions = fs as unknown as Record<string, Call>;
  const originals = FUNCTIONS.map((name) => [name, functions[name]] as const);
  for (const [name, original] of originals) functions[name] = failing(name, original);
  syncBuiltinESMExports();

  function failing(name: string, original: Call): Call {
    return async function call(this: unknown, ...args) {
      // Node reads its modules by the same functions, but by URL.
      if (args[0] instanceof URL) return original.apply(this, args);
      calls.push(`${name} ${typeof args[0] === 'string' ? args[0] : ''}`);
      if (calls.length - 1 === at) {
        if (failure === 'kill') process.kill(process.pid, 'SIGKILL');
        // A file is closed even when closing reports an error.
        if (name === 'close') await original.apply(this, args);
        throw Object.assign(new Error(`${failure}: made by a test, ${name}`), { code: failure });
      }
      const result = await original.apply(this, args);
      if (name === 'open') {
        const handle = result as Record<string, Call>;
        for (const method of METHODS) handle[method] = failing(method, handle[method]);
      }
      return result;
    };
  }

  const restore = () => {
    for (const [name, original] of originals) functions[name] = original;
    syncBuiltinESMExports();
  };
  return { calls, restore };
}

// When preloaded in another process, GOD_FAIL is `<call number> <failure>`.
const { GOD_FAIL } = process.env;
if (GOD_FAIL !== undefined) {
  const [at, failure] = GOD_FAIL.split(' ');
  failAt(Number(at), failure as Failure);
}
