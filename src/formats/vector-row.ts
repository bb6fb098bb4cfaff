/** A row of a text file. Numbers are decoded on request. */
export interface VectorRow {
  /** Line number, from 1. */
  readonly line: number;
  /** '' if the row has none. */
  readonly id: string;
  /** '' if the row has none. */
  readonly label: string;
  /** Numbers in the row, as many as in every other row. */
  readonly cols: number;
  /** Writes the numbers to `out` from index `at`. @throws DataError with the line for a value that is not finite there. */
  read(out: Float32Array | Float64Array, at: number): void;
}

/** What a number should be that is to stand in `out`, for messages. */
export function numberExpected(out: Float32Array | Float64Array): string {
  return `expected a finite ${out.BYTES_PER_ELEMENT === 4 ? 'float32 ' : ''}number`;
}
