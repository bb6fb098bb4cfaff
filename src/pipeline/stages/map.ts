import { TSNE } from '../../tsne/tsne.ts';
import { type Execution, executionOptions, type Settings } from '../options.ts';
import type { NewReality } from './sample.ts';
import type { Stage, StageResult } from './stage.ts';

/** t-SNE of the New Reality to the plane. */
export function mapStage(
  reality: StageResult<NewReality>,
  { perplexity, theta, iterations, seed }: Settings,
  execution: Execution,
): Stage<TSNE> {
  const { points } = reality.value;
  const parameters = { perplexity, theta, iterations, seed };
  return {
    name: 'map',
    version: 3,
    parameters,
    inputs: [reality.key],
    compute: (report) =>
      TSNE.fit(points, {
        ...parameters,
        ...executionOptions(execution),
        exactKL: true,
        onProgress: report,
      }),
    pack: (map) => map.state(),
    unpack: (state) => TSNE.fromState(state),
  };
}
