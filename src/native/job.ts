import { types } from 'node:util';
import { RowsError, type RowsErrorPlace } from '../errors.ts';

/** A running call of a kernel, as the addon returns it. */
export interface RawJob {
  readonly promise: Promise<void>;
  cancel(): void;
  /** The last number that the kernel published: a fraction in [0, 1] unless the kernel says otherwise. */
  progress(): number;
}

export interface JobControl {
  signal?: AbortSignal | undefined;
  /** Called with the kernel's progress number, on the event loop, at most every 50 ms and once at the end. */
  onProgress?: ((progress: number) => void) | undefined;
}

const POLL_MILLISECONDS = 50;

/**
 * Starts a kernel and waits for it. Rejects with `signal.reason` as soon as the signal is aborted, with the error that
 * `onProgress` throws, or with the kernel's own error, which carries the stack of this call. After an abort the kernel stops
 * within milliseconds; what it still writes goes into arrays that nobody else sees.
 */
export async function runJob(start: () => RawJob, { signal, onProgress }: JobControl = {}): Promise<void> {
  signal?.throwIfAborted();
  const callSite = new Error();
  const job = start();
  // Threads can publish out of order, but reported progress must never fall.
  let most = 0;
  const tell =
    onProgress &&
    (() => {
      most = Math.max(most, job.progress());
      onProgress(most);
    });
  const done = job.promise.catch((error: unknown) => {
    throw withCallStack(typed(error), callSite);
  });
  if (signal === undefined && onProgress === undefined) return done;

  let stopWatching = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    stopWatching = watch(job, signal, tell, reject);
  });
  try {
    await Promise.race([done, interrupted]);
    tell?.();
  } finally {
    stopWatching();
    done.catch(() => {}); // a cancelled job rejects later, when nobody listens any more
  }
}

/** Calls `interrupt` and cancels the job when the signal is aborted or the progress callback throws. */
function watch(
  job: RawJob,
  signal: AbortSignal | undefined,
  tell: (() => void) | undefined,
  interrupt: (reason: unknown) => void,
): () => void {
  const stop = (reason: unknown) => {
    job.cancel();
    interrupt(reason);
  };
  const forget = signal && onAbort(signal, () => stop(signal.reason));
  const poll = () => {
    try {
      tell?.();
    } catch (error) {
      clearInterval(timer);
      stop(error);
    }
  };
  const timer = tell === undefined ? undefined : setInterval(poll, POLL_MILLISECONDS);
  return () => {
    clearInterval(timer);
    forget?.();
  };
}

interface Watcher {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const watchers = new WeakMap<AbortSignal, Watcher>();

/**
 * Calls `call` when the signal is aborted, until the returned function is called. Adds one listener to each signal, even if
 * many jobs share it: Node warns of a leak from the eleventh on.
 */
function onAbort(signal: AbortSignal, call: () => void): () => void {
  const { calls, listener } = watchers.get(signal) ?? newWatcher(signal);
  if (calls.size === 0) signal.addEventListener('abort', listener, { once: true });
  calls.add(call);
  return () => {
    calls.delete(call);
    if (calls.size === 0) signal.removeEventListener('abort', listener);
  };
}

function newWatcher(signal: AbortSignal): Watcher {
  const calls = new Set<() => void>();
  const listener = () => {
    for (const call of [...calls]) call();
  };
  const watcher = { calls, listener };
  watchers.set(signal, watcher);
  return watcher;
}

/** The addon marks errors about rows: see native/binding/job.hpp. */
function typed(error: unknown): unknown {
  if (!types.isNativeError(error) || (error as NodeJS.ErrnoException).code !== 'ROWS') return error;
  return new RowsError(error.message, error as RowsErrorPlace);
}

function withCallStack(error: unknown, callSite: Error): unknown {
  if (types.isNativeError(error) && callSite.stack !== undefined) {
    const frames = callSite.stack.slice(callSite.stack.indexOf('\n'));
    error.stack = `${error.name}: ${error.message}${frames}`;
  }
  return error;
}
