// Eight callers at a time for ten minutes (or as many as the first argument says): memory must not grow. Every few seconds all
// of them rest and garbage is collected, for what counts is what calls leave behind. Even so the resident set goes up and down by
// tens of megabytes, with what the allocator keeps at hand; a leak raises its lowest values. Fails when the least-squares line
// through the lowest value of each half minute, over the last half of the time, rises by more than 1 MB a minute.
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AgglomerativeClustering, matrix, nearestNeighbors, PCA, TSNE, VAE } from '../../src/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { measured } from '../support/gate.ts';

const minutes = Number(process.argv[2] ?? 10);
const CALLERS = 8;
const LARGEST = 1;
const ROUND_MILLISECONDS = 4000;
/** In which the threads of aborted calls end. */
const REST_MILLISECONDS = 200;
const WINDOW_MINUTES = 0.5;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const random = seededRandom(7);
const X = matrix(
  Float32Array.from({ length: 1500 * 24 }, () => random()),
  1500,
  24,
);
const calls = [
  () => PCA.fitTransform(X, { components: 5 }),
  () => TSNE.fit(X, { iterations: 60, exaggerationIterations: 20 }),
  () => AgglomerativeClustering.fit(X),
  () => AgglomerativeClustering.fit(X, { linkage: 'average' }),
  () => VAE.fit(X, { engine: 'native', epochs: 2, hidden: [32], latent: 4 }),
  () => nearestNeighbors(X, { k: 15 }),
  () => TSNE.fit(X, { signal: AbortSignal.timeout(5) }).catch(() => {}),
  () => PCA.fit([[1, Number.NaN]]).catch(() => {}),
];

const start = performance.now();
const elapsed = () => (performance.now() - start) / 60_000;
let done = 0;

async function caller(end: number): Promise<void> {
  while (performance.now() < end) await calls[done++ % calls.length]();
}

/** Minutes and megabytes, after every round. */
async function watch(): Promise<[number, number][]> {
  const seen: [number, number][] = [];
  while (elapsed() < minutes) {
    const end = performance.now() + ROUND_MILLISECONDS;
    await Promise.all(Array.from({ length: CALLERS }, () => caller(end)));
    await sleep(REST_MILLISECONDS);
    collectGarbage();
    seen.push([elapsed(), process.memoryUsage.rss() / 1e6]);
  }
  return seen;
}

/** The lowest of each window. */
function lowest(points: readonly [number, number][]): [number, number][] {
  const least = new Map<number, [number, number]>();
  for (const point of points) {
    const window = Math.floor(point[0] / WINDOW_MINUTES);
    if (point[1] < (least.get(window)?.[1] ?? Number.POSITIVE_INFINITY)) least.set(window, point);
  }
  return [...least.values()];
}

/** Of the least-squares line through the points. */
function slope(points: readonly [number, number][]): number {
  const mean = (k: 0 | 1) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return covariance / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

const seen = await watch();
const rise = slope(lowest(seen.filter(([minute]) => minute > minutes / 2)));
const figure = `${minutes} min, ${done} calls by ${CALLERS} callers, ${rise.toFixed(2)} MB/min, ${Math.round(Math.min(...seen.map(([, megabytes]) => megabytes)))} to ${Math.round(Math.max(...seen.map(([, megabytes]) => megabytes)))} MB`;
measured('memory', figure);
console.log(figure);
if (!(rise < LARGEST)) process.exit(1);
