import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgglomerativeClustering } from '../../src/agglomerative/agglomerative.ts';
import { LINKAGES } from '../../src/agglomerative/options.ts';
import { matrix } from '../../src/matrix.ts';
import { native } from '../../src/native/loader.ts';
import { runs } from '../support/gate.ts';
import { euclideanDistances, plainLinkage, points, samePartition } from '../support/linkage.ts';

function expectHeights(actual: Iterable<number>, expected: number[]): void {
  [...actual].forEach((height, i) => {
    expect(Math.abs(height - expected[i])).toBeLessThanOrEqual(1e-9 * Math.max(expected[i], 1e-3));
  });
}

function condensed(square: number[][]): Float64Array {
  return Float64Array.from(square.flatMap((row, i) => row.slice(i + 1)));
}

it('knows the linkages that the addon has', () => {
  expect([...LINKAGES].sort()).toEqual(Object.keys(native().linkages).sort());
  expect(LINKAGES).toHaveLength(7);
});

describe.each(LINKAGES)('%s linkage', (linkage) => {
  it('agrees with a plain O(n^3) reference for 200 random sets, from points and from distances', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 36 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(),
        async (n, d, seed) => {
          const X = points(n, d, seed);
          const distances = euclideanDistances(X);
          const expected = plainLinkage(distances, linkage).map((row) => row[2]);
          expectHeights((await AgglomerativeClustering.fit(X, { linkage })).heights, expected);
          const given = await AgglomerativeClustering.fitDistances(distances, { linkage });
          expectHeights(given.heights, expected);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it('accepts square and condensed distances of both number types', async () => {
    const square = euclideanDistances(points(40, 3, 5));
    const wide = await AgglomerativeClustering.fitDistances(square, { linkage });
    const same = [
      { data: Float64Array.from(square.flat()), rows: 40, cols: 40 },
      condensed(square),
      [...condensed(square)],
    ];
    for (const distances of same) {
      expect((await AgglomerativeClustering.fitDistances(distances, { linkage })).merges).toEqual(
        wide.merges,
      );
    }
    const narrow = await AgglomerativeClustering.fitDistances(Float32Array.from(condensed(square)), {
      linkage,
    });
    narrow.heights.forEach((height, i) => {
      expect(height / wide.heights[i]).toBeCloseTo(1, 5);
    });
  });

  it('is bit-identical for any number of threads', async () => {
    const X = points(400, 6, 1);
    const [one, two, five] = await Promise.all(
      [1, 2, 5].map((threads) => AgglomerativeClustering.fit(X, { linkage, threads })),
    );
    expect(two.merges).toEqual(one.merges);
    expect(five.merges).toEqual(one.merges);
  });
});

describe('metrics', () => {
  it.each(['cosine', 'cityblock', 'chebyshev'] as const)(
    '%s is measured as its definition says',
    async (metric) => {
      const X = points(60, 4, 9);
      const row = (i: number) => [...X.data.subarray(i * 4, i * 4 + 4)];
      const distance = (a: number[], b: number[]) => {
        const differences = a.map((value, k) => Math.abs(value - b[k]));
        if (metric === 'cityblock') return differences.reduce((sum, value) => sum + value);
        if (metric === 'chebyshev') return Math.max(...differences);
        const dot = (x: number[], y: number[]) => x.reduce((sum, value, k) => sum + value * y[k], 0);
        return Math.max(0, 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)));
      };
      const square = Array.from({ length: 60 }, (_, i) =>
        Array.from({ length: 60 }, (_, j) => (i === j ? 0 : distance(row(i), row(j)))),
      );
      for (const linkage of ['single', 'complete', 'average', 'weighted'] as const) {
        const tree = await AgglomerativeClustering.fit(X, { linkage, metric });
        expectHeights(
          tree.heights,
          plainLinkage(square, linkage).map((merge) => merge[2]),
        );
      }
    },
  );

  it.each(['ward', 'centroid', 'median'] as const)('%s accepts only euclidean', async (linkage) => {
    await expect(
      AgglomerativeClustering.fit([[1], [2]], { linkage, metric: 'cosine' as 'euclidean' }),
    ).rejects.toThrow(/'euclidean'/);
  });
});

describe('memory', () => {
  it('is checked before it is allocated, and the error says how much it would be', async () => {
    const X = points(2000, 2, 1);
    const cluster = (linkage: 'average' | 'ward' | 'single', precision: 'float32' | 'float64') =>
      AgglomerativeClustering.fit(X, { linkage, precision, maxMemory: 20e6 });
    await expect(cluster('average', 'float64')).rejects.toThrow(/2000 rows needs 34 MB.*20 MB/);
    expect((await cluster('average', 'float32')).rows).toBe(2000);
    expect((await cluster('ward', 'float64')).rows).toBe(2000);
    expect((await cluster('single', 'float64')).rows).toBe(2000);
    const many = matrix(new Float32Array(70_000), 70_000, 1);
    await expect(
      AgglomerativeClustering.fit(many, { linkage: 'complete', precision: 'float32', maxMemory: 16e9 }),
    ).rejects.toThrow(/70000 rows needs 19\d+ MB/);
  });
});

describe('fitDistances', () => {
  it.each([
    ['no square', [[0, 1], [1]], RangeError],
    ['a length that does not make a triangle', [1, 2], RangeError],
    ['a negative distance', [1, -1, 2], RangeError],
    ['NaN', [1, Number.NaN, 2], RangeError],
    [
      'an asymmetric matrix',
      [
        [0, 1],
        [2, 0],
      ],
      RangeError,
    ],
    [
      'a diagonal that is not 0',
      [
        [1, 1],
        [1, 0],
      ],
      RangeError,
    ],
    ['a string', 'distances', TypeError],
    ['null', null, TypeError],
    ['rows of strings', ['ab', 'cd'], TypeError],
  ])('refuses %s', async (_, distances, error) => {
    await expect(AgglomerativeClustering.fitDistances(distances as never)).rejects.toThrow(error);
  });

  it('accepts one row, which has no distances', async () => {
    expect((await AgglomerativeClustering.fitDistances([])).rows).toBe(1);
    expect((await AgglomerativeClustering.fitDistances([[0]])).rows).toBe(1);
  });

  it('does not change the distances', async () => {
    const distances = Float64Array.of(1, 5, 4);
    await AgglomerativeClustering.fitDistances(distances, { linkage: 'average' });
    expect([...distances]).toEqual([1, 5, 4]);
  });
});

describe('trees', () => {
  it('gives cophenetic distances: the height at which two rows first share a cluster', async () => {
    for (const linkage of ['average', 'centroid'] as const) {
      const tree = await AgglomerativeClustering.fit(points(30, 2, 3), { linkage });
      const distances = tree.copheneticDistances();
      let at = 0;
      for (let i = 0; i < 30; i++) {
        for (let j = i + 1; j < 30; j++) {
          // Undo merges from the top until the two rows are separate.
          let clusters = 1;
          while (tree.labels({ clusters })[i] === tree.labels({ clusters })[j]) clusters++;
          expect(distances[at++]).toBe(tree.heights[30 - clusters]);
        }
      }
      expect(at).toBe(distances.length);
    }
  });

  it('cuts centroid trees, whose heights can decrease, by the largest height below', async () => {
    // An equilateral triangle: the third corner is nearer to the middle of the first two than these to each other.
    const X = [
      [0, 0],
      [1, 0],
      [0.5, Math.sqrt(3) / 2 + 0.01],
    ];
    const tree = await AgglomerativeClustering.fit(X, { linkage: 'centroid' });
    expect(tree.heights[1]).toBeLessThan(tree.heights[0]);
    expect([...tree.labels({ distance: 0.95 })]).toEqual([0, 1, 2]);
    expect([...tree.labels({ distance: 1 })]).toEqual([0, 0, 0]);
    expect([...tree.labels({ clusters: 2 })]).toEqual([0, 0, 1]);
  });

  it('builds a tree of nodes whose groups agree with the labels', async () => {
    const tree = await AgglomerativeClustering.fit(points(80, 3, 2));
    const root = tree.toCluster();
    expect([...root.indices()].sort((a, b) => a - b)).toEqual([...Array(80).keys()]);
    const groups = new Int32Array(80);
    root.group(7).children.forEach((cluster, label) => {
      for (const row of cluster.indices()) groups[row] = label;
    });
    expect(samePartition(groups, tree.labels({ clusters: 7 }))).toBe(true);
  });

  it('writes Newick with branch lengths, and quotes names that need it', async () => {
    const tree = await AgglomerativeClustering.fitDistances([1, 5, 4], { linkage: 'average' });
    expect(tree.toNewick()).toBe('(2:4.5,(0:1,1:1):3.5);');
    expect(tree.toNewick(['a b', "it's", ''])).toBe("('':4.5,('a b':1,'it''s':1):3.5);");
    expect(() => tree.toNewick(['a'])).toThrow(RangeError);
  });

  it('handles a chain of 200,000 merges without recursion', async () => {
    const rows = 200_000;
    const data = new Float64Array((rows - 1) * 4);
    for (let i = 0; i < rows - 1; i++)
      data.set([i === 0 ? 0 : i + 1, i === 0 ? 1 : rows + i - 1, i, i + 2], i * 4);
    const state = { kind: 'AgglomerativeClustering', version: 1, values: { linkage: 'single' } };
    const arrays = { merges: { data, shape: [rows - 1, 4] } };
    const chain = AgglomerativeClustering.fromState({ ...state, arrays });
    const root = chain.toCluster();
    expect(root.size).toBe(rows);
    expect(root.indices()).toHaveLength(rows);
    expect(root.cut(10).length).toBe(rows - 11);
    expect(root.group(rows).children).toHaveLength(rows);
    expect(chain.toNewick().length).toBeGreaterThan(rows);
    expect(chain.leafOrder().length).toBe(rows);
    expect(new Set(chain.labels({ clusters: 3 })).size).toBe(3);
  });
});
