/** Computes something at the first call and keeps it. What failed is not kept: the next call tries again. */
export function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => {
    promise ??= compute().catch((error) => {
      promise = undefined;
      throw error;
    });
    return promise;
  };
}
