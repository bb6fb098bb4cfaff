import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseRows, type RowDraw, RowSample, rowHash, uniqueIds } from '../../src/sources/sampling.ts';
import { runs } from '../support/gate.ts';

const limits = fc.integer({ min: 1, max: 60 });
const totals = fc.integer({ min: 1, max: 200 });
const seeds = fc.maxSafeNat();

/** A sample of a stream of `total` rows of two columns. */
function sampleOf(total: number, draw: RowDraw) {
  const sample = new RowSample(draw);
  for (let row = 0; row < total; row++) {
    const slot = sample.offer();
    if (slot !== -1) sample.put(slot, `id ${row}`, `label ${row % 3}`, Float32Array.of(row, -row));
  }
  return sample.finish('text', 'file', []);
}

test('a streamed sample keeps the rows with the smallest hashes, in stream order, with their own values', () => {
  fc.assert(
    fc.property(totals, limits, seeds, (total, limit, seed) => {
      const rows = Array.from({ length: total }, (_, row) => row);
      const byHash = rows.toSorted((a, b) => rowHash(seed, a) - rowHash(seed, b));
      const expected = byHash.slice(0, limit).toSorted((a, b) => a - b);
      const gathered = sampleOf(total, { limit, seed });
      expect(gathered.ids).toEqual(expected.map((row) => `id ${row}`));
      expect(gathered.labels).toEqual(expected.map((row) => `label ${row % 3}`));
      expect([...gathered.vectors.data]).toEqual(expected.flatMap((row) => [row, -row]));
      expect(gathered.total).toBe(total);
      expect(chooseRows(total, { limit, seed })).toEqual(expected);
    }),
    { numRuns: runs(300) },
  );
});

test('the first rows are kept on request', () => {
  fc.assert(
    fc.property(totals, limits, seeds, (total, limit, seed) => {
      const draw = { limit, seed, first: true };
      const expected = Array.from({ length: Math.min(total, limit) }, (_, row) => row);
      expect(chooseRows(total, draw)).toEqual(expected);
      expect(sampleOf(total, draw)).toMatchObject({ total, ids: expected.map((row) => `id ${row}`) });
    }),
    { numRuns: runs(100) },
  );
});

test('a larger limit only adds rows', () => {
  const small = new Set(chooseRows(1000, { limit: 50, seed: 7 }));
  const large = new Set(chooseRows(1000, { limit: 200, seed: 7 }));
  expect([...small].every((row) => large.has(row))).toBe(true);
});

test('another seed gives another sample, even if it differs only beyond 32 bits', () => {
  const samples = [0, 1, 2 ** 32, 2 ** 40].map((seed) => chooseRows(1000, { limit: 100, seed }).join());
  expect(new Set(samples).size).toBe(4);
});

test('every row is equally likely', () => {
  // 2000 samples of 10 out of 40 rows: each count is binomial (2000, 1/4), standard deviation 19.4.
  const counts = new Array(40).fill(0);
  for (let seed = 0; seed < 2000; seed++)
    for (const row of chooseRows(40, { limit: 10, seed })) counts[row]++;
  for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(5 * 19.4);
});

test('hashes are integers in [0, 2^53), without visible ties', () => {
  const hashes = Array.from({ length: 100_000 }, (_, row) => rowHash(5, row));
  expect(hashes.every((hash) => Number.isSafeInteger(hash) && hash >= 0)).toBe(true);
  expect(new Set(hashes).size).toBe(100_000);
});

test('a limit below one is refused, and so is a source without rows', () => {
  expect(() => new RowSample({ limit: 0, seed: 0 })).toThrow(
    'Expected `limit` to be at least 1 but received 0',
  );
  expect(() => chooseRows(5, { limit: 0, seed: 0 })).toThrow(
    'Expected `limit` to be at least 1 but received 0',
  );
  expect(() => new RowSample({ limit: Number.NaN, seed: 0 })).toThrow(RangeError);
  expect(() => new RowSample({ limit: 5, seed: 0 }).finish('text', 'f.txt', [])).toThrow(
    'f.txt: holds no rows',
  );
});

test('names become unique and differ from names that look like renamed ones', () => {
  expect(uniqueIds(['a', 'a', 'a (2)', 'b', 'a', 'a (2)'])).toEqual({
    ids: ['a', 'a (3)', 'a (2)', 'b', 'a (4)', 'a (2) (2)'],
    renamed: 3,
  });
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'a (2)', 'a (3)', 'b', '', ' (2)', '__proto__')), (names) => {
      const { ids } = uniqueIds(names);
      expect(new Set(ids).size).toBe(names.length);
      ids.forEach((id, i) => {
        expect(id.startsWith(names[i])).toBe(true);
      });
    }),
  );
});
