import { AgglomerativeClustering } from '../agglomerative.ts';
import type { Matrix } from '../matrix.ts';
import { TSNE } from '../tsne.ts';
import type { NewReality } from './draw-reality.ts';
import { type ClusterSpace, type Execution, executionOptions, type Settings } from './options.ts';
import type { Stage, StageResult } from './stage.ts';

/** t-SNE of the New Reality to the plane. */
export function mapStage(
  reality: StageResult<NewReality>,
  { perplexity, iterations, seed }: Settings,
  execution: Execution,
): Stage<TSNE> {
  const { points } = reality.value;
  const parameters = { perplexity, iterations, seed };
  return {
    name: 'map',
    version: 2,
    parameters,
    inputs: [reality.key],
    compute: (report) =>
      TSNE.fit(points, {
        ...parameters,
        ...executionOptions(execution),
        exactKL: true,
        onProgress: ({ iteration }) => report(iteration / iterations),
      }),
    pack: (map) => map.state(),
    unpack: (state) => TSNE.fromState(state),
  };
}

/** Ward's clustering in one of the two spaces. */
export function clusterStage(
  space: ClusterSpace,
  points: Matrix,
  input: string,
  execution: Execution,
): Stage<AgglomerativeClustering> {
  return {
    name: `cluster-${space}`,
    version: 2,
    parameters: { linkage: 'ward' },
    inputs: [input],
    compute: (report) =>
      AgglomerativeClustering.fit(points, {
        linkage: 'ward',
        ...executionOptions(execution),
        onProgress: report,
      }),
    pack: (tree) => tree.state(),
    unpack: (state) => AgglomerativeClustering.fromState(state),
  };
}
