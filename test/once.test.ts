import { expect, it } from 'vitest';
import { once } from '../src/once.ts';

it('computes a value once, and again after a failure', async () => {
  let calls = 0;
  const value = once(async () => {
    calls++;
    if (calls === 1) throw new Error('out of memory');
    return calls;
  });
  const [a, b] = await Promise.allSettled([value(), value()]);
  expect([a.status, b.status, calls]).toEqual(['rejected', 'rejected', 1]);
  expect(await Promise.all([value(), value()])).toEqual([2, 2]);
  expect(await value()).toBe(2);
});
