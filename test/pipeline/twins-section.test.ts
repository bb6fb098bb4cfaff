import { beforeAll, describe, expect, it } from 'vitest';
import type { MutualNeighbors } from '../../src/neighbors/mutual-proximity.ts';
import { GOD } from '../../src/pipeline/god.ts';
import { mutualPairs, twinCounts, twinsSection } from '../../src/pipeline/run/twins-section.ts';
import { synthetic } from '../../src/sources/synthetic.ts';

/** First neighbors alone: rows 0 and 1 are of group 0, rows 2 and 3 of group 1. */
const small: MutualNeighbors = {
  groups: ['a', 'b'],
  k: 1,
  indices: Int32Array.of(1, 2, 0, 2, 0, 3, 1, 2),
  proximities: Float64Array.of(0.5, 0.9, 0.5, 0.4, 0.9, 0.6, 0.3, 0.6),
  distances: new Float32Array(8),
};

describe('mutual twins', () => {
  it('are pairs from different groups that choose each other', () => {
    expect(mutualPairs(small, [0, 0, 1, 1])).toEqual([{ rows: [0, 2], proximity: 0.9 }]);
  });

  it('count for each row of how many others it is the twin', () => {
    expect([...twinCounts(small, [0, 0, 1, 1])]).toEqual([1, 1, 2, 0]);
  });
});

describe('the chapter on twins', () => {
  let god: GOD;
  beforeAll(async () => {
    god = await GOD.fit(synthetic({ rows: 200 }), {
      samples: 300,
      epochs: 2,
      components: 20,
      iterations: 50,
    });
  }, 120_000);

  it('lists pairs that choose each other, at most three per sign, and counts every object', async () => {
    const neighbors = await god.neighbors({ k: 2 });
    const section = twinsSection(god, neighbors);
    const [pairs, counts] = section?.tables ?? [];
    const bySign = new Map<string, number>();
    for (const [sign, a, , b] of pairs.rows) {
      const key = JSON.stringify(sign);
      bySign.set(key, (bySign.get(key) ?? 0) + 1);
      expect(a).not.toBe(b);
    }
    expect(pairs.rows.length).toBeGreaterThan(3);
    expect(Math.max(...bySign.values())).toBeLessThanOrEqual(3);
    expect(counts.rows.reduce((sum, [, n]) => sum + (n as number), 0)).toBe(god.objects.length);
  });

  it('is left out if there is only one modality', async () => {
    const neighbors = await god.neighbors({ k: 1 });
    expect(twinsSection(god, { ...neighbors, groups: ['all'] })).toBeUndefined();
  });
});
