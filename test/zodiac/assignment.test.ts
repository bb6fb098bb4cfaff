import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from '../../src/zodiac/assignment.ts';

/** The least total, by trying every one-to-one assignment. */
function exhaustive(costs: number[][], row = 0, used = new Set<number>()): number {
  if (row === costs.length) return 0;
  let best = Number.POSITIVE_INFINITY;
  costs[row].forEach((cost, column) => {
    if (used.has(column)) return;
    used.add(column);
    best = Math.min(best, cost + exhaustive(costs, row + 1, used));
    used.delete(column);
  });
  return best;
}

const problem = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 2 }))
  .chain(([rows, more]) =>
    fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: rows + more, maxLength: rows + more }), {
      minLength: rows,
      maxLength: rows,
    }),
  );

describe('assign', () => {
  it('finds the least total of all one-to-one assignments', () => {
    fc.assert(
      fc.property(problem, (costs) => {
        const columns = assign(costs);
        expect(new Set(columns).size).toBe(costs.length);
        const total = columns.reduce((sum, column, row) => sum + costs[row][column], 0);
        expect(total).toBe(exhaustive(costs));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses more rows than columns', () => {
    expect(() => assign([[1], [2]])).toThrow(
      new RangeError('Expected at least as many columns as rows but received 2 x 1'),
    );
  });
});
