/**
 * Computes something at the first call, with its arguments, and keeps it. What failed is not kept: the next call tries again.
 * Arguments must not change the result.
 */
export function once<T, Args extends unknown[]>(
  compute: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  let promise: Promise<T> | undefined;
  return (...args) => {
    promise ??= compute(...args).catch((error) => {
      promise = undefined;
      throw error;
    });
    return promise;
  };
}
