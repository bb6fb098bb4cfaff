/** A running call of a kernel, as the addon returns it. */
export interface RawJob {
  readonly promise: Promise<void>;
  cancel(): void;
  /** The number last published by the kernel: a fraction in [0, 1] unless the kernel says otherwise. */
  progress(): number;
}

export interface JobControl {
  signal?: AbortSignal | undefined;
  /** Called with the kernel's progress number, on the event loop, at most every 50 ms and once at the end. */
  onProgress?: ((progress: number) => void) | undefined;
}

const POLL_MILLISECONDS = 50;

/**
 * Starts a kernel and waits for it. Rejects with `signal.reason` as soon as the signal is aborted (the kernel then stops
 * within milliseconds, and whatever it still writes goes into arrays that nobody else sees), with the error that
 * `onProgress` throws, or with the kernel's own error, which carries the stack of this call.
 */
export async function runJob(start: () => RawJob, { signal, onProgress }: JobControl = {}): Promise<void> {
  signal?.throwIfAborted();
  const callSite = new Error();
  const job = start();
  const done = job.promise.catch((error: unknown) => {
    throw withCallStack(error, callSite);
  });
  if (signal === undefined && onProgress === undefined) return done;

  let stopWatching = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    stopWatching = watch(job, { signal, onProgress }, reject);
  });
  try {
    await Promise.race([done, interrupted]);
    onProgress?.(job.progress());
  } finally {
    stopWatching();
    done.catch(() => {}); // a job that was cancelled rejects later, with nobody listening
  }
}

/** Calls `interrupt` and cancels the job when the signal is aborted or the progress callback throws. */
function watch(
  job: RawJob,
  { signal, onProgress }: JobControl,
  interrupt: (reason: unknown) => void,
): () => void {
  const stop = (reason: unknown) => {
    job.cancel();
    interrupt(reason);
  };
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const poll = () => {
    try {
      onProgress?.(job.progress());
    } catch (error) {
      clearInterval(timer);
      stop(error);
    }
  };
  const timer = onProgress === undefined ? undefined : setInterval(poll, POLL_MILLISECONDS);
  return () => {
    clearInterval(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}

function withCallStack(error: unknown, callSite: Error): unknown {
  if (error instanceof Error && callSite.stack !== undefined) {
    const frames = callSite.stack.slice(callSite.stack.indexOf('\n'));
    error.stack = `${error.name}: ${error.message}${frames}`;
  }
  return error;
}
