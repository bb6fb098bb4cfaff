import { VAE } from '../../vae/vae.ts';
import { type Execution, executionOptions, type Settings } from '../options.ts';
import { union } from '../rows.ts';
import type { Reduced } from './reduce.ts';
import type { Stage, StageResult } from './stage.ts';

/** Share of rows that is held out for early stopping. */
const VALIDATION = 0.1;

/** Trains the VAE on the union of the modalities. */
export function embedStage(
  reduced: readonly Omit<StageResult<Pick<Reduced, 'vectors'>>, 'keyWithNames'>[],
  { latent, hidden, beta, warmup, epochs, patience, learningRate, batch, seed }: Settings,
  execution: Execution,
): Stage<VAE> {
  const training = { latent, hidden, beta, warmup, epochs, patience, learningRate, batch };
  const parameters = { ...training, validation: VALIDATION, seed };
  return {
    name: 'embed',
    version: 5,
    parameters,
    inputs: reduced.map(({ key }) => key),
    compute: (report) =>
      VAE.fit(union(reduced.map(({ value }) => value.vectors)), {
        ...parameters,
        ...executionOptions(execution),
        transfer: true,
        onProgress: report,
      }),
    pack: (vae) => vae.state(),
    unpack: (state) => VAE.fromState(state),
  };
}
