import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { celestialTwins, centralRows } from '../../src/zodiac/twins.ts';
import { runs } from '../support/gate.ts';

const objects = fc.array(
  fc.record({
    kind: fc.constantFrom('audio', 'text', 'image'),
    place: fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 })),
  }),
  { minLength: 1, maxLength: 30 },
);

describe('celestialTwins', () => {
  it('finds for every other kind the first of the nearest objects', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const vectors = { data: all.flatMap(({ place }) => place), rows: all.length, cols: 2 };
        const kinds = all.map(({ kind }) => kind);
        const [x, y] = all[0].place;
        const expected = [...new Set(kinds)]
          .filter((kind) => kind !== kinds[0])
          .map((kind) => {
            const sorted = all
              .map((object, row) => ({ ...object, row }))
              .filter((object) => object.kind === kind)
              .map(({ row, place }) => ({ kind, row, distance: Math.hypot(place[0] - x, place[1] - y) }))
              .sort((a, b) => a.distance - b.distance || a.row - b.row);
            return sorted[0];
          });
        const found = celestialTwins(vectors, kinds, 0);
        expect(found.map(({ kind, row }) => [kind, row])).toEqual(
          expected.map(({ kind, row }) => [kind, row]),
        );
        found.forEach(({ distance }, i) => {
          expect(distance).toBeCloseTo(expected[i].distance, 9);
        });
      }),
      { numRuns: runs(500) },
    );
  });

  it('refuses kinds of another length and rows that are not there', () => {
    const vectors = { data: [1, 2], rows: 2, cols: 1 };
    expect(() => celestialTwins(vectors, ['a'], 0)).toThrow('Expected 2 kinds but received 1');
    for (const row of [-1, 2, 0.5, Number.NaN]) {
      expect(() => celestialTwins(vectors, ['a', 'b'], row)).toThrow(
        `Expected \`row\` to be in [0, 1] but received ${row}`,
      );
    }
  });
});

describe('centralRows', () => {
  it('names the member nearest to the mean of its own cluster, whatever lies nearer in another', () => {
    const map = { data: [0, 0, 1, 0, 4, 0, 1.4, 0, Number.NaN, 0], rows: 5, cols: 2 };
    expect(
      centralRows(
        map,
        [0, 0, 0, 1, 2],
        [
          [5 / 3, 0],
          [1.4, 0],
          [0, 0],
        ],
      ),
    ).toEqual([1, 3, -1]);
  });
});
