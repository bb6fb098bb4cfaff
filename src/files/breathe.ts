/** Lets the event loop run, so that long loops can be aborted. @throws the reason of `signal` when it is aborted. */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
