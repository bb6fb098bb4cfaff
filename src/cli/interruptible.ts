import { Interrupted } from './failure.ts';

/** A signal that the first Ctrl-C or a request to terminate aborts; a second one ends the process at once. `message` is told. */
export function interruptible(message: string): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted(message));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, release: () => process.off('SIGINT', stop).off('SIGTERM', stop) };
}
