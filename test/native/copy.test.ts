import { expect, test } from 'vitest';
import { copyFloats } from '../../src/native/copy.ts';

const PAGE = 1 << 19; // floats of a page of 2 MB

test.each([0, 1, 1000, (1 << 20) - 1, 1 << 20, 3 * PAGE + 7, 5 * PAGE])('copies %i floats', (length) => {
  const whole = Float32Array.from({ length: length + 3 }, (_, i) => i % 65_521);
  const view = whole.subarray(3); // does not begin at the start of its buffer
  const copy = copyFloats(view);
  expect(copy.buffer).not.toBe(whole.buffer);
  expect(copy.byteOffset).toBe(0);
  expect(Buffer.compare(Buffer.from(copy.buffer), Buffer.from(whole.buffer, 12))).toBe(0);
});

test('copies float64 and shared memory too', () => {
  const length = 2 * PAGE;
  const doubles = Float64Array.from({ length }, (_, i) => i / 3);
  expect(copyFloats(doubles)[length - 1]).toBe(Math.fround((length - 1) / 3));
  const shared = new Float32Array(new SharedArrayBuffer(4 * length)).fill(7);
  const copy = copyFloats(shared);
  expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
  expect(copy[length - 1]).toBe(7);
});
