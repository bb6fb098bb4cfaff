import { DataError } from '../../errors.ts';
import { messageOf } from '../../files/file-error.ts';

/**
 * The result of a kernel's call on rows of a stream. What it says of one of its rows becomes an error about the stream's.
 *
 * @param first the number of its first row in the stream.
 * @throws DataError for a value that is not finite.
 */
export async function aboutRows<T>(call: Promise<T>, first: number, column: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const found = /\brow (\d+), column (\d+) is (.+)$/.exec(messageOf(error));
    if (found === null) {
      if (/^Expected `/.test(messageOf(error)))
        throw new DataError(`from row ${first} on: ${messageOf(error)}`, {}, { cause: error });
      throw error;
    }
    const [, row, at, value] = found;
    throw new DataError(
      `row ${first + Number(row)}: \`${column}\` holds ${value} at ${at}, expected finite float32 numbers`,
      {},
      { cause: error },
    );
  }
}
