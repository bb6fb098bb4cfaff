import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Matrix, matrix } from '../../../src/index.ts';
import { fileMatrix } from '../../data/files.ts';
import { type Absent, type Contender, npmPeer, type Setup, timed } from '../../harness/case.ts';
import { pythonPeer } from '../../harness/python.ts';
import { servedPeer } from '../../harness/served.ts';
import type { MapQuality } from './quality.ts';

/** What a peer is asked for. */
export interface Task {
  readonly X: Matrix;
  readonly perplexity: number;
  readonly quality: MapQuality;
  readonly setup: Setup;
}

/** The contender of that name. */
export function tsnePeer(name: string, task: Task): Promise<Contender | Absent> {
  if (name === 'druidjs') return druidjs(task);
  if (name === 'tsne-js') return tsneJs(task);
  return inAnotherProcess(name, task);
}

/** scran.js, or what bench/python/tsne.py calls `name`: data and map go by files. */
async function inAnotherProcess(
  name: string,
  { X, perplexity, quality, setup }: Task,
): Promise<Contender | Absent> {
  const data = join(setup.folder, 'x.f32');
  const output = join(setup.folder, `${name.replaceAll(' ', '-')}.f32`);
  writeFileSync(data, X.data);
  const { rows, cols } = X;
  const settings = { rows, cols, perplexity, data, output, threads: setup.threads, method: name };
  const peer = await (name === 'scran.js' ? scran(settings) : pythonPeer(name, 'tsne.py', settings));
  if (!('run' in peer)) return peer;
  return {
    ...peer,
    slow: true,
    run: async () => {
      const measured = await peer.run();
      return { ...measured, quality: await quality(fileMatrix(output, 2)) };
    },
  };
}

/** In a Node of its own: it needs 64-bit WebAssembly memory, which came with Node 24. */
function scran(settings: object): Promise<Contender | Absent> {
  const guide = 'set GOD_BENCH_NODE to a node of version 24 or later';
  const node = process.env.GOD_BENCH_NODE;
  if (node === undefined) return Promise.resolve({ name: 'scran.js', from: 'npm', absent: guide });
  const script = join(import.meta.dirname, 'scran.ts');
  return servedPeer('scran.js', 'npm', [node, script, JSON.stringify(settings)], guide);
}

type TsneJs = new (
  options: object,
) => {
  init(options: object): void;
  run(): unknown;
  getOutput(): number[][];
};

function tsneJs(task: Task): Promise<Contender | Absent> {
  return npmPeer('tsne-js', (module) => {
    const TSNE = module.default as TsneJs;
    return inThisProcess(task, (data) => {
      const model = new TSNE({ dim: 2, perplexity: task.perplexity, nIter: 500, metric: 'euclidean' });
      model.init({ data, type: 'dense' });
      model.run();
      return model.getOutput();
    });
  });
}

type Druid = new (
  data: number[][],
  options: object,
) => { transform(iterations: number): ArrayLike<number>[] };

function druidjs(task: Task): Promise<Contender | Absent> {
  return npmPeer('@saehrimnir/druidjs', (module) => {
    const TSNE = module.TSNE as Druid;
    return inThisProcess(task, (data) =>
      new TSNE(data, { perplexity: task.perplexity, d: 2, seed: 1 }).transform(500),
    );
  });
}

function inThisProcess(
  { X, quality }: Task,
  work: (rows: number[][]) => readonly ArrayLike<number>[],
): Omit<Contender, 'name'> {
  return {
    slow: true,
    run: async () => {
      const rows = Array.from({ length: X.rows }, (_, i) => [
        ...X.data.subarray(i * X.cols, (i + 1) * X.cols),
      ]);
      let places: readonly ArrayLike<number>[] = [];
      const measured = await timed(() => {
        places = work(rows);
      });
      const flat = Float32Array.from({ length: 2 * X.rows }, (_, e) => places[e >> 1][e & 1]);
      return { ...measured, quality: await quality(matrix(flat, X.rows, 2)) };
    },
  };
}
