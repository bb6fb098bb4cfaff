import { expect, test } from 'vitest';
import { firstNotFinite } from '../../src/matrix-files/finite.ts';

const MOST = [3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -0, 1];

test.each([Float32Array, Float64Array])(
  '%O: the first value that is not finite is found at any place',
  (Type) => {
    for (let length = 0; length < 20; length++) {
      for (const begin of [0, 1, 3]) {
        const data = new Type(length + begin).subarray(begin);
        data.set(MOST.slice(0, length));
        expect(firstNotFinite(data)).toBe(-1);
        for (let at = 0; at < length; at++) {
          for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
            const damaged = data.slice();
            damaged[at] = wrong;
            expect(firstNotFinite(damaged)).toBe(at);
          }
        }
      }
    }
    expect(firstNotFinite(Float64Array.of(Number.MAX_VALUE, -Number.MAX_VALUE))).toBe(-1);
  },
);
