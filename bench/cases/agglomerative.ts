import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgglomerativeClustering, agnes, type Linkage, type Matrix, matrix } from '../../src/index.ts';
import { type Absent, type BenchCase, type Contender, npmPeer, ours, timed } from '../case.ts';
import { pythonPeer } from '../python.ts';

/** Bytes that a peer with an n x n or condensed float64 matrix may take. */
const PEER_BYTES = 6e9;

interface Settings {
  readonly quick?: boolean;
  /** How many times faster than fastcluster's best this should be. */
  readonly atLeast?: number;
}

export const cases: readonly BenchCase[] = [
  linkageCase('ward', 7183, 42, { quick: true, atLeast: 8 }),
  linkageCase('ward', 20_000, 42, { atLeast: 15 }),
  linkageCase('ward', 50_000, 42, { atLeast: 20 }),
  linkageCase('ward', 100_000, 42, {}),
  linkageCase('ward', 100_000, 2, { atLeast: 15 }),
  linkageCase('ward', 1_000_000, 2, {}),
  linkageCase('single', 7183, 42, { quick: true }),
  linkageCase('single', 20_000, 42, { atLeast: 15 }),
  ...(['complete', 'average', 'weighted', 'centroid', 'median'] as const).map((linkage) =>
    linkageCase(linkage, 7183, 42, {}),
  ),
  linkageCase('complete', 20_000, 42, { atLeast: 5 }),
  linkageCase('average', 20_000, 42, { atLeast: 5 }),
  agnesCase(1000, false),
  agnesCase(2000, true),
];

function linkageCase(linkage: Linkage, rows: number, cols: number, { quick, atLeast }: Settings): BenchCase {
  return {
    kernel: 'agglomerative',
    title: `${linkage} linkage of ${rows} x ${cols}`,
    quick,
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

/** ml-hclust with its tree of nodes, beside ours of the same nodes. */
function agnesCase(rows: number, slow: boolean): BenchCase {
  const cols = 42;
  const X = clusteredRows(rows, cols);
  const points = Array.from({ length: rows }, (_, i) => [...X.data.subarray(i * cols, (i + 1) * cols)]);
  const options = { method: 'ward2' } as const;
  return {
    kernel: 'agglomerative',
    title: `tree of nodes by Ward of ${rows} x ${cols}`,
    bars: slow ? [{ against: 'ml-hclust', atLeast: 500 }] : [],
    contenders: async () => [
      { name: ours, run: () => timed(() => agnes(points, options)) },
      await npmPeer('ml-hclust', (module) => ({
        slow: true,
        run: () => timed(() => (module.agnes as typeof agnes)(points, options)),
      })),
    ],
  };
}

/** The largest relative difference of the sorted heights from those that a peer has left, if one has. */
function differenceTo(file: string, heights: Float64Array): Record<string, number> {
  if (!existsSync(file)) return {};
  const bytes = readFileSync(file);
  const expected = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const differences = heights.toSorted().map((height, i) => Math.abs(height / expected[i] - 1));
  return { heightDifference: differences.reduce((most, difference) => Math.max(most, difference), 0) };
}

/** Twenty overlapping lumps of roughly normal points. */
function clusteredRows(rows: number, cols: number): Matrix {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const normal = () => uniform() + uniform() + uniform() + uniform() - 2;
  const centres = Array.from({ length: 20 * cols }, () => 2 * normal());
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const lump = Math.floor(uniform() * 20);
    for (let k = 0; k < cols; k++) data[i * cols + k] = centres[lump * cols + k] + normal();
  }
  return matrix(data, rows, cols);
}
