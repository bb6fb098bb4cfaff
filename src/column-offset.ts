// Doubles as float32 without losing their differences: time stamps and coordinates in meters vary little around large values.

import { RowsError } from './errors.ts';

/** Rows of numbers in double precision, as the caller gave them: row i is the `cols` values of `row(i)` from `begin(i)` on. */
export interface Doubles {
  readonly rows: number;
  readonly cols: number;
  row(i: number): ArrayLike<number>;
  begin(i: number): number;
}

/** Number of rows to look at first: most columns need no further look. */
const FIRST_ROWS = 64;
/** Share of a column's spread that rounding may take before the column is shifted. */
const SHIFT_FROM = 2 ** -18;
/** Share of a column's spread that rounding may take at most. */
const MOST_LOST = 1e-4;
/** A spread below this share of a column's size can be noise of arithmetic in double precision: it need not be kept. */
const NOISE = 2 ** -40;
/** Below this, float32 has fewer digits or none. */
const LEAST_PLAIN = 1e-30;
/** The most that rounding takes from the smallest values: half the least float32. */
const LEAST_STEP = 2 ** -150;

/**
 * Shifts the columns that float32 would round too roughly by an offset in the middle of their values. These are the columns
 * that would lose more than 2^-18 of their spread. `data` holds the values rounded to float32 and receives the shifted ones.
 *
 * @returns the offset of each column, or undefined when none is shifted.
 * @throws RowsError when a shifted column still loses more than 1e-4 of its spread.
 */
export function shiftColumns(name: string, values: Doubles, data: Float32Array): Float64Array | undefined {
  const shifted = unsettledColumns(values).filter(
    ({ least, most, lost }) => lost > SHIFT_FROM * (most - least),
  );
  if (shifted.length === 0) return undefined;
  const offset = new Float64Array(values.cols);
  for (const column of shifted) {
    const { col, least, most } = column;
    // From the middle, a value of plain size loses 2^-25 of the spread at most.
    if (most > least) checkColumn(name, { ...column, lost: LEAST_STEP });
    offset[col] = least + (most - least) / 2;
  }
  shiftBy(values, data, offset);
  return offset;
}

/** Shifts the columns by the offset that other rows were shifted by. `values` may be a view of `data`. */
export function shiftBy(values: Doubles, data: Float32Array, offset: Float64Array): void {
  const { rows, cols } = values;
  const shifted = [...offset.keys()].filter((col) => offset[col] !== 0);
  for (let i = 0; i < rows; i++) {
    const row = values.row(i);
    const begin = values.begin(i);
    for (const col of shifted) data[i * cols + col] = row[begin + col] - offset[col];
  }
}

/**
 * For values that cannot be shifted because their size matters.
 *
 * @throws RowsError when a column loses more than 1e-4 of its spread.
 */
export function checkLoss(name: string, values: Doubles): void {
  for (const column of unsettledColumns(values)) {
    if (column.most - column.least > NOISE * sizeOf(column)) checkColumn(name, column);
  }
}

/** What the values of a column are like. */
interface Column {
  readonly col: number;
  readonly least: number;
  readonly most: number;
  /** The most that rounding to float32 takes from a value. */
  readonly lost: number;
}

const sizeOf = ({ least, most }: Column) => Math.max(-least, most);

/**
 * The columns that must be checked value by value. If the first rows spread over a 32nd of their size, all rows spread over at
 * least a 64th, because a value of twice their size is itself far from them. Rounding by half a unit in the last place, 2^-24 of
 * the size, then takes less than 2^-18 of the spread.
 */
function unsettledColumns(values: Doubles): Column[] {
  const { rows, cols } = values;
  const every = Uint32Array.from({ length: cols }, (_, col) => col);
  const unsettled = lookAt(values, every, Math.min(rows, FIRST_ROWS)).filter((column) => {
    const size = sizeOf(column);
    return !(column.most - column.least >= size / 32 && size > LEAST_PLAIN);
  });
  if (unsettled.length === 0 || rows <= FIRST_ROWS) return unsettled;
  return lookAt(
    values,
    Uint32Array.from(unsettled, ({ col }) => col),
    rows,
  );
}

/** Row by row, as they lie in memory. A column with a value that is not finite counts as one that loses nothing. */
function lookAt(values: Doubles, columns: Uint32Array, rows: number): Column[] {
  const least = new Float64Array(columns.length).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(columns.length).fill(Number.NEGATIVE_INFINITY);
  const lost = new Float64Array(columns.length);
  for (let i = 0; i < rows; i++) {
    const row = values.row(i);
    const begin = values.begin(i);
    for (let c = 0; c < columns.length; c++) {
      const value = row[begin + columns[c]];
      const rounding = Math.abs(value - Math.fround(value));
      if (value < least[c]) least[c] = value;
      if (value > most[c]) most[c] = value;
      // Infinity stays: nothing is greater.
      if (!(rounding <= lost[c]))
        lost[c] = rounding < Number.POSITIVE_INFINITY ? rounding : Number.POSITIVE_INFINITY;
    }
  }
  return Array.from(columns, (col, c) =>
    Number.isFinite(lost[c])
      ? { col, least: least[c], most: most[c], lost: lost[c] }
      : { col, least: 0, most: 0, lost: 0 },
  );
}

/** @throws RowsError when rounding takes more of the column's spread than it may. */
function checkColumn(name: string, { col, least, most, lost }: Column): void {
  if (!(lost > MOST_LOST * (most - least))) return;
  const advice =
    most - least < LEAST_PLAIN
      ? 'multiply the column by a constant'
      : 'subtract a constant from the column, such as its mean';
  throw new RowsError(
    `Expected column ${col} of \`${name}\` to keep its differences as float32, but its values lie between ${least} and ${most}: ${advice}`,
    { column: col },
  );
}

/** Values of the columns, such as means, less the offset; the same array if there is none. */
export function fromOffset(values: Float64Array, offset: Float64Array | undefined): Float64Array {
  return offset === undefined ? values : values.map((value, col) => value - offset[col]);
}

/** Back from {@link fromOffset}. */
export function withOffset(values: Float64Array, offset: Float64Array | undefined): Float64Array {
  return offset === undefined ? values : values.map((value, col) => value + offset[col]);
}
