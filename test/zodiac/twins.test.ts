import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { celestialTwins, centralRows } from '../../src/zodiac/twins.ts';
import { runs } from '../support/gate.ts';

const objects = fc.array(
  fc.record({
    modality: fc.constantFrom('audio', 'text', 'image'),
    place: fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 })),
  }),
  { minLength: 1, maxLength: 30 },
);

describe('celestialTwins', () => {
  it('finds for every other modality the first of the nearest objects', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const vectors = { data: all.flatMap(({ place }) => place), rows: all.length, cols: 2 };
        const modalities = all.map(({ modality }) => modality);
        const [x, y] = all[0].place;
        const expected = [...new Set(modalities)]
          .filter((modality) => modality !== modalities[0])
          .map((modality) => {
            const sorted = all
              .map((object, row) => ({ ...object, row }))
              .filter((object) => object.modality === modality)
              .map(({ row, place }) => ({
                modality,
                row,
                distance: Math.sqrt((place[0] - x) ** 2 + (place[1] - y) ** 2),
              }))
              .sort((a, b) => a.distance - b.distance || a.row - b.row);
            return sorted[0];
          });
        const found = celestialTwins(vectors, modalities, 0);
        expect(found.map(({ modality, row }) => [modality, row])).toEqual(
          expected.map(({ modality, row }) => [modality, row]),
        );
        found.forEach(({ distance }, i) => {
          expect(distance).toBeCloseTo(expected[i].distance, 9);
        });
      }),
      { numRuns: runs(500) },
    );
  });

  it('refuses modalities of another length and rows that are not there', () => {
    const vectors = { data: [1, 2], rows: 2, cols: 1 };
    expect(() => celestialTwins(vectors, ['a'], 0)).toThrow('Expected 2 modalities but received 1');
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
