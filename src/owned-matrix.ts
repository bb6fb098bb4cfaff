import { types } from 'node:util';
import { checkLoss, type Doubles, shiftBy, shiftColumns } from './column-offset.ts';
import { beyondFloat32, copyRows, type Matrix, type MatrixLike, readBuffer, rowsShape } from './matrix.ts';
import { copyFloats } from './native/copy.ts';

/** A private copy of rows. */
export interface OwnedMatrix extends Matrix {
  /** What was subtracted from each column before its values became float32; undefined if nothing was. */
  readonly offset: Float64Array | undefined;
}

export interface OwnOptions {
  /** Move the buffer of a Float32Array-backed matrix instead of copying it: the caller's array is left empty. */
  transfer?: boolean;
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
 * @throws TypeError for anything but a matrix; RangeError for a wrong shape; RowsError for a value that is not a number, or a
 *   column of doubles that float32 cannot hold: see column-offset.ts.
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

/** A copy, and the original values if they had more digits. */
interface Copied extends Matrix {
  readonly doubles: Doubles | undefined;
}

function viewOf(data: Float32Array | Float64Array, cols: number): Doubles {
  return { rows: cols === 0 ? 0 : data.length / cols, cols, row: () => data, begin: (i) => i * cols };
}

function fromBuffer(name: string, input: unknown, { transfer = false }: OwnOptions): Copied {
  const { data, rows, cols } = readBuffer(name, input);
  if (types.isFloat64Array(data)) {
    const single = copyFloats(data);
    checkRange(name, single, data, cols);
    return { data: single, rows, cols, doubles: viewOf(data, cols) };
  }
  if (transfer && types.isArrayBuffer(data.buffer)) {
    const { byteOffset, length } = data;
    const buffer = structuredClone(data.buffer, { transfer: [data.buffer] });
    return { data: new Float32Array(buffer, byteOffset, length), rows, cols, doubles: undefined };
  }
  return { data: copyFloats(data), rows, cols, doubles: undefined };
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

/** @throws RowsError for the first finite double that float32 made infinite. */
function checkRange(name: string, single: Float32Array, doubles: Float64Array, cols: number): void {
  // Faster than a loop over the values.
  if (!single.includes(Number.POSITIVE_INFINITY) && !single.includes(Number.NEGATIVE_INFINITY)) return;
  const at = single.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(doubles[i]));
  if (at !== -1) throw beyondFloat32(`\`${name}\``, Math.floor(at / cols), at % cols, doubles[at]);
}
