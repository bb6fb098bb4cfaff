import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { idOf, labelOf, lowerCase, type Objects } from '../../web/data.ts';
import { countIn, type Grid, gridOf, HIDDEN, LIT, nearest } from '../../web/grid.ts';
import { contains, lassoed, type Polygon, unite, without } from '../../web/lasso.ts';
import { rankHits, search } from '../../web/search.ts';
import { blobs, objectsOf, uniform } from './scene.ts';

let objects: Objects;
let grid: Grid;
let shades: Uint8Array;

beforeAll(async () => {
  objects = await objectsOf(blobs(4000));
  grid = gridOf(objects);
  // Every fifth object is left out and must not be found.
  shades = Uint8Array.from({ length: objects.count }, (_, i) => (i % 5 === 0 ? HIDDEN : LIT));
});

describe('nearest', () => {
  it('agrees with a search of all objects', () => {
    const next = uniform(5);
    for (let trial = 0; trial < 1000; trial++) {
      const at: [number, number] = [next() * 70000 - 2000, next() * 70000 - 2000];
      const within = next() * 3000;
      let [best, least] = [-1, within * within];
      for (let i = 0; i < objects.placed; i++) {
        const squared = (objects.x[i] - at[0]) ** 2 + (objects.y[i] - at[1]) ** 2;
        if (shades[i] !== HIDDEN && squared < least) [best, least] = [i, squared];
      }
      expect(nearest(objects, grid, shades, at, within)).toBe(best);
    }
  });

  it('finds an object at its own place', () => {
    expect(nearest(objects, grid, shades, [objects.x[1], objects.y[1]], 0)).toBeGreaterThanOrEqual(0);
  });
});

describe('the grid', () => {
  it('counts all objects in a box around everything', () => {
    expect(countIn(grid, { left: -1, top: -1, right: 70000, bottom: 70000 })).toBe(4000);
  });
});

describe('the lasso', () => {
  const inside = (polygon: Polygon) => {
    const found: number[] = [];
    for (let i = 0; i < objects.placed; i++) {
      if (shades[i] !== HIDDEN && contains(polygon, objects.x[i], objects.y[i])) found.push(i);
    }
    return found;
  };

  it('selects the objects inside 1,000 polygons, including degenerate ones', () => {
    const place = fc.oneof(
      fc.integer({ min: -5000, max: 70000 }),
      fc.constantFrom(0, 512, 1024, 32768, 65535),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(place, place), { minLength: 0, maxLength: 12 }), (polygon) => {
        expect([...lassoed(objects, grid, shades, polygon)]).toEqual(
          polygon.length < 3 ? [] : inside(polygon),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('selects the objects inside a hand-drawn ring of many short edges', () => {
    const ring: Polygon = Array.from({ length: 300 }, (_, i) => {
      const angle = (i / 300) * 2 * Math.PI;
      const radius = 20000 + 3000 * Math.sin(7 * angle);
      return [32768 + radius * Math.cos(angle), 32768 + radius * Math.sin(angle)];
    });
    const found = [...lassoed(objects, grid, shades, ring)];
    expect(found).toEqual(inside(ring));
    expect(found.length).toBeGreaterThan(100);
  });

  it('adds to a selection and removes from it', () => {
    const [a, b] = [Uint32Array.of(1, 5, 10), Uint32Array.of(2, 5, 100)];
    expect([...unite(a, b)]).toEqual([1, 2, 5, 10, 100]);
    expect([...without(a, b)]).toEqual([1, 10]);
  });
});

describe('search', () => {
  const plainly = (query: string) =>
    Array.from({ length: objects.count }, (_, i) => i).filter(
      (i) =>
        lowerCase(idOf(objects, i)).includes(lowerCase(query)) ||
        lowerCase(labelOf(objects, i)).includes(lowerCase(query)),
    );

  it.each(['dog', 'DOG', 'object 39', '9', 't 1', 'nowhere', '9object', 'dogcat', 'stand'])(
    'finds %s',
    (query) => {
      expect([...search(objects, query)]).toEqual(plainly(query));
    },
  );

  it('finds nothing for an empty query', () => {
    expect(search(objects, '')).toHaveLength(0);
  });

  it('agrees with a plain search, also across the borders of texts', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '\u0130', '\n'), maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 30 }), text, async (ids, query) => {
        const made = await objectsOf({ ...blobs(ids.length), ids, labels: ids.map(() => '') });
        const found = Array.from(search(made, query), (i) => idOf(made, i)).sort();
        const wanted = query === '' ? [] : ids.filter((id) => lowerCase(id).includes(lowerCase(query)));
        expect(found).toEqual(wanted.sort());
      }),
      { numRuns: 200 },
    );
  });

  it('ranks names equal to the query first, then those that begin with it, then those that contain it', () => {
    const names = ['bulldog', 'dogma', 'hot dog', 'dog', 'underdogs'];
    const hits = Uint32Array.from(names, (_, i) => i);
    expect(rankHits(hits, 'Dog', (i) => names[i], 4).map((i) => names[i])).toEqual([
      'dog',
      'dogma',
      'hot dog',
      'bulldog',
    ]);
  });
});
