import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Another process is writing to the directory. */
export class RunInProgressError extends Error {
  override readonly name = 'RunInProgressError';
}

const LOCK = /^\.run-(\d{1,15})-(\d{1,20})-([0-9a-f]{8})\.lock$/;
/** Used for the start of a process if the system does not show it. */
const UNKNOWN = '0';
const ATTEMPTS = 5;

/**
 * Reserves a directory for this process; the returned function releases it.
 *
 * Every process has its own lock file, and the name says which process. So anybody can remove the file of a dead process at any
 * time, and never hits that of a living one. A process holds the directory if it finds no other lock file after making its own.
 * If two come together, the later one sees the file of the earlier one.
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
    // If two came together, both have stepped back: the one that wakes first continues.
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

/** The lock file of another process that is alive. Files of dead ones are removed. */
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
      `If that process does not exist, because it ran on another computer, remove ${lock}`,
  );
}

function lockName(pid: number, started: string): string {
  return `.run-${pid}-${started}-${hostHash()}.lock`;
}

/** Process numbers are only valid on their own computer. */
function hostHash(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

interface ProcessState {
  /** In ticks since the system booted: distinguishes a process from a later one with the same number. */
  readonly started: string;
  /** Dead, but not yet waited for by its parent. */
  readonly zombie: boolean;
}

/** What /proc shows of a process; undefined on systems without /proc. */
async function stateOf(pid: number): Promise<ProcessState | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses, which can contain blanks. The state comes next, the start 19 fields later.
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
