import { describe, expect, it } from 'vitest';
import { type MatrixLike, matrix } from '../src/index.ts';
import { ownedMatrix } from '../src/owned-matrix.ts';
import { badMatrices, plainValues } from './support/bad-inputs.ts';

describe('matrix', () => {
  it('wraps a buffer without copying it', () => {
    const data = new Float32Array(6);
    expect(matrix(data, 2, 3)).toEqual({ data, rows: 2, cols: 3 });
    expect(matrix(data, 2, 3).data).toBe(data);
    expect(matrix(new Float32Array(0), 0, 7)).toMatchObject({ rows: 0, cols: 7 });
  });

  it.each([
    [
      'a wrong length',
      () => matrix(new Float32Array(5), 2, 3),
      RangeError,
      /2 x 3 = 6 values .* length is 5/,
    ],
    ['negative rows', () => matrix(new Float32Array(6), -2, -3), RangeError, /`data.rows`/],
    ['half a column', () => matrix(new Float32Array(3), 2, 1.5), RangeError, /`data.cols`/],
    ['an array', () => matrix([1, 2] as unknown as Float32Array, 1, 2), TypeError, /Float32Array.*Array/],
    [
      'float64',
      () => matrix(new Float64Array(2) as unknown as Float32Array, 1, 2),
      TypeError,
      /Float64Array/,
    ],
  ])('refuses %s', (_, call, kind, says) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(says);
  });
});

describe('ownedMatrix', () => {
  it.each<[string, MatrixLike]>([
    ['a matrix', { data: plainValues(2, 3), rows: 2, cols: 3 }],
    ['a float64 matrix', { data: Float64Array.from(plainValues(2, 3)), rows: 2, cols: 3 }],
    ['arrays', [[...plainValues(2, 3).subarray(0, 3)], [...plainValues(2, 3).subarray(3)]]],
    ['Float32Arrays', [plainValues(2, 3).subarray(0, 3), plainValues(2, 3).subarray(3)]],
    ['Float64Arrays', [0, 3].map((at) => Float64Array.from(plainValues(2, 3).subarray(at, at + 3)))],
  ])('copies %s as float32', (_, input) => {
    const own = ownedMatrix('X', input);
    expect(own).toEqual({ data: plainValues(2, 3), rows: 2, cols: 3 });
    if ('data' in input) expect(own.data.buffer).not.toBe(input.data.buffer);
  });

  it('copies only what a view shows', () => {
    const all = Float32Array.from({ length: 20 }, (_, i) => i);
    const own = ownedMatrix('X', { data: all.subarray(4, 10), rows: 3, cols: 2 });
    expect([...own.data]).toEqual([4, 5, 6, 7, 8, 9]);
    expect(own.data.buffer.byteLength).toBe(24);
  });

  it('moves a buffer on request and leaves the caller an empty one', () => {
    const all = Float32Array.from({ length: 20 }, (_, i) => i);
    const view = all.subarray(4, 10);
    const own = ownedMatrix('X', { data: view, rows: 3, cols: 2 }, { transfer: true });
    expect([...own.data]).toEqual([4, 5, 6, 7, 8, 9]);
    expect([all.length, view.length]).toEqual([0, 0]);
  });

  it('copies what cannot be moved: float64, shared buffers, arrays', () => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    for (const data of [shared, new Float64Array(2)]) {
      const own = ownedMatrix('X', { data, rows: 1, cols: 2 } as MatrixLike, { transfer: true });
      expect(own.data.buffer).toBeInstanceOf(ArrayBuffer);
      expect(data.length).toBe(2);
    }
  });

  it('asks an accessor for the shape only once', () => {
    let asked = 0;
    const input = {
      data: new Float32Array(6),
      get rows() {
        asked++;
        return asked === 1 ? 2 : 2_000_000;
      },
      cols: 3,
    };
    expect(ownedMatrix('X', input)).toMatchObject({ rows: 2, cols: 3 });
  });

  // Kernels check for values that are not finite.
  const shapeless = badMatrices.filter(({ says }) => !/row \d+, column/.test(says.source));
  it.each(shapeless)('refuses $name', ({ make, throws, says }) => {
    const call = () => ownedMatrix('X', make() as MatrixLike);
    expect(call).toThrow(throws);
    expect(call).toThrow(says);
  });
});

it('refuses a finite double beyond float32 in rows, and names its value', () => {
  for (const row of [[1, -1e300], Float64Array.of(1, -1e300)]) {
    expect(() => ownedMatrix('X', [row] as number[][])).toThrow(
      'Expected `X` to hold finite float32 numbers but row 0, column 1 is -1e+300, which is beyond float32',
    );
  }
  const data = Float64Array.of(1, 2, -1e300, 4);
  expect(() => ownedMatrix('X', { data, rows: 2, cols: 2 }, { offset: 'fit' })).toThrow(
    'Expected `X` to hold finite float32 numbers but row 1, column 0 is -1e+300, which is beyond float32',
  );
  expect(ownedMatrix('X', [[1, 3.4028235e38]]).data[1]).toBe(Math.fround(3.4028235e38));
});
