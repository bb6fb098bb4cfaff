import { DataError, RowsError } from '../../errors.ts';

/**
 * The result of a kernel's call on rows of a stream. What it says of its rows becomes an error about the stream's.
 *
 * @param first the number of its first row in the stream.
 * @throws DataError for a value that is not finite.
 */
export async function aboutRows<T>(call: Promise<T>, first: number, column: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof RowsError ? aboutStream(error, first, column) : error;
  }
}

function aboutStream(cause: RowsError, first: number, name: string): DataError {
  const { row, column, value, message } = cause;
  const problem =
    row === undefined
      ? `from row ${first} on: ${message}`
      : `row ${first + row}: \`${name}\` holds ${textOf(value)} at ${column}, expected finite float32 numbers`;
  return new DataError(problem, {}, { cause });
}

/** As the kernels write it. */
function textOf(value: unknown): string {
  if (Number.isFinite(value)) return `${value}, which is beyond float32`;
  if (Number.isNaN(value)) return 'nan';
  return value === Number.POSITIVE_INFINITY ? 'inf' : '-inf';
}
