/** Rows of numbers from a file, and their names if the file has them. Every function that takes a matrix takes it. */
export interface NamedMatrix {
  /** rows x cols, row-major: element (i, j) is `data[i * cols + j]`. Every value is finite. */
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly cols: number;
  /** One for each row. */
  readonly ids?: readonly string[] | undefined;
  /** One for each row; '' where a row has none. */
  readonly labels?: readonly string[] | undefined;
}

/** Some rows of a file, in order. All batches of a file have the same columns and the same type of numbers. */
export interface RowBatch extends NamedMatrix {
  /** Index of the first of these rows. */
  readonly start: number;
  /** Rows of the whole file, if they are known before it has been read. */
  readonly total?: number | undefined;
}

/** The type of the numbers in memory. */
export type NumberType = 'float32' | 'float64';

/** An array of zeros. */
export function numbersOf(type: NumberType, length: number): Float32Array | Float64Array {
  return type === 'float32' ? new Float32Array(length) : new Float64Array(length);
}

/** The type of an array. */
export function typeOf({ BYTES_PER_ELEMENT }: Float32Array | Float64Array): NumberType {
  return BYTES_PER_ELEMENT === 4 ? 'float32' : 'float64';
}
