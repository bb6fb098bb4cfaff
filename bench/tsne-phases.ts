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
import { fastest, type PhaseResults, type SizePhases, sharedOut } from './report/phases.ts';

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
const blob = blobs(7183, 42);
const sizes = [await fastest('7183 x 42 blobs', RUNS, () => measure(blob))];
const digits = await mnist(6);
if (digits !== undefined) {
  sizes.push(await fastest('70000 x 50 shifted copies of MNIST', 1, () => measure(digits)));
}
const results: PhaseResults = {
  command: 'npx tsx bench/tsne-phases.ts',
  machine: where,
  threads,
  kernel: 't-SNE',
  note:
    `${ITERATIONS} iterations. Repulsion, attraction and the walk run at the same time; their time is divided in ` +
    'proportion to what the threads spent on each.',
  phases: sizes,
};
mkdirSync(dirname(options.output), { recursive: true });
writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
console.log(options.output);

async function measure(X: Matrix): Promise<Omit<SizePhases, 'title'>> {
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
  const total = (performance.now() - begin) / 1000;
  const seconds = {
    'nearest neighbors': neighbors,
    'first layout, by PCA': start,
    affinities,
    'quadtree: order, cells, centers': cells,
    'putting memory in order': reorder,
    ...sharedOut(forces - grid, { 'walking the tree': walk, repulsion, attraction }),
    'repulsion by interpolation': grid,
    'moving the points': step,
  };
  return { seconds, total };
}
