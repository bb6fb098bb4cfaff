import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchZodiac, signPosition } from '../../src/zodiac/match.ts';
import { type Point, signs } from '../../src/zodiac/signs.ts';
import { theology } from '../../src/zodiac/theology.ts';
import { seededRandom } from '../support/bytes.ts';
import { runs } from '../support/gate.ts';
import { realData } from '../support/real-data.ts';

const circle = signs.map(
  ({ angle }): Point => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)],
);

function gaussians(seed: number, n: number): Point[] {
  const uniform = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return Array.from({ length: n }, () => [normal(), normal()]);
}

function centered(points: readonly Point[]): Point[] {
  const x = points.reduce((sum, p) => sum + p[0], 0) / points.length;
  const y = points.reduce((sum, p) => sum + p[1], 0) / points.length;
  return points.map((p) => [p[0] - x, p[1] - y]);
}

/**
 * The fraction left unexplained by the best similarity for one assignment, in closed form over the complex numbers:
 * 1 - |sum conj(z) w|^2 / (sum |z|^2 sum |w|^2), both centered.
 */
function shareOf(means: readonly Point[], signOf: readonly number[]): number {
  const z = centered(signOf.map((sign) => circle[sign]));
  const w = centered(means);
  let [re, im, zz, ww] = [0, 0, 0, 0];
  for (let i = 0; i < w.length; i++) {
    re += z[i][0] * w[i][0] + z[i][1] * w[i][1];
    im += z[i][0] * w[i][1] - z[i][1] * w[i][0];
    zz += z[i][0] ** 2 + z[i][1] ** 2;
    ww += w[i][0] ** 2 + w[i][1] ** 2;
  }
  return 1 - (re * re + im * im) / (zz * ww);
}

/** The least fraction over every assignment. Turning the circle changes nothing, so the first cluster has Aries. */
function exhaustive(means: readonly Point[]): number {
  let best = Number.POSITIVE_INFINITY;
  const taken = [0];
  const extend = () => {
    if (taken.length === means.length) {
      best = Math.min(best, shareOf(means, taken));
      return;
    }
    for (let sign = 1; sign < 12; sign++) {
      if (taken.includes(sign)) continue;
      taken.push(sign);
      extend();
      taken.pop();
    }
  };
  extend();
  return best;
}

/** For twelve clusters: at each of many rotations the best assignment by dynamic programming over sets of signs. */
function byRotationGrid(means: readonly Point[], steps: number): number {
  const w = centered(means);
  let best = Number.POSITIVE_INFINITY;
  for (let step = 0; step < steps; step++) {
    const angle = ((step / steps) * Math.PI) / 6;
    const gain = w.map(([x, y]) =>
      circle.map(([u, v]) => {
        const [a, b] = [u * Math.cos(angle) - v * Math.sin(angle), u * Math.sin(angle) + v * Math.cos(angle)];
        return a * x + b * y;
      }),
    );
    best = Math.min(best, shareOf(means, bestAssignment(gain)));
  }
  return best;
}

function bestAssignment(gain: readonly (readonly number[])[]): number[] {
  const sets = 1 << 12;
  const value = new Float64Array(sets).fill(Number.NEGATIVE_INFINITY);
  const chosen = new Int8Array(sets);
  value[0] = 0;
  for (let set = 1; set < sets; set++) {
    let cluster = -1;
    for (let bits = set; bits > 0; bits &= bits - 1) cluster++;
    for (let sign = 0; sign < 12; sign++) {
      if (!(set & (1 << sign))) continue;
      const total = value[set ^ (1 << sign)] + gain[cluster][sign];
      if (total > value[set]) {
        value[set] = total;
        chosen[set] = sign;
      }
    }
  }
  const signOf = new Array<number>(12);
  for (let set = sets - 1, cluster = 11; cluster >= 0; cluster--) {
    signOf[cluster] = chosen[set];
    set ^= 1 << chosen[set];
  }
  return signOf;
}

function transform(points: readonly Point[], degrees: number, scale: number, [tx, ty]: Point): Point[] {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return points.map(([x, y]) => [scale * (c * x - s * y) + tx, scale * (s * x + c * y) + ty]);
}

const reference = realData('reference/zodiac_s0.json');

describe('matchZodiac', () => {
  it.skipIf(!existsSync(reference))('reproduces the reference match of both cluster spaces', () => {
    const spaces = JSON.parse(readFileSync(reference, 'utf8'));
    for (const space of ['lat', 'map']) {
      const expected = spaces[space];
      const match = matchZodiac(expected.means);
      expect(match.clusterOf.map((cluster) => cluster + 1)).toEqual(expected.cluster_of_sign);
      expect(match.residual).toBeCloseTo(expected.residual, 12);
      expect(match.rotation).toBeCloseTo(expected.rotation_deg, 9);
      expect(match.scale).toBeCloseTo(expected.scale, 9);

      const found = theology(expected.means, match);
      expect(found.pathLength).toBeCloseTo(expected.closed, 9);
      expect(found.openPathLength).toBeCloseTo(expected.open, 9);
      expect(found.selfCrossings).toBe(expected.cross_closed);
      expect(found.hull).toHaveLength(expected.hull);
    }
  });

  it.each([2, 3, 4, 5, 6])('finds the optimum over all assignments of %i clusters', (k) => {
    for (let seed = 1; seed <= (k < 6 ? 20 : 5); seed++) {
      const means = gaussians(100 * k + seed, k);
      expect(matchZodiac(means).residual).toBeCloseTo(exhaustive(means), 9);
    }
  });

  it('is at least as good as optimal assignments on a fine grid of rotations, for 12 clusters', () => {
    // From 24 on, alternating from a single angle ends in a worse match.
    for (const seed of [1, 2, 3, 4, 5, 6, 24, 27, 40, 57, 70, 76, 91, 93, 95, 96, 98]) {
      const means = gaussians(seed, 12);
      expect(matchZodiac(means).residual).toBeLessThanOrEqual(byRotationGrid(means, 120) + 1e-9);
    }
  });

  it('recovers a turned, scaled and shifted zodiac, whatever the order of the clusters', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...signs.keys()], { minLength: 12 }),
        fc.double({ min: -14.9, max: 14.9, noNaN: true }),
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 })),
        (order, degrees, scale, shift) => {
          const means = transform(
            order.map((sign) => circle[sign]),
            degrees,
            scale,
            shift,
          );
          const match = matchZodiac(means);
          expect(match.signOf).toEqual(order);
          expect(match.rotation).toBeCloseTo(degrees, 4);
          expect(match.scale / scale).toBeCloseTo(1, 6);
          expect(match.residual).toBeLessThan(1e-9);
          order.forEach((sign, cluster) => {
            const [x, y] = signPosition(match, sign);
            expect(Math.hypot(x - means[cluster][0], y - means[cluster][1])).toBeLessThan(1e-4 * scale);
          });
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it('leaves the same fraction after any similarity of the means, and uses no sign twice', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 15 }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.constantFrom(1e-6, 0.5, 3, 1e6),
        (seed, k, degrees, scale) => {
          const means = gaussians(seed, k);
          const match = matchZodiac(means);
          const moved = matchZodiac(transform(means, degrees, scale, [scale * 3, -scale]));
          expect(moved.residual).toBeCloseTo(match.residual, 7);
          for (const { signOf, clusterOf, rotation, residual } of [match, moved]) {
            const used = signOf.filter((sign) => sign >= 0);
            expect(used).toHaveLength(Math.min(12, k));
            expect(new Set(used).size).toBe(used.length);
            clusterOf.forEach((cluster, sign) => {
              expect(cluster).toBe(signOf.indexOf(sign));
            });
            expect(rotation).toBeGreaterThanOrEqual(-15);
            expect(rotation).toBeLessThan(15);
            expect(residual).toBeGreaterThanOrEqual(0);
            expect(residual).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: runs(60) },
    );
  });

  it('does not mirror: a reversed zodiac is not a perfect match', () => {
    const mirrored = circle.map(([x, y], i): Point => [(1 + 0.1 * i) * x, -(1 + 0.1 * i) * y]);
    const straight = circle.map(([x, y], i): Point => [(1 + 0.1 * i) * x, (1 + 0.1 * i) * y]);
    const { signOf } = matchZodiac(mirrored);
    const order = matchZodiac(straight).signOf.map((sign, i, all) => (sign - all[0] + 12 * i) % 12);
    expect(signOf.map((sign) => (sign - signOf[0] + 12) % 12)).not.toEqual(order);
  });

  it('gives bit-identical output for equal input', () => {
    const means = gaussians(7, 12);
    expect(matchZodiac(means)).toEqual(matchZodiac(means.map(([x, y]): Point => [x, y])));
  });

  it('gives one cluster Aries, two clusters opposite signs, and coinciding means a circle of radius 0', () => {
    expect(matchZodiac([[4, 2]])).toMatchObject({ signOf: [0], scale: 0, residual: 0, translation: [4, 2] });
    expect(
      matchZodiac([
        [1, 0],
        [-1, 0],
      ]),
    ).toMatchObject({ signOf: [0, 6], scale: 1, residual: 0 });
    const coincident = matchZodiac(Array.from({ length: 12 }, (): Point => [3, -1]));
    expect(coincident).toMatchObject({ scale: 0, residual: 0, rotation: 0, translation: [3, -1] });
    expect(new Set(coincident.signOf).size).toBe(12);
  });

  it.each([1e-300, 1e-160, 1e160, 1e300])(
    'recovers a zodiac of size %g without overflow or underflow',
    (scale) => {
      const { signOf, residual, scale: radius } = matchZodiac(transform(circle, 5, scale, [0, 0]));
      expect(signOf).toEqual([...signs.keys()]);
      expect(residual).toBeLessThan(1e-12);
      expect(radius / scale).toBeCloseTo(1, 9);
    },
  );

  it.each([
    [[], RangeError, 'Expected `means` to hold at least one point but it is empty'],
    ['no', TypeError, 'Expected `means` to be an array of [x, y] but received "no"'],
    [[[1, 2], [3]], TypeError, 'Expected `means[1]` to be [x, y] but received an instance of Array'],
    [[[1, 2], null], TypeError, 'Expected `means[1]` to be [x, y] but received null'],
    [[[1, Number.NaN]], RangeError, 'Expected `means[0]` to be finite but received [1, NaN]'],
    [
      [[Number.NEGATIVE_INFINITY, 1]],
      RangeError,
      'Expected `means[0]` to be finite but received [-Infinity, 1]',
    ],
  ])('refuses %j', (means, type, message) => {
    const call = () => matchZodiac(means as unknown as Point[]);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
