import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../src/vae/interpolate.ts';

const rowsOf = ({ data, rows, cols }: { data: Float32Array; rows: number; cols: number }) =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));

const code = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 5, maxLength: 5 });

describe('interpolate', () => {
  it('moves along the line in even steps', () => {
    const codes = interpolate([0, 4], new Float32Array([8, 0]), 5);
    expect(rowsOf(codes)).toEqual([
      [0, 4],
      [2, 3],
      [4, 2],
      [6, 1],
      [8, 0],
    ]);
  });

  it('moves along the circle by even angles', () => {
    const codes = rowsOf(interpolate([2, 0], [0, 2], 4, { path: 'spherical' }));
    codes.forEach(([x, y], i) => {
      expect(x).toBeCloseTo(2 * Math.cos((i * Math.PI) / 6), 6);
      expect(y).toBeCloseTo(2 * Math.sin((i * Math.PI) / 6), 6);
    });
  });

  it('changes the length evenly while it turns in the plane of the two ends', () => {
    fc.assert(
      fc.property(code, code, fc.integer({ min: 2, max: 9 }), (a, b, steps) => {
        const [lengthA, lengthB] = [Math.hypot(...a), Math.hypot(...b)];
        const dot = a.reduce((sum, x, j) => sum + x * b[j], 0);
        fc.pre(lengthA > 0.1 && lengthB > 0.1 && Math.abs(dot / lengthA / lengthB) < 0.999);
        const codes = rowsOf(interpolate(a, b, steps, { path: 'spherical' }));
        const angle = Math.acos(dot / lengthA / lengthB);
        codes.forEach((row, i) => {
          const t = i / (steps - 1);
          const length = Math.hypot(...row);
          expect(length).toBeCloseTo((1 - t) * lengthA + t * lengthB, 4);
          const withA = row.reduce((sum, x, j) => sum + x * a[j], 0) / length / lengthA;
          expect(withA).toBeCloseTo(Math.cos(t * angle), 4);
        });
      }),
    );
  });

  it('begins and ends at the codes themselves, and moves straight between parallel ones', () => {
    for (const path of ['linear', 'spherical'] as const) {
      expect(rowsOf(interpolate([0.1, -3], [7, 0.3], 2, { path }))).toEqual([
        [Math.fround(0.1), -3],
        [7, Math.fround(0.3)],
      ]);
    }
    expect(rowsOf(interpolate([1, 2], [3, 6], 3, { path: 'spherical' }))[1]).toEqual([2, 4]);
  });

  it('refuses bad arguments with an error that says what is wrong', () => {
    expect(() => interpolate([1], [1, 2], 3)).toThrow('the same length but received 1 and 2');
    expect(() => interpolate([], [], 3)).toThrow('Expected `a` to have at least one value');
    expect(() => interpolate([1, Number.NaN], [1, 2], 3)).toThrow('value 1 is');
    expect(() => interpolate([1], [1e39], 3)).toThrow('Expected `b` to hold finite float32');
    expect(() => interpolate('12' as never, [1], 3)).toThrow(TypeError);
    expect(() => interpolate([1], [2], 1)).toThrow('Expected `steps` in [2, 1000000] but received 1');
    expect(() => interpolate([1], [2], 3, { path: 'round' as never })).toThrow("'linear', 'spherical'");
    expect(() => interpolate([0, 0], [1, 2], 3, { path: 'spherical' })).toThrow('one of them is zero');
    expect(() => interpolate([1, 2], [-2, -4], 3, { path: 'spherical' })).toThrow('opposite');
  });
});
