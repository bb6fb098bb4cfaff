import { types } from 'node:util';
import { describe } from '../errors.ts';
import { isFloats, type MatrixLike } from '../matrix.ts';

/** Distances in the form that the kernel takes, as a private copy. */
export interface OwnedDistances {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly square: boolean;
}

/**
 * Copies a square matrix, or the n (n - 1) / 2 distances of a condensed one. Float32 stays float32, all else becomes float64.
 *
 * @throws TypeError for what is neither; RangeError for a wrong shape.
 */
export function ownedDistances(
  input: MatrixLike | Float32Array | Float64Array | readonly number[],
): OwnedDistances {
  if (isVector(input)) return condensed(input);
  if (Array.isArray(input)) return squareOfRows(input);
  if (typeof input === 'object' && input !== null && 'data' in input) {
    const { data, rows, cols } = input;
    if (!isFloats(data)) {
      throw new TypeError(
        `Expected \`distances.data\` to be a Float32Array or Float64Array but received ${describe(data)}`,
      );
    }
    if (rows !== cols || data.length !== rows * cols) {
      throw new RangeError(
        `Expected \`distances\` to be a square matrix but received ${rows} x ${cols} with ${data.length} values`,
      );
    }
    return { data: data.slice(), rows, square: true };
  }
  throw new TypeError(
    `Expected \`distances\` to be a square matrix or a condensed array but received ${describe(input)}`,
  );
}

function isVector(input: unknown): input is Float32Array | Float64Array | readonly number[] {
  if (isFloats(input)) return true;
  return Array.isArray(input) && (input.length === 0 || typeof input[0] === 'number');
}

function condensed(values: Float32Array | Float64Array | readonly number[]): OwnedDistances {
  const rows = Math.round((1 + Math.sqrt(1 + 8 * values.length)) / 2);
  if ((rows * (rows - 1)) / 2 !== values.length) {
    throw new RangeError(
      `Expected condensed \`distances\` to hold n (n - 1) / 2 values for some n but received ${values.length}`,
    );
  }
  const data = types.isFloat32Array(values) ? values.slice() : Float64Array.from(values);
  return { data, rows, square: false };
}

function squareOfRows(input: readonly unknown[]): OwnedDistances {
  const rows = input.length;
  const data = new Float64Array(rows * rows);
  input.forEach((row, i) => {
    if (!Array.isArray(row) && !isFloats(row)) {
      throw new TypeError(
        `Expected row ${i} of \`distances\` to be an array of numbers but received ${describe(row)}`,
      );
    }
    if (row.length !== rows) {
      throw new RangeError(
        `Expected row ${i} of \`distances\` to have ${rows} values but received ${row.length}`,
      );
    }
    data.set(row as ArrayLike<number>, i * rows);
  });
  return { data, rows, square: true };
}
