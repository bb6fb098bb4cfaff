import { types } from 'node:util';
import { describe } from './errors.ts';

/** A dense matrix of float32, row-major: element (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** What every function takes where it says matrix: a Matrix, a float64 one, or an array of equally long rows. */
export type MatrixLike =
  | Matrix
  | { readonly data: Float64Array; readonly rows: number; readonly cols: number }
  | readonly (readonly number[])[]
  | readonly Float32Array[]
  | readonly Float64Array[];

/**
 * Wraps (does not copy) a buffer as a `rows` x `cols` matrix.
 *
 * @throws TypeError when `data` is no Float32Array; RangeError when its length is not `rows * cols`.
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

/** Arrays of another realm, such as a test runner's, count as well: `instanceof` would refuse them. */
export function isFloats(value: unknown): value is Float32Array | Float64Array {
  return types.isFloat32Array(value) || types.isFloat64Array(value);
}

/** A new matrix of zeros. */
export function zeros(rows: number, cols: number): Matrix {
  return { data: new Float32Array(rows * cols), rows, cols };
}

/**
 * A private float32 copy of any MatrixLike, so that nothing the caller does to its buffers while a native call
 * runs can reach the kernel. With `transfer` the buffer of a Float32Array-backed matrix is moved instead of
 * copied: the caller's array is left empty. Values are not looked at here: kernels check that they are finite,
 * off the event loop. `copy` may bring a faster way to copy an array.
 *
 * @throws TypeError for what is no matrix; RangeError for a wrong shape.
 */
export function ownedMatrix(
  name: string,
  input: MatrixLike,
  { transfer = false, copy = copyOf }: { transfer?: boolean; copy?: CopyArray } = {},
): Matrix {
  return Array.isArray(input) ? fromRows(name, input) : fromBuffer(name, input, transfer, copy);
}

export type CopyArray = (data: Float32Array | Float64Array) => Float32Array;

export const copyOf: CopyArray = (data) => new Float32Array(data);

function fromBuffer(name: string, input: unknown, transfer: boolean, copy: CopyArray): Matrix {
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
  const { rows, cols } = checkedShape(name, data.length, input.rows, input.cols);
  if (transfer && types.isFloat32Array(data) && types.isArrayBuffer(data.buffer)) {
    const { byteOffset, length } = data;
    const buffer = structuredClone(data.buffer, { transfer: [data.buffer] });
    return { data: new Float32Array(buffer, byteOffset, length), rows, cols };
  }
  return { data: copy(data), rows, cols };
}

function fromRows(name: string, rows: readonly unknown[]): Matrix {
  const cols = rows.length === 0 ? 0 : rowLength(name, rows[0], 0);
  const data = new Float32Array(rows.length * cols);
  for (let i = 0; i < rows.length; i++) {
    const length = rowLength(name, rows[i], i);
    if (length !== cols) {
      throw new RangeError(
        `Expected every row of \`${name}\` to have ${cols} values but row ${i} has ${length}`,
      );
    }
    data.set(rows[i] as ArrayLike<number>, i * cols);
  }
  return { data, rows: rows.length, cols };
}

function rowLength(name: string, row: unknown, i: number): number {
  if (!Array.isArray(row) && !isFloats(row)) {
    throw new TypeError(
      `Expected row ${i} of \`${name}\` to be an array of numbers but received ${describe(row)}`,
    );
  }
  return row.length;
}

/** Each looked at once: an accessor cannot show one shape here and another to the kernel. */
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
