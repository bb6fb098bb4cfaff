import { types } from 'node:util';
import { describe, RowsError } from './errors.ts';

/** A dense matrix of float32, row-major: element (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** What every function accepts as a matrix: a Matrix, one of float64, or an array of rows of equal length. */
export type MatrixLike =
  | Matrix
  | { readonly data: Float32Array | Float64Array; readonly rows: number; readonly cols: number }
  | readonly (readonly number[])[]
  | readonly Float32Array[]
  | readonly Float64Array[];

/**
 * Wraps (does not copy) a buffer as a `rows` x `cols` matrix.
 *
 * @throws TypeError when `data` is not a Float32Array; RangeError when its length is not `rows * cols`.
 * @example
 * const X = matrix(new Float32Array([1, 2, 3, 4, 5, 6]), 2, 3);
 */
export function matrix(data: Float32Array, rows: number, cols: number): Matrix {
  if (!types.isFloat32Array(data)) {
    throw new TypeError(`Expected \`data\` to be a Float32Array but received ${describe(data)}`);
  }
  checkedShape('data', data.length, rows, cols);
  return { data, rows, cols };
}

/** Accepts arrays of another realm, such as a test runner's, which `instanceof` would refuse. */
export function isFloats(value: unknown): value is Float32Array | Float64Array {
  return types.isFloat32Array(value) || types.isFloat64Array(value);
}

/** A new matrix of zeros. */
export function zeros(rows: number, cols: number): Matrix {
  return { data: new Float32Array(rows * cols), rows, cols };
}

/**
 * The numbers of any MatrixLike in their own precision: a view of a buffer, or a copy of an array of rows.
 *
 * @throws TypeError for anything but a matrix; RangeError for a wrong shape or a value that is not a number.
 */
export function viewedMatrix(
  name: string,
  input: MatrixLike,
): { data: Float32Array | Float64Array; rows: number; cols: number } {
  if (!Array.isArray(input)) return readBuffer(name, input);
  const single = input.every((row) => types.isFloat32Array(row));
  const { rows, cols } = rowsShape(name, input);
  const data = single ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  copyRows(name, input, data, cols);
  return { data, rows, cols };
}

export function readBuffer(
  name: string,
  input: unknown,
): { data: Float32Array | Float64Array; rows: number; cols: number } {
  if (
    typeof input !== 'object' ||
    input === null ||
    !('data' in input && 'rows' in input && 'cols' in input)
  ) {
    throw new TypeError(
      `Expected \`${name}\` to be a matrix ({ data, rows, cols }) or an array of rows but received ${describe(input)}`,
    );
  }
  const { data } = input;
  if (!isFloats(data)) {
    throw new TypeError(
      `Expected \`${name}.data\` to be a Float32Array or Float64Array but received ${describe(data)}`,
    );
  }
  return { data, ...checkedShape(name, data.length, input.rows, input.cols) };
}

export function rowsShape(name: string, rows: readonly unknown[]): { rows: number; cols: number } {
  return { rows: rows.length, cols: rows.length === 0 ? 0 : rowLength(name, rows[0], 0) };
}

export function copyRows(
  name: string,
  rows: readonly unknown[],
  data: Float32Array | Float64Array,
  cols: number,
): void {
  for (let i = 0; i < rows.length; i++) {
    const length = rowLength(name, rows[i], i);
    if (length !== cols) {
      throw new RangeError(
        `Expected every row of \`${name}\` to have ${cols} values but row ${i} has ${length}`,
      );
    }
    const row = rows[i] as ArrayLike<number>;
    if (types.isFloat32Array(row)) data.set(row, i * cols);
    else copyNumbers(`\`${name}\``, row, data, i * cols, i);
  }
}

/**
 * Copies a row of plain values and checks that they are numbers. `set` would convert anything: null, which JSON writes for NaN,
 * to 0.
 *
 * @param what - for the message, e.g. "`X`".
 * @throws RowsError for the first value that is not a number, or is finite but not in `to`.
 */
export function copyNumbers(
  what: string,
  from: ArrayLike<unknown>,
  to: Float32Array | Float64Array,
  begin: number,
  row: number,
): void {
  for (let j = 0; j < from.length; j++) {
    const value = from[j];
    if (typeof value !== 'number') throw notANumber(what, row, j, value);
    to[begin + j] = value;
    if (Math.abs(to[begin + j]) === Number.POSITIVE_INFINITY && Number.isFinite(value))
      throw beyondFloat32(what, row, j, value);
  }
}

export function beyondFloat32(what: string, row: number, column: number, value: number): RowsError {
  return new RowsError(
    `Expected ${what} to hold finite float32 numbers but row ${row}, column ${column} is ${value}, which is beyond float32`,
    { row, column, value },
  );
}

/** The error for a value that is not a number: the same as the kernels' for NaN. */
export function notANumber(what: string, row: number, column: number, value: unknown): RowsError {
  return new RowsError(
    `Expected ${what} to hold finite float32 numbers but row ${row}, column ${column} is ${describe(value)}`,
    { row, column, value },
  );
}

function rowLength(name: string, row: unknown, i: number): number {
  if (!Array.isArray(row) && !isFloats(row)) {
    throw new TypeError(
      `Expected row ${i} of \`${name}\` to be an array of numbers but received ${describe(row)}`,
    );
  }
  return row.length;
}

/** Each property is read once, so an accessor cannot show one shape here and another to the kernel. */
function checkedShape(
  name: string,
  length: number,
  rows: unknown,
  cols: unknown,
): { rows: number; cols: number } {
  const checked = { rows: extent(name, 'rows', rows), cols: extent(name, 'cols', cols) };
  const size = checked.rows * checked.cols;
  if (length !== size) {
    throw new RangeError(
      `Expected \`${name}\` to hold ${rows} x ${cols} = ${size} values but its length is ${length}`,
    );
  }
  return checked;
}

function extent(name: string, key: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(
      `Expected \`${name}.${key}\` to be a non-negative integer but received ${describe(value)}`,
    );
  }
  return value;
}
