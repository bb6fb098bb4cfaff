import { types } from 'node:util';
import { checkLoss, type Doubles, shiftBy, shiftColumns } from './column-offset.ts';
import { describe } from './errors.ts';

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

/** A private copy of rows. */
export interface OwnedMatrix extends Matrix {
  /** What was subtracted from each column before its values became float32; undefined if nothing was. */
  readonly offset: Float64Array | undefined;
}

export interface OwnOptions {
  /** Move the buffer of a Float32Array-backed matrix instead of copying it: the caller's array is left empty. */
  transfer?: boolean;
  /** A faster way to copy an array. */
  copy?: CopyArray;
  /**
   * What happens to columns of doubles that vary little around large values, such as time stamps. 'fit': only their differences
   * matter, so they are shifted by an offset. 'refuse': their size matters, so a column whose differences float32 cannot hold
   * is refused. An array is the offset of other rows, with which these rows are compared: they are shifted by the same.
   * Undefined (default): the other rows were not shifted. In these two cases the spread of these rows does not show what could
   * be lost, so nothing is refused.
   */
  offset?: 'fit' | 'refuse' | Float64Array | undefined;
}

/**
 * A private float32 copy of any MatrixLike, so the caller can change its buffers while a native call runs. The kernels check
 * that values are finite, off the event loop.
 *
 * @throws TypeError for anything but a matrix; RangeError for a wrong shape, a value that is not a number, or a column of
 *   doubles that float32 cannot hold: see column-offset.ts.
 */
export function ownedMatrix(name: string, input: MatrixLike, options: OwnOptions = {}): OwnedMatrix {
  const { data, rows, cols, doubles } = Array.isArray(input)
    ? fromRows(name, input)
    : fromBuffer(name, input, options);
  const { offset } = options;
  if (typeof offset === 'object') {
    if (cols === offset.length) shiftBy(doubles ?? viewOf(data, cols), data, offset);
    return { data, rows, cols, offset };
  }
  if (offset === 'fit' && doubles !== undefined) {
    return { data, rows, cols, offset: shiftColumns(name, doubles, data) };
  }
  if (offset === 'refuse' && doubles !== undefined) checkLoss(name, doubles);
  return { data, rows, cols, offset: undefined };
}

export type CopyArray = (data: Float32Array | Float64Array) => Float32Array;

export const copyOf: CopyArray = (data) => new Float32Array(data);

/** A copy, and the original values if they had more digits. */
interface Copied extends Matrix {
  readonly doubles: Doubles | undefined;
}

function viewOf(data: Float32Array | Float64Array, cols: number): Doubles {
  return { rows: cols === 0 ? 0 : data.length / cols, cols, row: () => data, begin: (i) => i * cols };
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

function fromBuffer(name: string, input: unknown, { transfer = false, copy = copyOf }: OwnOptions): Copied {
  const { data, rows, cols } = readBuffer(name, input);
  if (types.isFloat64Array(data)) {
    const single = copy(data);
    checkRange(name, single, data, cols);
    return { data: single, rows, cols, doubles: viewOf(data, cols) };
  }
  if (transfer && types.isArrayBuffer(data.buffer)) {
    const { byteOffset, length } = data;
    const buffer = structuredClone(data.buffer, { transfer: [data.buffer] });
    return { data: new Float32Array(buffer, byteOffset, length), rows, cols, doubles: undefined };
  }
  return { data: copy(data), rows, cols, doubles: undefined };
}

function readBuffer(
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

function fromRows(name: string, rows: readonly unknown[]): Copied {
  const { cols } = rowsShape(name, rows);
  const data = new Float32Array(rows.length * cols);
  copyRows(name, rows, data, cols);
  const row = (i: number) => rows[i] as ArrayLike<number>;
  const single = rows.every((one) => types.isFloat32Array(one));
  const doubles = single ? undefined : { rows: rows.length, cols, row, begin: () => 0 };
  return { data, rows: rows.length, cols, doubles };
}

function rowsShape(name: string, rows: readonly unknown[]): { rows: number; cols: number } {
  return { rows: rows.length, cols: rows.length === 0 ? 0 : rowLength(name, rows[0], 0) };
}

function copyRows(
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
 * @throws RangeError for the first value that is not a number, or is finite but not in `to`.
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

/** @throws RangeError for the first finite double that float32 made infinite. */
function checkRange(name: string, single: Float32Array, doubles: Float64Array, cols: number): void {
  // Faster than a loop over the values.
  if (!single.includes(Number.POSITIVE_INFINITY) && !single.includes(Number.NEGATIVE_INFINITY)) return;
  const at = single.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(doubles[i]));
  if (at !== -1) throw beyondFloat32(`\`${name}\``, Math.floor(at / cols), at % cols, doubles[at]);
}

function beyondFloat32(what: string, row: number, column: number, value: number): RangeError {
  return new RangeError(
    `Expected ${what} to hold finite float32 numbers but row ${row}, column ${column} is ${value}, which is beyond float32`,
  );
}

/** The error for a value that is not a number: the same as the kernels' for NaN. */
export function notANumber(what: string, row: number, column: number, value: unknown): RangeError {
  return new RangeError(
    `Expected ${what} to hold finite float32 numbers but row ${row}, column ${column} is ${describe(value)}`,
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
