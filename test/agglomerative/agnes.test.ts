import fc from 'fast-check';
import { agnes as original, type Cluster as Theirs } from 'ml-hclust';
import { describe, expect, it } from 'vitest';
import { type AgnesOptions, agnes } from '../../src/agglomerative/agnes.ts';
import { Cluster } from '../../src/agglomerative/cluster.ts';
import { runs } from '../support/gate.ts';

const METHODS = [
  'single',
  'complete',
  'average',
  'upgma',
  'wpgma',
  'median',
  'wpgmc',
  'centroid',
  'upgmc',
  'ward',
  'ward2',
] as const;

/** Every cluster as its rows and height: the tree without the order of children, which differs from ml-hclust's. */
function clustersOf(root: Theirs): [string, number][] {
  const found: [string, number][] = [];
  root.traverse((cluster) => {
    const rows = cluster.isLeaf ? [cluster.index] : [...cluster.indices()].sort((a, b) => a - b);
    expect(cluster.size).toBe(rows.length);
    found.push([rows.join(','), cluster.height]);
  });
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

function expectSame(mine: Cluster, theirs: Theirs): void {
  const expected = clustersOf(theirs);
  const actual = clustersOf(mine);
  expect(actual.map(([rows]) => rows)).toEqual(expected.map(([rows]) => rows));
  actual.forEach(([, height], i) => {
    expect(Math.abs(height - expected[i][1])).toBeLessThanOrEqual(1e-9 * Math.max(1, expected[i][1]));
  });
}

// Values that only float64 can hold, far enough apart that no distances tie.
const points = fc
  .array(fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 3 }), {
    minLength: 1,
    maxLength: 20,
  })
  .map((rows) => rows.map((row, i) => row.map((value, k) => value + Math.sin((i + 1) * (k + 2)) * 7)));

describe.each(METHODS)('agnes, %s', (method) => {
  it('agrees with ml-hclust for random points', () => {
    fc.assert(
      fc.property(points, (data) => expectSame(agnes(data, { method }), original(data, { method }))),
      { numRuns: runs(100) },
    );
  });

  it('agrees with ml-hclust for a distance matrix and for a distance function', () => {
    const data = Array.from({ length: 25 }, (_, i) => [Math.sin(i * 3.7) * 5, Math.cos(i * i) * 3]);
    const cityblock = (a: number[], b: number[]) => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
    expectSame(
      agnes(data, { method, distanceFunction: cityblock }),
      original(data, { method, distanceFunction: cityblock }),
    );
    const square = data.map((a) => data.map((b) => cityblock(a, b)));
    const options = { method, isDistanceMatrix: true };
    expectSame(agnes(square, options), original(square, options));
  });
});

describe('agnes', () => {
  it('merges the five objects of Kaufman and Rousseeuw, cited by ml-hclust, as they do', () => {
    // Finding Groups in Data (1990), chapter 5: group average, worked out by hand.
    const data = [
      [0, 2, 6, 10, 9],
      [2, 0, 5, 9, 8],
      [6, 5, 0, 4, 5],
      [10, 9, 4, 0, 3],
      [9, 8, 5, 3, 0],
    ];
    const inner = clustersOf(agnes(data, { method: 'average', isDistanceMatrix: true })).filter(
      ([, height]) => height > 0,
    );
    expect(inner.map(([rows]) => rows)).toEqual(['0,1', '0,1,2,3,4', '2,3,4', '3,4']);
    inner.forEach(([, height], i) => {
      expect(height).toBeCloseTo([2, 47 / 6, 4.5, 3][i], 12);
    });
    for (const method of METHODS) {
      expectSame(
        agnes(data, { method, isDistanceMatrix: true }),
        original(data, { method, isDistanceMatrix: true }),
      );
    }
  });

  it('supports the documented calls: cut by height, group by number, traverse, indices', () => {
    const data = Array.from({ length: 30 }, (_, i) => [Math.sin(i * 2.3) * 9, Math.cos(i * i * 1.7) * 7]);
    const [mine, theirs] = [agnes(data, { method: 'ward' }), original(data, { method: 'ward' })];
    const groups = (clusters: Cluster[]) =>
      clusters.map((cluster) => [...cluster.indices()].sort((a, b) => a - b).join(',')).sort();
    for (const share of [0.05, 0.3, 0.8, 1.1]) {
      const height = share * theirs.height;
      expect(groups(mine.cut(height))).toEqual(groups(theirs.cut(height)));
    }
    for (const clusters of [1, 2, 5, 30]) {
      expect(groups(mine.group(clusters).children)).toEqual(groups(theirs.group(clusters).children));
    }
    const [visited, expected]: number[][] = [[], []];
    mine.traverse(({ size }) => visited.push(size));
    theirs.traverse(({ size }) => expected.push(size));
    expect(visited.sort()).toEqual(expected.sort());
  });

  it('uses complete linkage by default and accepts names of methods in upper or lower case', () => {
    const data = [
      [0, 1],
      [4, 4],
      [9, 1],
      [2, 7],
    ];
    expectSame(agnes(data), original(data));
    const method = 'WARD2' as AgnesOptions<number[]>['method'];
    expectSame(agnes(data, { method }), original(data, { method: 'ward2' }));
  });

  it('returns a Cluster, also for one row', () => {
    expect(agnes([[1], [2]])).toBeInstanceOf(Cluster);
    expect(agnes([[1]]).isLeaf).toBe(true);
  });

  it.each([
    ['an unknown method', [[1], [2]], { method: 'wrad' }, RangeError],
    ['no rows', [], {}, RangeError],
    ['no array', 'data', {}, TypeError],
    ['NaN', [[1], [Number.NaN]], {}, RangeError],
    [
      'a negative distance',
      [
        [0, -1],
        [-1, 0],
      ],
      { isDistanceMatrix: true },
      RangeError,
    ],
    ['a ragged matrix', [[0, 1], [1]], { isDistanceMatrix: true }, RangeError],
  ])('refuses %s', (_, data, options, error) => {
    expect(() => agnes(data as never, options as never)).toThrow(error);
  });
});
