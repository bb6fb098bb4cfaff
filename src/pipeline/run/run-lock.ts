import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Another process is writing to the run directory. */
export class RunInProgressError extends Error {
  override readonly name = 'RunInProgressError';
}

const LOCK = /^\.run-(\d{1,15})-(\d{1,20})-([0-9a-f]{8})\.lock$/;
/** In place of the start of a process where the system does not show it. */
const UNKNOWN = '0';
const ATTEMPTS = 5;

/**
 * Reserves a directory for this process; the returned function gives it back.
 *
 * Every process has a lock file of its own, whose name alone says whose it is: so one that a dead process left behind
 * can be removed by anybody at any time without ever hitting a living one's. A process holds the directory when, after
 * making its file, it finds no other's: of two that come together the later one sees the earlier one's file.
 *
 * @throws RunInProgressError when another process holds the directory; the error of the file system.
 */
export async function lockDirectory(path: string): Promise<() => Promise<void>> {
  const own = lockName(process.pid, (await stateOf(process.pid))?.started ?? UNKNOWN);
  const file = join(path, own);
  const release = () => rm(file, { force: true });
  for (let attempt = 1; ; attempt++) {
    await makeLock(file, path);
    let holder: string | undefined;
    try {
      holder = await otherHolder(path, own);
    } catch (error) {
      await release().catch(() => {});
      throw error;
    }
    if (holder === undefined) return release;
    await release();
    if (attempt === ATTEMPTS) throw inProgress(path, holder);
    // Two that came together have both stepped back: whoever wakes first goes on.
    await new Promise((wake) => setTimeout(wake, 20 + 80 * Math.random()));
  }
}

async function makeLock(file: string, path: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw inProgress(path, file);
    throw error;
  }
  try {
    await handle.close();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** The lock file of another process that is alive. Those of dead ones are removed. */
async function otherHolder(path: string, own: string): Promise<string | undefined> {
  for (const name of await readdir(path)) {
    const found = LOCK.exec(name);
    if (found === null || name === own) continue;
    const [, pid, started, host] = found;
    if (host !== hostHash() || (await isAlive(Number(pid), started))) return join(path, name);
    await rm(join(path, name), { force: true });
  }
  return undefined;
}

function inProgress(path: string, lock: string): RunInProgressError {
  const pid = LOCK.exec(lock.slice(lock.lastIndexOf('.run-')))?.[1];
  return new RunInProgressError(
    `Another run (process ${pid}) is writing to ${path}. Wait for it, or choose another directory. ` +
      `If no such process exists, for it ran on another computer, remove ${lock}`,
  );
}

function lockName(pid: number, started: string): string {
  return `.run-${pid}-${started}-${hostHash()}.lock`;
}

/** Numbers of processes mean something on their own computer only. */
function hostHash(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

interface ProcessState {
  /** In ticks of the system since it booted: tells a process from a later one with the same number. */
  readonly started: string;
  /** Dead, but not yet waited for by its parent. */
  readonly zombie: boolean;
}

/** What /proc shows of a process; undefined where there is no /proc. */
async function stateOf(pid: number): Promise<ProcessState | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses that may hold blanks; the state comes next, the start 19 fields later.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /^\d{1,20}$/.test(fields[19]) ? { started: fields[19], zombie: fields[0] === 'Z' } : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive(pid: number, started: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const state = await stateOf(pid);
  return state === undefined || (!state.zombie && (started === UNKNOWN || state.started === started));
}
