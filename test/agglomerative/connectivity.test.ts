import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgglomerativeClustering } from '../../src/agglomerative/agglomerative.ts';
import type { Linkage } from '../../src/agglomerative/options.ts';
import { DisconnectedError } from '../../src/errors.ts';
import { type Matrix, matrix } from '../../src/matrix.ts';
import { nearestNeighbors } from '../../src/neighbors/neighbors.ts';
import { seededRandom } from '../support/bytes.ts';
import { euclideanDistances, plainLinkage, points } from '../support/linkage.ts';
import { connectivityLinkage } from '../support/linkage-connectivity.ts';

const LINKAGES = ['ward', 'single', 'complete', 'average', 'weighted', 'centroid', 'median'] as const;

/** A random connected graph: a random tree and some more links, listed at one end or at both. */
function randomLinks(rows: number, seed: number): number[][] {
  const random = seededRandom(seed);
  const links = Array.from({ length: rows }, (): number[] => []);
  for (let i = 1; i < rows; i++) links[i].push(Math.floor(random() * i));
  for (let more = 0; more < 2 * rows; more++) {
    const [i, j] = [Math.floor(random() * rows), Math.floor(random() * rows)];
    links[i].push(j);
    if (random() < 0.3) links[j].push(i);
  }
  return links;
}

function full(rows: number): number[][] {
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: rows }, (_, j) => j).filter((j) => j < i),
  );
}

function expectMerges({ data, rows }: AgglomerativeClustering['merges'], expected: number[][]): void {
  expect(rows).toBe(expected.length);
  expected.forEach(([a, b, height, size], i) => {
    expect([data[4 * i], data[4 * i + 1], data[4 * i + 3]]).toEqual([a, b, size]);
    expect(Math.abs(data[4 * i + 2] - height)).toBeLessThanOrEqual(1e-9 * Math.max(height, 1));
  });
}

const cluster = (X: Matrix, linkage: Linkage, connectivity: number[][]) =>
  AgglomerativeClustering.fit(X, { linkage, connectivity });

describe.each(LINKAGES)('%s linkage with connectivity', (linkage) => {
  it('agrees with the plain definition for random graphs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        async (n, d, seed) => {
          const X = points(n, d, seed);
          const links = randomLinks(n, seed + 1);
          expectMerges((await cluster(X, linkage, links)).merges, connectivityLinkage(X, links, linkage));
        },
      ),
      { numRuns: process.env.GOD_LONG ? 1000 : 100 },
    );
  });

  it('gives the merges of the linkage without connectivity if all rows are linked', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const X = points(30, 3, seed);
      const expected = plainLinkage(euclideanDistances(X), linkage);
      expectMerges((await cluster(X, linkage, full(30))).merges, expected);
      const every = await AgglomerativeClustering.fit(X, { linkage, connectivity: { neighbors: 29 } });
      expectMerges(every.merges, expected);
    }
  });

  it('never makes a cluster that is not connected', async () => {
    const X = points(300, 2, 7);
    const { indices, k } = await nearestNeighbors(X, { k: 4 });
    const connectivity = { indices, k, distances: new Float32Array(0) };
    const tree = await AgglomerativeClustering.fit(X, { linkage, connectivity, disconnected: 'join' });
    const near = Array.from({ length: 300 }, (_, i) => [...indices.subarray(4 * i, 4 * i + 4)]);
    const { components } = await AgglomerativeClustering.fit(X, { linkage, connectivity }).then(
      () => ({ components: 1 }),
      (error: DisconnectedError) => error,
    );
    for (const clusters of [components, 20, 100]) {
      const labels = tree.labels({ clusters });
      const rootOf = [...labels.keys()];
      const find = (i: number): number => (rootOf[i] === i ? i : find(rootOf[i]));
      near.forEach((list, i) => {
        for (const j of list) if (labels[i] === labels[j]) rootOf[find(i)] = find(j);
      });
      // Links that join components are not among the given ones, and are needed only once there are fewer clusters than components.
      expect(new Set([...labels.keys()].map(find)).size - clusters).toBeLessThan(components);
    }
  });

  it('is bit-identical for any number of threads', async () => {
    const X = points(2000, 6, 1);
    const trees = await Promise.all(
      [1, 2, 5].map((threads) =>
        AgglomerativeClustering.fit(X, {
          linkage,
          threads,
          connectivity: { neighbors: 5 },
          disconnected: 'join',
        }),
      ),
    );
    expect(trees[1].merges).toEqual(trees[0].merges);
    expect(trees[2].merges).toEqual(trees[0].merges);
  });
});

describe('connectivity with given distances', () => {
  const { distances, links, trees } = JSON.parse(
    readFileSync(join(import.meta.dirname, 'python/connectivity.json'), 'utf8'),
  );
  const square = (condensed: ArrayLike<number>, rows: number) => {
    const full = Array.from({ length: rows }, () => new Array<number>(rows).fill(0));
    let at = 0;
    for (let i = 0; i < rows; i++)
      for (let j = i + 1; j < rows; j++) full[i][j] = full[j][i] = condensed[at++];
    return full;
  };

  it.each(['single', 'complete', 'average'] as const)(
    'gives the tree of scikit-learn: %s',
    async (linkage) => {
      const { children, heights, labels } = trees[linkage];
      for (const form of [distances, Float32Array.from(distances), square(distances, 24)]) {
        const tree = await AgglomerativeClustering.fitDistances(form, { linkage, connectivity: links });
        const merges = Array.from({ length: 23 }, (_, i) => [...tree.merges.data.subarray(4 * i, 4 * i + 2)]);
        expect(merges).toEqual(children);
        expectMerges(
          tree.merges,
          (children as number[][]).map(([a, b], i) => [a, b, heights[i], tree.merges.data[4 * i + 3]]),
        );
        // The same partition, whatever its clusters are called.
        const pairs = Array.from(tree.labels({ clusters: 5 }), (label, i) => `${label} ${labels[i]}`);
        expect(new Set(pairs).size).toBe(5);
      }
    },
  );

  it.each(['single', 'complete', 'average', 'weighted'] as const)(
    'agrees with that of points: %s',
    async (linkage) => {
      for (let seed = 0; seed < 20; seed++) {
        const X = points(30, 3, seed);
        const given = euclideanDistances(X);
        const connectivity = randomLinks(30, seed);
        const expected = connectivityLinkage(X, connectivity, linkage);
        expectMerges(
          (await AgglomerativeClustering.fitDistances(given, { linkage, connectivity })).merges,
          expected,
        );
        const none = Array.from({ length: 30 }, () => []);
        const options = { linkage, disconnected: 'join' } as const;
        for (const some of [none, connectivity.slice(0, 15).concat(none.slice(15)), { neighbors: 1 }]) {
          const joined = await AgglomerativeClustering.fitDistances(given, {
            ...options,
            connectivity: some,
          });
          const tree = await AgglomerativeClustering.fit(X, { ...options, connectivity: some });
          expectMerges(
            joined.merges,
            Array.from({ length: 29 }, (_, i) => [...tree.merges.data.subarray(4 * i, 4 * i + 4)]),
          );
        }
      }
    },
  );

  it('is the same for any number of threads, in both precisions', async () => {
    const condensed = Float64Array.from(
      { length: (300 * 299) / 2 },
      (_, i) => 1 + ((i * 7919) % 104_729) / 8,
    );
    for (const precision of ['float32', 'float64'] as const) {
      const options = {
        linkage: 'average',
        precision,
        connectivity: { neighbors: 3 },
        disconnected: 'join',
      } as const;
      const [one, five] = await Promise.all(
        [1, 5].map((threads) => AgglomerativeClustering.fitDistances(condensed, { ...options, threads })),
      );
      expect(five.merges).toEqual(one.merges);
    }
  });

  it('is refused for ward, centroid and median, which need points, and for damaged distances', async () => {
    const clusters = (given: number[], options: object) =>
      AgglomerativeClustering.fitDistances(given, {
        linkage: 'single',
        connectivity: [[1], [2], []],
        ...options,
      });
    for (const linkage of ['ward', 'centroid', 'median'])
      await expect(clusters([1, 2, 3], { linkage })).rejects.toThrow(
        `Expected \`linkage\` to be single, complete, average or weighted for given distances with \`connectivity\` but received '${linkage}'`,
      );
    await expect(clusters([1, 2, -3], {})).rejects.toThrow(
      'finite and not negative but that of rows 1 and 2 is -3',
    );
    await expect(clusters([1, 2, Number.NaN], {})).rejects.toThrow('finite and not negative');
    await expect(clusters([1, 2, 3], { connectivity: [[1], []] })).rejects.toThrow('3 rows but received 2');
    await expect(clusters([1, 2, 3], { connectivity: [[1], [], []] })).rejects.toThrow(DisconnectedError);
    await expect(clusters([1, 2, 3], { maxMemory: 10 })).rejects.toThrow('needs 1 MB of memory');
    expect(
      (
        await AgglomerativeClustering.fitDistances([[0]], {
          linkage: 'single',
          connectivity: { neighbors: 1 },
        })
      ).rows,
    ).toBe(1);
  });
});

describe('a graph that is not connected', () => {
  // Two pairs on a line, far apart, and a single row.
  const X = matrix(new Float32Array([0, 1, 10, 12, 50]), 5, 1);
  const connectivity = [[1], [], [3], [], []];

  it('is refused with an error that says how many components there are', async () => {
    const failed = AgglomerativeClustering.fit(X, { connectivity });
    await expect(failed).rejects.toThrow(DisconnectedError);
    await expect(failed).rejects.toThrow(RangeError);
    await expect(failed).rejects.toMatchObject({ components: 3, message: /3 components.*'join'/ });
  });

  it('is connected by the shortest links on request', async () => {
    const tree = await AgglomerativeClustering.fit(X, {
      connectivity,
      linkage: 'single',
      disconnected: 'join',
    });
    expect([...tree.heights]).toEqual([1, 2, 9, 38]);
    // Rows 1 and 2 are linked now, and 3 and 4.
    const links = [[1], [2], [3], [4], []];
    for (const linkage of LINKAGES) {
      const joined = await AgglomerativeClustering.fit(X, { connectivity, linkage, disconnected: 'join' });
      expectMerges(joined.merges, connectivityLinkage(X, links, linkage));
    }
  });

  it('is connected for every metric', async () => {
    const random = points(40, 3, 3);
    for (const metric of ['euclidean', 'cosine', 'cityblock', 'chebyshev'] as const) {
      const options = { linkage: 'single', metric } as const;
      const none = Array.from({ length: 40 }, () => []);
      const joined = await AgglomerativeClustering.fit(random, {
        ...options,
        connectivity: none,
        disconnected: 'join',
      });
      const free = await AgglomerativeClustering.fit(random, options);
      joined.heights.forEach((height, i) => {
        expect(height).toBeCloseTo(free.heights[i], 6);
      });
    }
  });
});

describe('connectivity', () => {
  const X = points(6, 2, 1);
  it.each([
    ['a number', 3, TypeError, /connectivity/],
    ['null', null, TypeError, /connectivity/],
    ['nothing that is known', {}, TypeError, /connectivity/],
    ['an unknown option', { neighbors: 2, metric: 'cosine' }, TypeError, /metric/],
    ['no neighbors', { neighbors: 0 }, RangeError, /`connectivity.neighbors` in \[1, 5\].*received 0/],
    ['too many neighbors', { neighbors: 6 }, RangeError, /received 6/],
    ['half a neighbor', { neighbors: 1.5 }, RangeError, /integer/],
    ['neighbors of other rows', { indices: new Uint32Array(10), k: 2 }, RangeError, /6 rows.*10 indices/],
    ['neighbors that are not rows', { indices: new Uint32Array(6).fill(6), k: 1 }, RangeError, /\[0, 5\].*6/],
    ['no list of neighbors', { indices: [1, 2], k: 2 }, TypeError, /nearestNeighbors/],
    ['too few lists', [[1], [2]], RangeError, /6 rows but received 2/],
    ['a list of strings', [['1'], [], [], [], [], []], RangeError, /connectivity\[0\].*"1"/],
    ['a negative row', [[], [], [-1], [], [], []], RangeError, /connectivity\[2\].*-1/],
    ['a fraction of a row', [[0.5], [], [], [], [], []], RangeError, /connectivity\[0\].*0.5/],
    ['rows that are not lists', [1, 2, 3, 4, 5, 0], TypeError, /connectivity\[0\]/],
  ])('may not be %s', async (_, connectivity, error, message) => {
    const failed = AgglomerativeClustering.fit(X, { connectivity: connectivity as never });
    await expect(failed).rejects.toThrow(error);
    await expect(failed).rejects.toThrow(message);
  });

  it('is copied before the call returns', async () => {
    const links = randomLinks(6, 2);
    const expected = await cluster(X, 'average', links);
    const running = cluster(X, 'average', links);
    for (const list of links) list.length = 0;
    expect(await running).toEqual(expected);
  });

  it('needs memory that grows with the links alone, and is refused above maxMemory', async () => {
    const many = points(30_000, 2, 4);
    const options = { linkage: 'average', connectivity: { neighbors: 8 }, disconnected: 'join' } as const;
    expect((await AgglomerativeClustering.fit(many, { ...options, maxMemory: 100e6 })).rows).toBe(30_000);
    await expect(AgglomerativeClustering.fit(many, { ...options, maxMemory: 10e6 })).rejects.toThrow(
      /30000 rows needs \d+ MB/,
    );
  });

  it('reports progress and stops when aborted', async () => {
    const many = points(60_000, 8, 4);
    const options = { connectivity: { neighbors: 10 }, disconnected: 'join' } as const;
    const controller = new AbortController();
    const seen: number[] = [];
    const running = AgglomerativeClustering.fit(many, {
      ...options,
      signal: controller.signal,
      onProgress: ({ fraction }) => {
        seen.push(fraction);
        if (fraction > 0.05) controller.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});
