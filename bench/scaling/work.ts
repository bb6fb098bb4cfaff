import { AgglomerativeClustering, type Matrix, matrix, PCA, TSNE, VAE } from '../../src/index.ts';
import { uniforms } from '../data/random.ts';

/** One line of the plot: a computation at growing sizes. */
export interface ScaledWork {
  readonly name: string;
  /** What it is done on, besides the number of rows. */
  readonly on: string;
  /** As the cases of bench/run.ts call it. */
  readonly estimator: string;
  readonly cols: number;
  readonly rows: readonly number[];
  fit(X: Matrix): Promise<unknown>;
}

/** By name, as bench/scaling.ts hands it to its child processes. */
export const scaledWork: Readonly<Record<string, ScaledWork>> = {
  tsne: {
    name: 't-SNE',
    on: '42 columns',
    estimator: 'tsne',
    cols: 42,
    rows: [1000, 3000, 7183, 20_000, 70_000],
    fit: (X) => TSNE.fit(X),
  },
  ward: {
    name: 'Ward',
    on: '42 columns',
    estimator: 'agglomerative',
    cols: 42,
    rows: [1000, 3000, 7183, 20_000, 50_000, 100_000],
    fit: (X) => AgglomerativeClustering.fit(X),
  },
  ward2: {
    name: 'Ward, 2-D',
    on: '2 columns',
    estimator: 'agglomerative',
    cols: 2,
    rows: [1000, 10_000, 100_000, 1_000_000],
    fit: (X) => AgglomerativeClustering.fit(X),
  },
  pca: {
    name: 'PCA',
    on: '128 columns',
    estimator: 'pca',
    cols: 128,
    rows: [1000, 10_000, 100_000, 1_000_000],
    fit: (X) => PCA.fit(X, { components: 100 }),
  },
  vae: {
    name: 'VAE',
    on: '100 columns, 1 epoch',
    estimator: 'vae',
    cols: 100,
    rows: [1000, 10_000, 100_000, 1_000_000],
    fit: (X) => VAE.fit(X, { epochs: 1, warmup: 0, beta: 0.1 }),
  },
};

/** Rows around 40 centers of their own, of the spread of the pipeline's latent codes. */
export function clusteredRows(rows: number, cols: number): Matrix {
  const data = new Float32Array(rows * cols);
  const random = uniforms(1);
  const uniform = () => 2 * random() - 1;
  const centers = Float32Array.from({ length: 40 * cols }, () => 2 * uniform());
  for (let i = 0; i < rows; i++) {
    const center = Math.floor((uniform() + 1) * 20) * cols;
    for (let j = 0; j < cols; j++) data[i * cols + j] = centers[center + j] + uniform() + uniform();
  }
  return matrix(data, rows, cols);
}
