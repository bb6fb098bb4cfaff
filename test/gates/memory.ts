// Eight concurrent callers for ten minutes, or as many as the first argument says: memory must not grow. Fails if the
// least-squares line through the resident set size in the last half rises by more than 1 MB per minute.
import { setTimeout as sleep } from 'node:timers/promises';
import { AgglomerativeClustering, matrix, nearestNeighbors, PCA, TSNE, VAE } from '../../src/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { measured } from '../support/gate.ts';

const minutes = Number(process.argv[2] ?? 10);
const CALLERS = 8;
const LARGEST = 1;

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

async function caller(first: number): Promise<void> {
  for (let i = first; elapsed() < minutes; i++) {
    await calls[i % calls.length]();
    done++;
  }
}

/** Minutes and megabytes, measured every second. */
async function watch(): Promise<[number, number][]> {
  const seen: [number, number][] = [];
  while (elapsed() < minutes) {
    await sleep(1000);
    seen.push([elapsed(), process.memoryUsage.rss() / 1e6]);
  }
  return seen;
}

/** The slope of the least-squares line through the points. */
function slope(points: readonly [number, number][]): number {
  const mean = (k: 0 | 1) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return covariance / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

const [seen] = await Promise.all([watch(), ...Array.from({ length: CALLERS }, (_, i) => caller(i))]);
const rise = slope(seen.filter(([minute]) => minute > minutes / 2));
const figure = `${minutes} min, ${done} calls by ${CALLERS} callers, ${rise.toFixed(2)} MB/min, ${Math.round(seen.at(-1)?.[1] ?? 0)} MB`;
measured('memory', figure);
console.log(figure);
if (!(rise < LARGEST)) process.exit(1);
