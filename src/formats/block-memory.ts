/** How the rows of a file will be used. */
export interface RowUse {
  /** Rows that are wanted. Default: all. */
  readonly limit?: number;
  /** Whether all of them will stay in memory. */
  readonly whole?: boolean;
}

/**
 * Memory for blocks of bytes that follow each other, aligned for the numbers in them: parts of one array, if all blocks will stay
 * in memory, or an array for each.
 *
 * @param whole bytes of all blocks, if they will stay.
 */
export function blockMemory(whole: number | undefined): (count: number) => Buffer {
  if (whole === undefined) return (count) => Buffer.from(new ArrayBuffer(count));
  const all = new ArrayBuffer(whole);
  let at = 0;
  return (count) => {
    at += count;
    return Buffer.from(all, at - count, count);
  };
}
