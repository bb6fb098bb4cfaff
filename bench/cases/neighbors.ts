import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Matrix, nearestNeighbors } from '../../src/index.ts';
import { fileBuffer } from '../data/files.ts';
import { blobs } from '../data/tsne.ts';
import {
  type Absent,
  type BenchCase,
  type Contender,
  npmPeer,
  ours,
  type Quality,
  timed,
} from '../harness/case.ts';
import { pythonPeer } from '../harness/python.ts';

const K = 90; // what t-SNE asks for at perplexity 30
/** Rows whose neighbors are looked at: all would take longer than finding them. */
const LOOKED_AT = 500;

export const cases: readonly BenchCase[] = [
  neighborsCase(7183, 42, { quick: true }),
  neighborsCase(20_000, 42, {}),
  neighborsCase(100_000, 42, { approximate: true }),
];

interface Settings extends Pick<BenchCase, 'quick'> {
  readonly approximate?: boolean;
}

function neighborsCase(rows: number, cols: number, { quick, approximate }: Settings): BenchCase {
  return {
    quick,
    kernel: 'neighbors',
    title: `the ${K} nearest of each of ${rows} x ${cols}`,
    contenders: async ({ threads, folder }) => {
      const X = blobs(rows, cols);
      const data = join(folder, 'x.f32');
      writeFileSync(data, X.data);
      const expected = truth(X);
      const own = (name: string, options: { approximate?: boolean }): Contender => ({
        name,
        run: () =>
          timed(
            () => nearestNeighbors(X, { k: K, threads, ...options }),
            ({ indices }) => recall(expected, rowsOf(indices)),
          ),
      });
      const python = async (method: string) => {
        const found = join(folder, `${method}.i32`);
        const settings = { rows, cols, data, k: K, method, found };
        return judged(await pythonPeer(method, 'neighbors.py', settings), () => {
          return recall(expected, rowsOf(new Int32Array(fileBuffer(found))));
        });
      };
      return [
        own(ours, {}),
        ...(approximate ? [own(`${ours}, approximate`, { approximate })] : []),
        ...(await Promise.all(['scikit-learn', 'faiss'].map(python))),
        ...(rows > 10_000 ? [] : [await druid(X, expected)]),
      ];
    },
  };
}

/** Adds to a contender's measurement how good the result was that it left behind. */
function judged(peer: Contender | Absent, quality: () => Quality): Contender | Absent {
  if ('absent' in peer) return peer;
  return { ...peer, run: async () => ({ ...(await peer.run()), quality: quality() }) };
}

type Neighbors = ReadonlyMap<number, ReadonlySet<number>>;

/** The neighbors of evenly spaced rows, by all distances in float64. */
function truth({ data, rows, cols }: Matrix): Neighbors {
  const sampled = Array.from({ length: LOOKED_AT }, (_, s) => Math.floor((s * rows) / LOOKED_AT));
  const distances = new Float64Array(rows);
  return new Map(
    sampled.map((row) => {
      for (let j = 0; j < rows; j++) {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += (data[row * cols + c] - data[j * cols + c]) ** 2;
        distances[j] = j === row ? Number.POSITIVE_INFINITY : sum;
      }
      const order = Uint32Array.from(distances.keys()).sort((a, b) => distances[a] - distances[b]);
      return [row, new Set(order.subarray(0, K))];
    }),
  );
}

const rowsOf = (indices: Int32Array | Uint32Array) => (row: number) =>
  indices.subarray(row * K, (row + 1) * K);

/** Share of the true neighbors that were found. */
function recall(expected: Neighbors, foundFor: (row: number) => Iterable<number>): Record<string, number> {
  let hits = 0;
  for (const [row, near] of expected) {
    for (const found of foundFor(row)) hits += near.has(found) ? 1 : 0;
  }
  return { recall: hits / (expected.size * K) };
}

interface BallTree {
  search(row: Float64Array, k: number): { index: number }[];
}

function druid({ data, rows, cols }: Matrix, expected: Neighbors) {
  return npmPeer('@saehrimnir/druidjs', (module) => {
    const Tree = module.BallTree as new (rows: Float64Array[], options: object) => BallTree;
    const points = Array.from({ length: rows }, (_, row) =>
      Float64Array.from(data.subarray(row * cols, (row + 1) * cols)),
    );
    return {
      slow: true,
      run: () =>
        timed(
          () => {
            const tree = new Tree(points, { metric: module.euclidean });
            return points.map((point) => tree.search(point, K + 1));
          },
          (found) => recall(expected, (row) => found[row].map(({ index }) => index)),
        ),
    };
  });
}
