import { describe } from './errors.ts';
import { copyNumbers, isFloats, type MatrixLike } from './matrix.ts';

/** Distances in the form that the kernel takes, as a private copy. */
export interface OwnedDistances {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly square: boolean;
}

/**
 * Copies a square matrix, or the n (n - 1) / 2 distances of a condensed one. Float32 stays float32; everything else becomes
 * float64.
 *
 * @throws TypeError for anything else; RangeError for a wrong shape.
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
  if (isFloats(values)) return { data: values.slice(), rows, square: false };
  const data = new Float64Array(values.length);
  for (let at = 0; at < data.length; at++) {
    const value: unknown = values[at];
    if (typeof value !== 'number') {
      throw new RangeError(
        `Expected condensed \`distances\` to hold numbers but place ${at} is ${describe(value)}`,
      );
    }
    data[at] = value;
  }
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
    if (isFloats(row)) data.set(row, i * rows);
    else copyNumbers('`distances`', row, data, i * rows, i);
  });
  return { data, rows, square: true };
}
