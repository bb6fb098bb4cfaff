import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalOf, parseDecimal } from '../../src/formats/decimal.ts';
import { runs } from '../support/gate.ts';

const parsed = (text: string) => parseDecimal(Buffer.from(`x${text}y`), 1, 1 + text.length);

test('a float32 is written with digits that give it back, nine at most', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = decimalOf(value, true);
      expect(Math.fround(Number(text))).toBe(value + 0);
      const digits = text.replace(/e.*/, '').replaceAll(/[-.]/g, '').replace(/^0+/, '').length;
      if (!Number.isInteger(value)) expect(digits).toBeLessThanOrEqual(9);
    }),
    { numRuns: runs(2000) },
  );
  expect(
    [0.1, 1e-40, 3.4028234663852886e38, -16_777_215.5, 0.333].map((value) =>
      decimalOf(Math.fround(value), true),
    ),
  ).toEqual(['0.1', '9.999946e-41', '3.4028234663852886e+38', '-16777216', '0.333']);
});

test('a double is written and read as JavaScript does', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(decimalOf(value, false)).toBe(String(value));
      expect(parsed(String(value))).toBe(value + 0);
    }),
    { numRuns: runs(2000) },
  );
});

test.each(['', '-', '.', '0x10', '1e', 'Infinity', 'NaN', '1_0', '1.2.3', ' 1'])(
  '%j is not a number',
  (text) => {
    expect(parsed(text)).toBeNaN();
  },
);

test('a number with an exponent, as numpy and C write it, is read as JavaScript does', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(10 ** 15), max: 10 ** 15 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: -45, max: 45 }),
      (digits, places, exponent) => {
        const value = digits / 10 ** places;
        for (const text of [`${digits}e${exponent}`, `${value.toFixed(4)}E+0${Math.abs(exponent % 10)}`])
          expect(parsed(text)).toBe(Number(text));
        expect(parsed(value.toExponential(14))).toBe(Number(value.toExponential(14)));
      },
    ),
    { numRuns: runs(2000) },
  );
  for (const wrong of ['1e+', '1e--5', '1e5e5', '1f5', '1e5x', '1e 5']) expect(parsed(wrong)).toBeNaN();
});
