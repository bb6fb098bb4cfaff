import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type Matrix,
  matrix,
  type Neighbors,
  nearestNeighbors,
  PCA,
  TSNE,
  trustworthiness,
} from '../../src/index.ts';
import { type Absent, type BenchCase, type Contender, npmPeer, ours, type Setup, timed } from '../case.ts';
import { pythonPeer } from '../python.ts';

const PERPLEXITY = 30;
const NEAR = 15;
/** Rows up to which exact figures of quality, O(rows^2), are worth their time. */
const MEASURED_ROWS = 100_000;
const DATA = process.env.GOD_DATA ?? resolve(import.meta.dirname, '../../../shared/data');

export const cases: readonly BenchCase[] = [
  tsneCase('1000 x 42 blobs', () => blobs(1000, 42), {
    npm: ['druidjs', 'tsne-js'],
    python: [],
    quick: true,
  }),
  tsneCase('7183 x 42 blobs', () => blobs(7183, 42), { quick: true }),
  tsneCase('7183 x 42 New Reality', () => newReality(), {}),
  tsneCase('10000 x 50 MNIST', () => mnist(0), {}),
  tsneCase('70000 x 50 shifted copies of MNIST', () => mnist(6), { python: ['openTSNE FFT'], npm: [] }),
  tsneCase('200000 x 42 blobs', () => blobs(200_000, 42), { python: [], npm: [] }),
  tsneCase('1000000 x 42 blobs', () => blobs(1_000_000, 42), { python: [], npm: [] }),
];

interface Settings {
  readonly quick?: boolean;
  readonly npm?: readonly string[];
  readonly python?: readonly string[];
}

function tsneCase(
  title: string,
  data: () => Matrix | undefined | Promise<Matrix | undefined>,
  { quick, npm = ['scran.js'], python = ['scikit-learn', 'openTSNE FFT', 'openTSNE BH'] }: Settings,
): BenchCase {
  const atLeast: Record<string, number> = { 'openTSNE FFT': 18, 'scikit-learn': 30, 'scran.js': 19 };
  if (title.startsWith('70000')) atLeast['openTSNE FFT'] = 8;
  return {
    kernel: 'tsne',
    title: `${title}, perplexity ${PERPLEXITY}`,
    quick,
    bars: [...python, ...npm]
      .filter((name) => name in atLeast)
      .map((against) => ({ against, atLeast: atLeast[against] })),
    contenders: async (setup) => {
      const X = await data();
      if (X === undefined) return [{ name: ours, absent: `no data in ${DATA}: set GOD_DATA` }];
      const quality = await qualityOf(X);
      const own: Contender = {
        name: ours,
        run: async () => {
          const { seconds, map } = await fitOurs(X, setup.threads);
          return { seconds, quality: await quality(map.embedding) };
        },
      };
      const peers = [
        ...npm.map((name) => npmContender(name, X, quality)),
        ...python.map((name) => pythonContender(name, X, setup, quality)),
      ];
      return [own, ...(await Promise.all(peers))];
    },
  };
}

async function fitOurs(X: Matrix, threads: number): Promise<{ seconds: number; map: TSNE }> {
  let map: TSNE | undefined;
  const { seconds } = await timed(async () => {
    map = await TSNE.fit(X, { perplexity: PERPLEXITY, threads });
  });
  if (map === undefined) throw new Error('unreachable');
  return { seconds, map };
}

type Quality = (embedding: Matrix) => Promise<Record<string, number>>;

/** Measures maps of X, everybody's by the same rules: exact divergence, share of kept neighbours, trustworthiness. */
async function qualityOf(X: Matrix): Promise<Quality> {
  if (X.rows > MEASURED_ROWS) return async () => ({});
  const neighbors = await nearestNeighbors(X, { k: 3 * PERPLEXITY });
  return async (embedding) => {
    const still = { init: embedding, iterations: 0, exactKL: true, perplexity: PERPLEXITY, neighbors };
    const { klDivergence } = await TSNE.fit(X, still);
    return {
      kl: klDivergence,
      kept15: await keptNeighbors(neighbors, embedding),
      trustworthiness15: await trustworthiness(X, embedding, { neighbors: NEAR }),
    };
  };
}

/** The share of each row's 15 nearest rows that are among the 15 nearest on the map. */
async function keptNeighbors(neighbors: Neighbors, embedding: Matrix): Promise<number> {
  const { indices } = await nearestNeighbors(embedding, { k: NEAR });
  let kept = 0;
  for (let i = 0; i < embedding.rows; i++) {
    const near = new Set(neighbors.indices.subarray(i * neighbors.k, i * neighbors.k + NEAR));
    for (const row of indices.subarray(i * NEAR, (i + 1) * NEAR)) kept += near.has(row) ? 1 : 0;
  }
  return kept / (NEAR * embedding.rows);
}

function npmContender(name: string, X: Matrix, quality: Quality): Promise<Contender | Absent> {
  const rows = () =>
    Array.from({ length: X.rows }, (_, i) => [...X.data.subarray(i * X.cols, (i + 1) * X.cols)]);
  const measured = async (work: () => Matrix | Promise<Matrix>) => {
    let embedding: Matrix = { data: new Float32Array(0), rows: 0, cols: 2 };
    const { seconds } = await timed(async () => {
      embedding = await work();
    });
    return { seconds, quality: await quality(embedding) };
  };
  if (name === 'scran.js' && !wideMemory()) {
    const absent = `needs 64-bit WebAssembly memory, which Node ${process.versions.node} has not`;
    return Promise.resolve({ name, from: 'npm', absent });
  }
  if (name === 'scran.js') {
    return npmPeer('scran.js', (module) => ({
      slow: true,
      run: () => measured(() => scran(module as unknown as Scran, X)),
    }));
  }
  if (name === 'tsne-js') {
    return npmPeer('tsne-js', (module) => ({
      slow: true,
      run: () => measured(() => tsneJs(module.default as TsneJs, rows())),
    }));
  }
  return npmPeer('@saehrimnir/druidjs', (module) => ({
    slow: true,
    run: () => measured(() => druid(module.TSNE as Druid, rows())),
  }));
}

/** Whether WebAssembly here has 64-bit addresses (from Node 24). */
function wideMemory(): boolean {
  const { Memory } = Reflect.get(globalThis, 'WebAssembly') as { Memory: new (options: object) => object };
  try {
    return new Memory({ address: 'i64', initial: 1n, maximum: 1n }) !== undefined;
  } catch {
    return false;
  }
}

interface Scran {
  initialize(options: object): Promise<void>;
  buildNeighborSearchIndex(x: Float64Array, options: object): { free(): void };
  initializeTsne(
    index: object,
    options: object,
  ): {
    run(options: object): void;
    extractCoordinates(): { x: Float64Array; y: Float64Array };
    free(): void;
  };
}

let scranReady: Promise<void> | undefined;

async function scran(module: Scran, X: Matrix): Promise<Matrix> {
  scranReady ??= module.initialize({ localFile: true });
  await scranReady;
  const shape = { numberOfDims: X.cols, numberOfCells: X.rows };
  const index = module.buildNeighborSearchIndex(Float64Array.from(X.data), shape);
  const status = module.initializeTsne(index, { perplexity: PERPLEXITY });
  status.run({ maxIterations: 1000 });
  const { x, y } = status.extractCoordinates();
  const data = new Float32Array(2 * X.rows);
  for (let i = 0; i < X.rows; i++) data.set([x[i], y[i]], 2 * i);
  status.free();
  index.free();
  return matrix(data, X.rows, 2);
}

type TsneJs = new (
  options: object,
) => {
  init(options: object): void;
  run(): unknown;
  getOutput(): number[][];
};

function tsneJs(TsneJs: TsneJs, data: number[][]): Matrix {
  const model = new TsneJs({ dim: 2, perplexity: PERPLEXITY, nIter: 500, metric: 'euclidean' });
  model.init({ data, type: 'dense' });
  model.run();
  return matrix(Float32Array.from(model.getOutput().flat()), data.length, 2);
}

type Druid = new (
  data: number[][],
  options: object,
) => { transform(iterations: number): ArrayLike<number>[] };

function druid(DruidTsne: Druid, data: number[][]): Matrix {
  const points = new DruidTsne(data, { perplexity: PERPLEXITY, d: 2, seed: 1 }).transform(500);
  const flat = Float32Array.from({ length: 2 * data.length }, (_, e) => points[e >> 1][e & 1]);
  return matrix(flat, data.length, 2);
}

async function pythonContender(
  name: string,
  X: Matrix,
  { folder, threads }: Setup,
  quality: Quality,
): Promise<Contender | Absent> {
  const data = join(folder, 'x.f32');
  const output = join(folder, `${name.replaceAll(' ', '-')}.f32`);
  writeFileSync(data, X.data);
  const settings = {
    rows: X.rows,
    cols: X.cols,
    perplexity: PERPLEXITY,
    data,
    output,
    threads,
    method: name,
  };
  const peer = await pythonPeer(name, 'tsne.py', settings);
  if (!('run' in peer)) return peer;
  return {
    ...peer,
    slow: true,
    run: async () => {
      const { seconds } = await peer.run();
      return { seconds, quality: await quality(floats(readFileSync(output), 2)) };
    },
  };
}

function floats(bytes: Buffer, cols: number): Matrix {
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return matrix(data, data.length / cols, cols);
}

function newReality(): Matrix | undefined {
  const file = join(DATA, 'reference/newreality_s0.bin');
  return existsSync(file) ? floats(readFileSync(file), 42) : undefined;
}

/** The 10,000 digits of MNIST's test set in 50 principal components, and `copies` more of each, moved and blurred. */
async function mnist(copies: number): Promise<Matrix | undefined> {
  const file = join(DATA, 'bench/mnist/t10k-images-idx3-ubyte.gz');
  if (!existsSync(file)) return undefined;
  const pixels = gunzipSync(readFileSync(file)).subarray(16);
  const images = matrix(
    Float32Array.from(pixels, (value) => value / 255),
    pixels.length / 784,
    784,
  );
  const pca = await PCA.fit(images, { components: 50 });
  const digits = await pca.transform(images);
  const data = new Float32Array(digits.data.length * (copies + 1));
  const normal = normals(2);
  for (let copy = 0; copy <= copies; copy++) {
    const shift = Float32Array.from({ length: 50 }, () => (copy === 0 ? 0 : 0.6 * normal()));
    const blur = copy === 0 ? 0 : 0.35;
    digits.data.forEach((value, e) => {
      data[copy * digits.data.length + e] = value + shift[e % 50] + blur * normal();
    });
  }
  return matrix(data, digits.rows * (copies + 1), 50);
}

/** Twelve lumps of normal points. */
function blobs(rows: number, cols: number): Matrix {
  const normal = normals(1);
  const centres = Array.from({ length: 12 * cols }, () => 4 * normal());
  const data = new Float32Array(rows * cols);
  for (let e = 0; e < data.length; e++)
    data[e] = centres[(Math.floor(e / cols) % 12) * cols + (e % cols)] + normal();
  return matrix(data, rows, cols);
}

function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
