import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgglomerativeClustering, agnes, type Linkage, type Matrix, matrix } from '../../src/index.ts';
import { fileBuffer } from '../data/files.ts';
import { uniforms } from '../data/random.ts';
import { type Absent, type BenchCase, type Contender, npmPeer, ours, timed } from '../harness/case.ts';
import { pythonPeer } from '../harness/python.ts';

/** Bytes that a peer with an n x n or condensed float64 matrix may take. */
const PEER_BYTES = 6e9;

interface Settings extends Pick<BenchCase, 'quick' | 'headline' | 'limits' | 'threads'> {
  /** How many times faster than fastcluster's best this should be. */
  readonly atLeast?: number;
}

const REST = ['complete', 'average', 'weighted', 'centroid', 'median'] as const;

export const cases: readonly BenchCase[] = [
  linkageCase('ward', 7183, 42, { quick: true, headline: true, atLeast: 8 }),
  linkageCase('ward', 20_000, 42, { headline: true, atLeast: 15 }),
  linkageCase('ward', 50_000, 42, { atLeast: 20, limits: { bytes: 100e6 } }),
  linkageCase('ward', 100_000, 42, {}),
  linkageCase('ward', 100_000, 2, { atLeast: 15, threads: 1 }),
  linkageCase('ward', 1_000_000, 2, { limits: { seconds: 3, bytes: 400e6 } }),
  linkageCase('single', 7183, 42, { quick: true }),
  linkageCase('single', 20_000, 42, { atLeast: 20 }),
  ...REST.map((linkage) => linkageCase(linkage, 7183, 42, {})),
  ...REST.map((linkage) =>
    linkageCase(linkage, 20_000, 42, ['complete', 'average'].includes(linkage) ? { atLeast: 8 } : {}),
  ),
  nodesCase('ward2', 1000, {}),
  nodesCase('ward2', 2000, { headline: true, atLeast: 500 }),
  nodesCase('complete', 2000, {}),
];

function linkageCase(
  linkage: Linkage,
  rows: number,
  cols: number,
  { atLeast, ...rest }: Settings,
): BenchCase {
  return {
    ...rest,
    kernel: 'agglomerative',
    title: `${linkage} linkage of ${rows} x ${cols}`,
    bars: atLeast === undefined ? [] : [{ against: 'fastcluster', atLeast }],
    contenders: async ({ threads, folder }) => {
      const X = clusteredRows(rows, cols);
      const data = join(folder, 'x.f32');
      const heights = join(folder, 'heights.f64');
      writeFileSync(data, X.data);
      const peer = (name: string) => peerOf(name, linkage, { rows, cols, data, heights, linkage });
      return [
        {
          name: ours,
          run: () =>
            timed(
              () => AgglomerativeClustering.fit(X, { linkage, threads }),
              (tree) => differenceTo(heights, tree.heights),
            ),
        },
        ...(await Promise.all([
          peer('fastcluster linkage'),
          peer('fastcluster linkage_vector'),
          peer('scipy'),
          peer('scikit-learn'),
        ])),
      ].filter((contender) => contender !== undefined);
    },
  };
}

async function peerOf(
  name: string,
  linkage: Linkage,
  settings: Record<string, string | number> & { rows: number; cols: number },
): Promise<Contender | Absent | undefined> {
  const { rows, cols } = settings;
  const byVector = name.endsWith('_vector');
  if (byVector && !['ward', 'single', 'centroid', 'median'].includes(linkage)) return undefined;
  if (name === 'scikit-learn' && !['ward', 'single', 'complete', 'average'].includes(linkage))
    return undefined;
  if (!byVector && 4 * rows * rows > PEER_BYTES)
    return { name, from: 'Python', absent: 'needs too much memory' };
  if (byVector && rows * rows * cols > 3e11) return { name, from: 'Python', absent: 'takes many minutes' };
  return pythonPeer(name, 'agglomerative.py', { ...settings, package: name });
}

/** The packages of npm with their trees of nodes, beside our trees of nodes. */
function nodesCase(method: 'ward2' | 'complete', rows: number, { atLeast, ...rest }: Settings): BenchCase {
  const cols = 42;
  return {
    ...rest,
    kernel: 'agglomerative',
    title: `tree of nodes by ${method === 'ward2' ? 'Ward' : method} of ${rows} x ${cols}`,
    bars: atLeast === undefined ? [] : [{ against: 'ml-hclust', atLeast }],
    contenders: async () => {
      const X = clusteredRows(rows, cols);
      const points = Array.from({ length: rows }, (_, i) => [...X.data.subarray(i * cols, (i + 1) * cols)]);
      const expected = nodeHeights(agnes(points, { method }));
      const judge = (heights: number[]) => ({ heightDifference: largestDifference(heights, expected) });
      const peers = [
        npmPeer('ml-hclust', (module) => ({
          slow: true,
          run: () =>
            timed(
              () => (module.agnes as typeof agnes)(points, { method }),
              (root) => judge(nodeHeights(root)),
            ),
        })),
        // It has no Ward.
        ...(method === 'complete' ? [druid(points, method, judge)] : []),
      ];
      return [
        { name: ours, run: () => timed(() => agnes(points, { method })) },
        ...(await Promise.all(peers)),
      ];
    },
  };
}

interface DruidNode {
  readonly left: DruidNode | null;
  readonly right: DruidNode | null;
  readonly dist: number;
}
type Druid = new (points: number[][], options: { linkage: string }) => { root: DruidNode };

function druid(points: number[][], linkage: string, judge: (heights: number[]) => Record<string, number>) {
  return npmPeer('@saehrimnir/druidjs', ({ HierarchicalClustering }) => ({
    run: () =>
      timed(
        () => new (HierarchicalClustering as Druid)(points, { linkage }).root,
        (root) => {
          const heights: number[] = [];
          const open: (DruidNode | null)[] = [root];
          while (open.length > 0) {
            const node = open.pop();
            if (!node?.left) continue;
            heights.push(node.dist);
            open.push(node.left, node.right);
          }
          return judge(heights);
        },
      ),
  }));
}

function nodeHeights(root: ReturnType<typeof agnes>): number[] {
  const heights: number[] = [];
  root.traverse((node) => {
    if (!node.isLeaf) heights.push(node.height);
  });
  return heights;
}

/** The largest relative difference of the sorted heights from those that a peer has left, if one has. */
function differenceTo(file: string, heights: Float64Array): Record<string, number> {
  if (!existsSync(file)) return {};
  const expected = new Float64Array(fileBuffer(file));
  return { heightDifference: largestDifference(heights, expected) };
}

/** Of heights in any order; infinite where there are more of one than of the other. */
function largestDifference(heights: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (heights.length !== expected.length) return Number.POSITIVE_INFINITY;
  const right = Float64Array.from(expected).sort();
  return Float64Array.from(heights)
    .sort()
    .reduce((most, height, i) => Math.max(most, Math.abs(height / right[i] - 1)), 0);
}

/** Twenty overlapping lumps of roughly normal points. */
function clusteredRows(rows: number, cols: number): Matrix {
  const uniform = uniforms(1);
  const normal = () => uniform() + uniform() + uniform() + uniform() - 2;
  const centers = Array.from({ length: 20 * cols }, () => 2 * normal());
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const lump = Math.floor(uniform() * 20);
    for (let k = 0; k < cols; k++) data[i * cols + k] = centers[lump * cols + k] + normal();
  }
  return matrix(data, rows, cols);
}
