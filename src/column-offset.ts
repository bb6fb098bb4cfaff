// Doubles as float32 without losing what they say: time stamps and metre coordinates vary by little around large values.

/** Rows of numbers in double precision, as the caller gave them. */
export interface Doubles {
  readonly rows: number;
  readonly cols: number;
  at(row: number, col: number): number;
}

/** Rows by which most columns are seen to keep their values. */
const FIRST_ROWS = 64;
/** Share of a column's spread that rounding may take before the column is shifted. */
const SHIFT_FROM = 2 ** -18;
/** Share of a column's spread that rounding may take at most. */
const MOST_LOST = 1e-4;
/** Share of a column's size that arithmetic in double precision may have left as noise: not a spread to be kept. */
const NOISE = 2 ** -40;
/** Below it float32 has fewer digits, or none. */
const LEAST_PLAIN = 1e-30;

/**
 * Shifts the columns that float32 would round too roughly by an offset in the middle of their values: those that would lose
 * more than 2^-18 of their spread. `data` holds the values rounded to float32 and gets the shifted ones.
 *
 * @returns the offset of each column, or undefined when none is shifted.
 * @throws RangeError when a column loses more than 1e-4 of its spread even so.
 */
export function shiftColumns(name: string, values: Doubles, data: Float32Array): Float64Array | undefined {
  let offset: Float64Array | undefined;
  for (const col of unsettledColumns(values)) {
    const { least, most, lost } = lossOf(values, col, 0);
    if (!(lost > SHIFT_FROM * (most - least))) continue;
    offset ??= new Float64Array(values.cols);
    offset[col] = least + (most - least) / 2;
    checkColumn(name, values, col, offset[col]);
    subtract(values, data, col, offset[col]);
  }
  return offset;
}

/** Shifts the columns by the offset that other rows were shifted by. */
export function shiftBy(values: Doubles, data: Float32Array, offset: Float64Array): void {
  for (let col = 0; col < values.cols; col++) {
    if (offset[col] !== 0) subtract(values, data, col, offset[col]);
  }
}

/**
 * For values whose size matters, so that they cannot be shifted.
 *
 * @throws RangeError when a column loses more than 1e-4 of its spread.
 */
export function checkLoss(name: string, values: Doubles): void {
  for (const col of unsettledColumns(values)) {
    const { least, most } = lossOf(values, col, 0);
    if (most - least > NOISE * Math.max(-least, most)) checkColumn(name, values, col, 0);
  }
}

/**
 * Columns that need a look at every value. Where the first rows are spread by a 32nd of their size, all rows are spread by a
 * 64th at least: a value of twice their size is far from them itself. Half a unit in the last place, a share of 2^-24, is
 * then less than 2^-18 of the spread.
 */
function unsettledColumns(values: Doubles): number[] {
  const { rows, cols, at } = values;
  const unsettled: number[] = [];
  for (let col = 0; col < cols; col++) {
    let [least, most, size] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    for (let row = 0; row < Math.min(rows, FIRST_ROWS); row++) {
      const value = at(row, col);
      least = Math.min(least, value);
      most = Math.max(most, value);
      size = Math.max(size, Math.abs(value));
    }
    if (!(most - least >= size / 32 && size > LEAST_PLAIN)) unsettled.push(col);
  }
  return unsettled;
}

/** The range of a column, and the most that rounding takes from a value of it. A value that is not finite takes nothing. */
function lossOf({ rows, at }: Doubles, col: number, offset: number) {
  let [least, most, lost] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let row = 0; row < rows; row++) {
    const value = at(row, col);
    const shifted = value - offset;
    if (!Number.isFinite(value) || !Number.isFinite(Math.fround(shifted)))
      return { least: 0, most: 0, lost: 0 };
    least = Math.min(least, value);
    most = Math.max(most, value);
    lost = Math.max(lost, Math.abs(shifted - Math.fround(shifted)));
  }
  return { least, most, lost };
}

function subtract(values: Doubles, data: Float32Array, col: number, offset: number): void {
  for (let row = 0; row < values.rows; row++) {
    data[row * values.cols + col] = values.at(row, col) - offset;
  }
}

function checkColumn(name: string, values: Doubles, col: number, offset: number): void {
  const { least, most, lost } = lossOf(values, col, offset);
  if (!(lost > MOST_LOST * (most - least)) || most === least) return;
  const advice =
    most - least < LEAST_PLAIN
      ? 'multiply the column by a constant'
      : 'subtract a constant from the column, such as its mean';
  throw new RangeError(
    `Expected column ${col} of \`${name}\` to keep its differences as float32, but its values lie between ${least} and ${most}: ${advice}`,
  );
}

/** Column values as seen from the offset, e.g. means; the same array where there is none. */
export function fromOffset(values: Float64Array, offset: Float64Array | undefined): Float64Array {
  return offset === undefined ? values : values.map((value, col) => value - offset[col]);
}

/** Back from {@link fromOffset}. */
export function withOffset(values: Float64Array, offset: Float64Array | undefined): Float64Array {
  return offset === undefined ? values : values.map((value, col) => value + offset[col]);
}
