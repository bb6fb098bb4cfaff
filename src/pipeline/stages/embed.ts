import type { Matrix } from '../../matrix.ts';
import { VAE } from '../../vae/vae.ts';
import { type Execution, executionOptions, type Settings } from '../options.ts';
import { type Reduced, union } from './reduce.ts';
import type { Stage, StageResult } from './stage.ts';

/** Share of rows by which early stopping judges. */
const VALIDATION = 0.1;

/** Trains the VAE on the union of the modalities. */
export function embedStage(
  parts: readonly StageResult<Pick<Reduced, 'vectors'>>[],
  { latent, beta, warmup, epochs, patience, seed }: Settings,
  execution: Execution,
): Stage<VAE> {
  const parameters = { latent, beta, warmup, epochs, patience, validation: VALIDATION, seed };
  return {
    name: 'embed',
    version: 2,
    parameters,
    inputs: parts.map(({ key }) => key),
    compute: (report) =>
      VAE.fit(unionOf(parts), {
        ...parameters,
        ...executionOptions(execution),
        transfer: true,
        onProgress: ({ epoch }) => report(epoch / epochs),
      }),
    pack: (vae) => vae.state(),
    unpack: (state) => VAE.fromState(state),
  };
}

export function unionOf(parts: readonly StageResult<Pick<Reduced, 'vectors'>>[]): Matrix {
  return union(parts.map(({ value }) => value.vectors));
}

/** For each row of the union the number of its modality. */
export function modalityOfRows(sizes: readonly number[]): Int32Array {
  const modality = new Int32Array(sizes.reduce((sum, size) => sum + size, 0));
  let offset = 0;
  sizes.forEach((size, m) => {
    modality.fill(m, offset, offset + size);
    offset += size;
  });
  return modality;
}
