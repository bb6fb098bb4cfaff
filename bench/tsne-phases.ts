// npx tsx bench/tsne-phases.ts [--output FILE]
//
// Where the time of a t-SNE goes, phase by phase, at two sizes; writes JSON for bench/report.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { type Matrix, nearestNeighbors } from '../src/index.ts';
import { native } from '../src/native/loader.ts';
import { blobs, mnist } from './data/tsne.ts';
import { machine } from './harness/machine.ts';
import type { PhaseResults, PhaseSeconds } from './report/phases.ts';

const PERPLEXITY = 30;
const ITERATIONS = 750;
const RUNS = 3;

const { values: options } = parseArgs({
  options: {
    output: { type: 'string', default: 'bench/results/tsne-phases.json' },
  },
});
for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete process.env[name];
const where = machine();
const threads = where.processors;
const sizes: PhaseResults['phases'][number][] = [];
await add('7183 x 42 blobs', blobs(7183, 42), RUNS);
const digits = await mnist(6);
if (digits !== undefined) await add('70000 x 50 shifted copies of MNIST', digits, 1);
const results: PhaseResults = {
  command: 'npx tsx bench/tsne-phases.ts',
  machine: where,
  threads,
  iterations: ITERATIONS,
  phases: sizes,
};
mkdirSync(dirname(options.output), { recursive: true });
writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
console.log(options.output);

/** Measures the size and keeps the run that took least. */
async function add(title: string, X: Matrix, runs: number): Promise<void> {
  let best: PhaseSeconds | undefined;
  for (let run = 0; run < runs; run++) {
    const seconds = await measure(X);
    if (best === undefined || seconds.total < best.total) best = seconds;
  }
  if (best === undefined) return;
  sizes.push({ title, seconds: best });
  console.log(title, best);
}

async function measure(X: Matrix): Promise<PhaseSeconds> {
  const begin = performance.now();
  const found = await nearestNeighbors(X, { k: 3 * PERPLEXITY, threads });
  const neighbors = (performance.now() - begin) / 1000;
  const clock = new Float64Array(10);
  await native().tsneFit(
    { X, indices: found.indices, distances: found.distances },
    {
      k: found.k,
      init: 'pca',
      seed: 0,
      perplexity: PERPLEXITY,
      theta: 0.5,
      iterations: ITERATIONS,
      iterationsWithoutProgress: 0,
      minProgress: 0,
      earlyExaggeration: 12,
      exaggerationIterations: 150,
      lateExaggeration: 1,
      learningRate: 0,
      momentum: 0.9,
      reportEvery: 0,
      exactKL: false,
      repulsion: 'auto',
      threads,
    },
    {
      Y: { data: new Float32Array(2 * X.rows), rows: X.rows, cols: 2 },
      history: new Float64Array(0),
      outcome: new Float64Array(2),
      seconds: clock,
    },
  ).promise;
  const [start, affinities, cells, reorder, forces, walk, repulsion, attraction, step, grid] = clock;
  // The forces' phases are summed over the threads: their share of the time in which all of them are computed.
  const share = (forces - grid) / (walk + repulsion + attraction);
  const phases = {
    neighbors,
    start,
    affinities,
    cells,
    reorder,
    walk: walk * share,
    repulsion: repulsion * share,
    attraction: attraction * share,
    step,
    grid,
  };
  return { ...phases, total: (performance.now() - begin) / 1000 };
}
