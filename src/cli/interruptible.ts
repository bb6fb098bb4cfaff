import { Interrupted } from './failure.ts';

/**
 * A signal that is aborted by the first Ctrl-C or request to terminate. `message` is printed then. A second one ends the
 * process at once.
 */
export function interruptible(message: string): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted(message));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, release: () => process.off('SIGINT', stop).off('SIGTERM', stop) };
}
