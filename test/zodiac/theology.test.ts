import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convexHull, pathLength, selfCrossings, turn } from '../../src/zodiac/geometry.ts';
import { clusterMeans } from '../../src/zodiac/means.ts';
import { type Point, signPoints, signs } from '../../src/zodiac/signs.ts';
import { theology } from '../../src/zodiac/theology.ts';

const grid = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), {
  minLength: 1,
  maxLength: 14,
});

/** Exact for small integers. */
function side(a: Point, b: Point, c: Point): number {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

/** A point is on the boundary if some line through it and another point has all points on one side. */
function isOnBoundary(points: readonly Point[], p: Point): boolean {
  const others = points.filter((q) => q[0] !== p[0] || q[1] !== p[1]);
  if (others.length === 0) return true;
  return others.some((q) => {
    const sides = points.map((r) => side(p, q, r));
    return sides.every((s) => s >= 0) || sides.every((s) => s <= 0);
  });
}

describe('convexHull', () => {
  it('contains exactly the points on the boundary, each once, in counter-clockwise order', () => {
    fc.assert(
      fc.property(grid, (points) => {
        const ring = convexHull(points);
        const expected = points.map((_, i) => i).filter((i) => isOnBoundary(points, points[i]));
        expect([...ring].sort((a, b) => a - b)).toEqual(expected);

        let area = 0;
        ring.forEach((i, k) => {
          const [a, b] = [points[i], points[ring[(k + 1) % ring.length]]];
          area += a[0] * b[1] - a[1] * b[0];
          const before = points[ring[(k + ring.length - 1) % ring.length]];
          if (!isFlat(points)) expect(side(before, points[i], b)).toBeGreaterThanOrEqual(0);
        });
        expect(area).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('treats points as collinear if only rounding makes them differ from a line', () => {
    const points = Array.from({ length: 9 }, (_, i): Point => [0.1 * i, 0.3 * i + 0.7]);
    expect(turn(points[0], points[4], points[8])).toBe(0);
    expect(convexHull([...points, [5, 0]])).toHaveLength(10);
  });
});

function isFlat(points: readonly Point[]): boolean {
  return points.every((a) => points.every((b) => points.every((c) => side(a, b, c) === 0)));
}

/** Whether two closed segments meet, by clipping one against the other in exact fractions of small integers. */
function meet(a: Point, b: Point, c: Point, d: Point): boolean {
  const [rx, ry, sx, sy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]];
  const cross = rx * sy - ry * sx;
  const [qx, qy] = [c[0] - a[0], c[1] - a[1]];
  if (cross !== 0) {
    const t = (qx * sy - qy * sx) / cross;
    const u = (qx * ry - qy * rx) / cross;
    return t >= 0 && t <= 1 && u >= 0 && u <= 1;
  }
  if (rx === 0 && ry === 0 && sx === 0 && sy === 0) return qx === 0 && qy === 0;
  const [dx, dy] = rx !== 0 || ry !== 0 ? [rx, ry] : [sx, sy];
  if (qx * dy - qy * dx !== 0) return false;
  const along = (p: Point) => p[0] * dx + p[1] * dy;
  const [lo1, hi1] = [Math.min(along(a), along(b)), Math.max(along(a), along(b))];
  const [lo2, hi2] = [Math.min(along(c), along(d)), Math.max(along(c), along(d))];
  return lo1 <= hi2 && lo2 <= hi1;
}

describe('selfCrossings', () => {
  it('counts the pairs of edges that meet and are not neighbors', () => {
    fc.assert(
      fc.property(grid, (path) => {
        const edges = path.map((p, i): [Point, Point] => [p, path[(i + 1) % path.length]]);
        let expected = 0;
        for (let i = 0; i < edges.length; i++) {
          for (let j = i + 1; j < edges.length; j++) {
            const neighbors = j - i === 1 || j - i === edges.length - 1;
            if (!neighbors && meet(...edges[i], ...edges[j])) expected++;
          }
        }
        expect(selfCrossings(path)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('is 0 for a square and 1 for a bow tie', () => {
    expect(
      selfCrossings([
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ]),
    ).toBe(0);
    expect(
      selfCrossings([
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
      ]),
    ).toBe(1);
  });
});

describe('theology', () => {
  it("confirms the paper's claims if eight means surround four", () => {
    const inner = [1, 4, 7, 10];
    const means = signPoints.map(([x, y], i): Point => (inner.includes(i) ? [0.5 * x, 0.5 * y] : [x, y]));
    const found = theology(means, { signOf: [...signs.keys()] });
    expect(found.interior).toEqual(['Taurus', 'Leo', 'Scorpio', 'Aquarius']);
    expect(found.hull).toHaveLength(8);
    expect(found.selfCrossings).toBe(0);
    expect(found.claims.map(({ holds }) => holds)).toEqual([true, true, true, true, null]);
    expect(found.pathLength).toBeCloseTo(pathLength([...means, means[0]]), 12);
  });

  it('says if a claim does not hold', () => {
    const found = theology(signPoints, { signOf: [...signs.keys()] });
    const hull = found.claims.find(({ claim }) => claim === 'Means on the convex hull');
    expect(hull).toEqual({ claim: 'Means on the convex hull', paper: 8, found: 12, holds: false });
  });

  it('leaves out clusters without a sign, and gives no path without clusters', () => {
    const found = theology(
      [
        [0, 0],
        [9, 9],
        [3, 4],
      ],
      { signOf: [5, -1, 2] },
    );
    expect(found.hull.toSorted()).toEqual(['Gemini', 'Virgo']);
    expect(found.openPathLength).toBe(5);
    expect(found.pathLength).toBe(10);
    expect(theology([], { signOf: [] })).toMatchObject({
      hull: [],
      interior: [],
      pathLength: 0,
      selfCrossings: 0,
    });
  });

  it('refuses the match of another clustering', () => {
    expect(() => theology([[0, 0]], { signOf: [0, 1] })).toThrow(
      'Expected `match` to be of 1 clusters but it is of 2',
    );
  });
});

describe('clusterMeans', () => {
  const map = { data: [0, 0, 2, 4, 10, 10, Number.NaN, 1], rows: 4, cols: 2 };

  it('averages the finite rows of each cluster', () => {
    expect(clusterMeans(map, [0, 0, 1, 1], 2)).toEqual([
      [1, 2],
      [10, 10],
    ]);
  });

  it.each([
    [[0, 0, 1], 2, 'Expected 4 labels in `clusters` but received 3'],
    [[0, 0, 1, 2], 2, 'Expected `clusters[3]` to be in [0, 1] but received 2'],
    [[0, 0, 0, 1], 2, 'Expected cluster 1 to have at least one finite row'],
  ])('refuses labels %j of %i clusters', (clusters, k, message) => {
    expect(() => clusterMeans(map, clusters, k)).toThrow(message);
  });
});
