import { aboutOption } from '../../errors.ts';
import { sha256 } from '../../files/hash.ts';
import type { Matrix } from '../../matrix.ts';
import { type ModelState, stateArray } from '../../models/model-state.ts';
import type { PCAFinishOptions } from '../../pca/options.ts';
import { PCA } from '../../pca/pca.ts';
import type { Gathered } from '../../sources/source.ts';
import { type Execution, executionOptions, type Settings } from '../options.ts';
import type { Stage, StageResult } from './stage.ts';

/** One modality in the common dimension. */
export interface Reduced {
  readonly pca: PCA;
  /** Every value is multiplied by it, so the total variance of the modality equals the common dimension. */
  readonly scale: number;
  /** rows x components, scaled. */
  readonly vectors: Matrix;
}

/**
 * PCA of one modality to the common dimension, and one scale for all its values. Without the scale, the VAE would see only the
 * modality with the largest values. Whitening instead would destroy neighborhoods.
 *
 * @param moments - the state of a PCA accumulator, whose rows are fitted instead of the gathered ones.
 */
export async function reduceStage(
  { value: gathered, key }: StageResult<Gathered>,
  { components }: Settings,
  execution: Execution,
  moments?: Uint8Array,
): Promise<Stage<Reduced>> {
  return {
    name: `reduce-${gathered.modality}`,
    version: 5,
    parameters: { components, ...(moments && { moments: await sha256(moments) }) },
    inputs: [key],
    async compute(report) {
      const options = { ...executionOptions(execution), components, onProgress: report };
      const { model: pca, projections } =
        moments === undefined
          ? await PCA.fitTransform(gathered.vectors, options)
          : await fitMoments(gathered, moments, options);
      const variance = pca.explainedVariance.reduce((sum, value) => sum + value, 0);
      const scale = variance > 0 ? Math.sqrt(components / variance) : 1;
      return { pca, scale, vectors: scaled(projections, scale) };
    },
    pack({ pca, scale, vectors }) {
      const state = pca.state();
      return {
        kind: 'reduced',
        version: state.version,
        values: { pca: state.values, scale },
        arrays: { ...state.arrays, vectors: { data: vectors.data, shape: [vectors.rows, vectors.cols] } },
      };
    },
    unpack(state: ModelState) {
      const { data, shape } = stateArray(state, 'vectors', Float32Array, 2);
      const values = state.values.pca as ModelState['values'];
      return {
        pca: PCA.fromState({ ...state, kind: 'PCA', values }),
        scale: Number(state.values.scale),
        vectors: { data, rows: shape[0], cols: shape[1] },
      };
    },
  };
}

/** The PCA of an accumulator's rows, and what it makes of the gathered ones. */
async function fitMoments(
  { modality, vectors }: Gathered,
  moments: Uint8Array,
  options: PCAFinishOptions,
): Promise<{ model: PCA; projections: Matrix }> {
  const sum = PCA.accumulatorFromBytes(moments);
  if (sum.columns !== vectors.cols)
    throw aboutOption(
      new RangeError(
        `Expected \`moments.${modality}\` to be of vectors of ${vectors.cols} values but they had ${sum.columns}`,
      ),
      'moments',
    );
  const model = await sum.finish(options);
  const { threads, signal } = options;
  return {
    model,
    projections: await model.transform(vectors, { ...(threads && { threads }), ...(signal && { signal }) }),
  };
}

/** `vectors` times `scale`, in place: the caller owns them. */
export function scaled(vectors: Matrix, scale: number): Matrix {
  for (let i = 0; i < vectors.data.length; i++) vectors.data[i] *= scale;
  return vectors;
}
