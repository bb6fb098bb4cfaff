import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberLabels } from '../../src/groups.ts';
import { equalQuotas, sampleRows } from '../../src/pipeline/quotas.ts';
import { pickRows } from '../../src/pipeline/rows.ts';
import { labelVote, purity } from '../../src/pipeline/votes.ts';

describe('quotas', () => {
  test.each([
    [[100, 100, 100], 90, [30, 30, 30]],
    [[100, 100, 100], 91, [31, 30, 30]],
    [[100, 5, 100], 90, [43, 5, 42]],
    [[3, 3], 100, [3, 3]],
    [[0, 7], 4, [0, 4]],
    [[22160, 21758, 5000], 7183, [2395, 2394, 2394]],
  ])('of %j rows for %i are %j', (sizes, total, quotas) => {
    expect(equalQuotas(sizes, total)).toEqual(quotas);
  });

  test('are as even as sizes allow: a modality with fewer objects than another has given all', () => {
    const sizes = fc.array(fc.nat(500), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.nat(2000), (rows, total) => {
        const quotas = equalQuotas(rows, total);
        const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
        expect(sum(quotas)).toBe(Math.min(total, sum(rows)));
        const most = Math.max(...quotas);
        quotas.forEach((quota, m) => {
          expect(quota).toBeLessThanOrEqual(rows[m]);
          if (quota < most - 1) expect(quota).toBe(rows[m]);
        });
      }),
    );
  });
});

test('a draw takes different rows of each modality, ascending, and others for another seed', () => {
  const { rows, perModality } = sampleRows([50, 60, 70], 90, 5);
  expect(perModality).toEqual([30, 30, 30]);
  expect(new Set(rows).size).toBe(90);
  expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
  expect([...rows].filter((row) => row < 50)).toHaveLength(30);
  expect([...rows].filter((row) => row >= 110)).toHaveLength(30);
  expect(sampleRows([50, 60, 70], 90, 5).rows).toEqual(rows);
  expect(sampleRows([50, 60, 70], 90, 6).rows).not.toEqual(rows);
});

test('rows are picked in the given order', () => {
  const X = { data: new Float32Array([0, 1, 10, 11, 20, 21]), rows: 3, cols: 2 };
  expect(pickRows(X, new Int32Array([2, 0]))).toEqual({
    data: new Float32Array([20, 21, 0, 1]),
    rows: 2,
    cols: 2,
  });
});

describe('votes of neighbors', () => {
  test('go to the most frequent label, and of equally frequent ones to the nearest', () => {
    const { ofRow: labels } = numberLabels(['b', 'a', 'b', 'b']);
    expect([...labels]).toEqual([0, 1, 0, 0]);
    const neighbors = [2, 3, 1, /**/ 0, 2, 3, /**/ 0, 1, 3, /**/ 1, 1, 0];
    // Rows 0 and 2 are classified correctly; row 1, with b three times, is taken for b, and row 3, with a twice, for a.
    expect(labelVote(neighbors, 3, labels)).toBe(2 / 4);
    expect(labelVote([1, 0], 1, [5, 5])).toBe(1);
    // Rows 0 and 1 see a before b; row 2 sees a alone.
    expect(labelVote([1, 2, 0, 2, 1, 0], 2, numberLabels(['a', 'a', 'b']).ofRow)).toBe(2 / 3);
  });

  test('purity is the mean fraction of neighbors of the same kind', () => {
    expect(purity([1, 2, 0, 2, 0, 1], 2, [0, 0, 1])).toBeCloseTo((0.5 + 0.5 + 0) / 3, 12);
  });
});
