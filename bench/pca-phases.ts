// npx tsx bench/pca-phases.ts [--output FILE]
//
// Where the time of PCA.fitTransform goes, phase by phase, at three sizes; writes JSON for bench/report.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { type Matrix, zeros } from '../src/matrix.ts';
import { copyFloats } from '../src/native/copy.ts';
import { native } from '../src/native/loader.ts';
import { correlatedRows } from './data/correlated.ts';
import { machine } from './harness/machine.ts';
import { fastest, type PhaseResults, type SizePhases, sharedOut } from './report/phases.ts';

const COMPONENTS = 100;
const RUNS = 9;
const PHASES = 11;

const { values: options } = parseArgs({
  options: {
    output: { type: 'string', default: 'bench/results/pca-phases.json' },
  },
});
for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete process.env[name];
const where = machine();
const threads = where.processors;
const phases: SizePhases[] = [];
for (const [rows, cols] of [
  [20_000, 512],
  [100_000, 512],
  [1_000_000, 128],
]) {
  const X = correlatedRows(rows, cols);
  phases.push(await fastest(`${rows} x ${cols}`, RUNS, () => measure(X)));
}
const results: PhaseResults = {
  command: 'npx tsx bench/pca-phases.ts',
  machine: where,
  threads,
  kernel: 'PCA',
  note:
    `The fastest of ${RUNS} runs, to ${COMPONENTS} components. Several threads compute the moments, and then the projections: ` +
    'their time is divided in proportion to what the threads spent on each phase.',
  phases,
};
mkdirSync(dirname(options.output), { recursive: true });
writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
console.log(options.output);

async function measure(given: Matrix): Promise<Omit<SizePhases, 'title'>> {
  const begin = performance.now();
  const X = { ...given, data: copyFloats(given.data) };
  const copy = (performance.now() - begin) / 1000;
  const ofFit = new Float64Array(PHASES);
  const ofProjection = new Float64Array(PHASES);
  const mean = new Float64Array(X.cols);
  const components = zeros(COMPONENTS, X.cols);
  const explainedVariance = new Float64Array(X.cols);
  const fitted = { mean, components, explainedVariance, seconds: ofFit };
  await native().pcaFit({ X }, { threads }, fitted).promise;
  const scale = new Float64Array(COMPONENTS).fill(1);
  const outputs = { Z: zeros(X.rows, COMPONENTS), seconds: ofProjection };
  await native().pcaTransform({ X, mean, components, scale }, { threads }, outputs).promise;
  const total = (performance.now() - begin) / 1000;
  const [moments, exact, packing, squares, adding, reduction, spectrum, transformation] = ofFit;
  const [projection, centering, products] = ofProjection.subarray(8);
  const seconds = {
    'copying X': copy,
    ...sharedOut(moments, {
      'first block, in float64': exact,
      'reading, centering and packing rows': packing,
      'their products': squares,
      'adding blocks': adding,
    }),
    'reduction to a tridiagonal matrix': reduction,
    'its eigenvectors': spectrum,
    'transforming them back': transformation,
    ...sharedOut(projection, { 'reading and centering rows again': centering, projections: products }),
  };
  const rest = total - Object.values(seconds).reduce((a, b) => a + b, 0);
  return { seconds: { ...seconds, 'starting, allocating': rest }, total };
}
