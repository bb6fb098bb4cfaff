// Every kernel, and a run of the pipeline, gives the same bytes with 1, 2, 3 and 8 threads, five times each. Fails if any
// differ.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AgglomerativeClustering,
  MutualProximity,
  matrix,
  medoids,
  nearestNeighbors,
  PCA,
  silhouette,
  TSNE,
  trustworthiness,
  VAE,
} from '../../src/index.ts';
import { measured } from '../support/gate.ts';
import { contentsOf, god } from '../support/god.ts';
import { points } from '../support/linkage.ts';

const THREADS = [1, 2, 3, 8];
const RUNS = 5;
const LINKAGES = ['ward', 'single', 'complete', 'average', 'weighted', 'centroid', 'median'] as const;

const tall = points(5000, 30, 1);
const wide = points(60, 300, 2);
const plane = points(6000, 2, 3);
const small = points(900, 12, 4);
const groups = Int32Array.from({ length: small.rows }, (_, row) => row % 7);
const projection = await PCA.fit(tall, { components: 6 });
const fittedMap = await TSNE.fit(small, { iterations: 100 });
const tree = await AgglomerativeClustering.fit(small);
const vaeOptions = { engine: 'native', hidden: [32], latent: 5, epochs: 2 } as const;
const vae = await VAE.fit(tall, vaeOptions);

type Computation = (threads: number) => Promise<unknown>;

const computations: readonly [name: string, Computation][] = [
  ['PCA.fit', (threads) => PCA.fit(tall, { threads, components: 6 })],
  ['PCA.fit of more columns than rows', (threads) => PCA.fit(wide, { threads, components: 6 })],
  ['PCA.accumulator', accumulated],
  ['transform', (threads) => projection.transform(tall, { threads })],
  [
    'inverseTransform',
    async (threads) => projection.inverseTransform(await projection.transform(tall), { threads }),
  ],
  ['nearestNeighbors', (threads) => nearestNeighbors(tall, { threads, k: 20 })],
  [
    'nearestNeighbors, approximate',
    (threads) => nearestNeighbors(plane, { threads, k: 20, approximate: true }),
  ],
  [
    'MutualProximity',
    async (threads) => (await MutualProximity.fit(small, { threads, groups })).neighbors({ threads, k: 4 }),
  ],
  ...(['barnes-hut', 'fft', 'auto'] as const).map((repulsion): [string, Computation] => [
    `TSNE.fit, ${repulsion}`,
    (threads) => TSNE.fit(small, { threads, repulsion, iterations: 150 }),
  ]),
  ['TSNE.transform', (threads) => fittedMap.transform(points(300, 12, 5), { threads })],
  ...LINKAGES.map((linkage): [string, Computation] => [
    linkage,
    (threads) => AgglomerativeClustering.fit(points(2000, 20, 6), { threads, linkage }),
  ]),
  ['ward in the plane', (threads) => AgglomerativeClustering.fit(plane, { threads })],
  ['single in the plane', (threads) => AgglomerativeClustering.fit(plane, { threads, linkage: 'single' })],
  [
    'ward along links',
    (threads) =>
      AgglomerativeClustering.fit(small, {
        threads,
        connectivity: { neighbors: 4 },
        disconnected: 'join',
      }),
  ],
  ['optimalLeafOrder', (threads) => tree.optimalLeafOrder({ points: small }, { threads })],
  ['VAE.fit', (threads) => VAE.fit(tall, { ...vaeOptions, threads })],
  ['encode', (threads) => vae.encode(tall, { threads })],
  ['decode', async (threads) => vae.decode((await vae.encode(tall)).mean, { threads })],
  ['trustworthiness', (threads) => trustworthiness(small, fittedMap.embedding, { threads })],
  ['silhouette', (threads) => silhouette(small, groups, { threads })],
  ['medoids', (threads) => medoids(small, groups, { metric: 'cosine', threads })],
  ['god run', run],
];

const folder = mkdtempSync(join(tmpdir(), 'god-determinism-'));
const unequal: string[] = [];
try {
  for (const [name, compute] of computations) {
    const digests = new Set<string>();
    for (let i = 0; i < RUNS; i++) {
      for (const threads of THREADS) digests.add(digestOf(await compute(threads)));
    }
    if (digests.size > 1) unequal.push(`${name}: ${digests.size} different results`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
const figure = `${computations.length} computations, ${THREADS.join(', ')} threads, ${RUNS} times each: ${unequal.length} with different bytes`;
measured('determinism', figure);
console.log([figure, ...unequal].join('\n'));
if (unequal.length > 0) process.exit(1);

async function accumulated(threads: number): Promise<PCA> {
  const accumulator = PCA.accumulator(tall.cols);
  const half = (tall.rows / 2) * tall.cols;
  for (const part of [tall.data.slice(0, half), tall.data.slice(half)]) {
    await accumulator.add(matrix(part, part.length / tall.cols, tall.cols), { threads });
  }
  return accumulator.finish({ components: 6, threads });
}

async function run(threads: number): Promise<unknown> {
  const out = mkdtempSync(join(folder, 'run-'));
  const size = ['--per-modality', '400', '--samples', '400'];
  const { code, stderr } = await god(['run', ...size, '--threads', String(threads), '-o', out, '--fresh'], {
    cwd: folder,
  });
  if (code !== 0) throw new Error(stderr);
  return contentsOf(out);
}

/** A hash of a model's state, a matrix, or anything else made of arrays and values. */
function digestOf(result: unknown): string {
  const hash = createHash('sha256');
  const add = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else if (typeof value === 'object' && value !== null) {
      const content = 'state' in value && typeof value.state === 'function' ? value.state() : value;
      for (const [key, member] of Object.entries(content as object)) {
        hash.update(`${key}:`);
        add(member);
      }
    } else hash.update(String(value));
  };
  add(result);
  return hash.digest('hex');
}
