import type { Matrix } from '../../matrix.ts';
import { stateArray } from '../../models/model-state.ts';
import { noise } from '../../vae/draws.ts';
import type { VAE } from '../../vae/vae.ts';
import { type Execution, executionOptions, type Settings } from '../options.ts';
import { sampleRows } from '../quotas.ts';
import { pickRows, union } from '../rows.ts';
import type { Reduced } from './reduce.ts';
import type { Stage, StageResult } from './stage.ts';

/** The New Reality: samples of the latent space, and the rows of the union to which they belong. */
export interface NewReality {
  /** samples x latent. */
  readonly points: Matrix;
  /** Row of the union behind each sample, ascending; -1 for samples of the prior, which belong to no row. */
  readonly rows: Int32Array;
  /**
   * How well the VAE knows the object of each sample: the mean squared difference between its components and what the VAE makes
   * of its posterior mean. NaN for samples of the prior.
   */
  readonly errors: Float32Array;
}

/** Samples the New Reality: 7183 points of the latent space, equally from all modalities. */
export function sampleStage(
  reduced: readonly StageResult<Reduced>[],
  vae: StageResult<VAE>,
  { samples, sampling, seed }: Settings,
  execution: Execution,
): Stage<NewReality> {
  const vectors = reduced.map(({ value }) => value.vectors);
  return {
    name: 'sample',
    version: 3,
    parameters: { samples, sampling, seed },
    inputs: [vae.key],
    async compute() {
      if (sampling === 'prior') {
        const points = priorSamples(samples, vae.value.spec.latent, seed);
        const errors = new Float32Array(samples).fill(Number.NaN);
        return { points, rows: new Int32Array(samples).fill(-1), errors };
      }
      const { rows } = sampleRows(
        vectors.map((matrix) => matrix.rows),
        samples,
        seed,
      );
      const options = executionOptions(execution);
      const objects = pickRows(union(vectors), rows);
      const { mean, logVariance } = await vae.value.encode(objects, options);
      const points = sampling === 'mean' ? mean : posteriorSamples(mean, logVariance, seed);
      return { points, rows, errors: meanSquares(objects, await vae.value.decode(mean, options)) };
    },
    pack: ({ points, rows, errors }) => ({
      kind: 'new-reality',
      version: 2,
      values: {},
      arrays: {
        points: { data: points.data, shape: [points.rows, points.cols] },
        rows: { data: rows, shape: [rows.length] },
        errors: { data: errors, shape: [errors.length] },
      },
    }),
    unpack(state) {
      const { data, shape } = stateArray(state, 'points', Float32Array, 2);
      return {
        points: { data, rows: shape[0], cols: shape[1] },
        rows: stateArray(state, 'rows', Int32Array, 1).data,
        errors: stateArray(state, 'errors', Float32Array, 1).data,
      };
    },
  };
}

/** For each row the mean squared difference of two matrices of one shape. */
function meanSquares(a: Matrix, b: Matrix): Float32Array {
  return Float32Array.from({ length: a.rows }, (_, row) => {
    let sum = 0;
    for (let i = row * a.cols; i < (row + 1) * a.cols; i++) sum += (a.data[i] - b.data[i]) ** 2;
    return sum / a.cols;
  });
}

/** Standard normal points: the prior of the latent space. */
function priorSamples(rows: number, latent: number, seed: number): Matrix {
  return { data: noise(seed, 'prior', 0, rows, latent), rows, cols: latent };
}

/** One sample of each row's posterior. */
function posteriorSamples(mean: Matrix, logVariance: Matrix, seed: number): Matrix {
  const { rows, cols } = mean;
  const data = noise(seed, 'posterior', 0, rows, cols);
  for (let i = 0; i < data.length; i++) {
    data[i] = mean.data[i] + data[i] * Math.exp(logVariance.data[i] / 2);
  }
  return { data, rows, cols };
}
