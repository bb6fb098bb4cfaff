import { AgglomerativeClustering } from '../../agglomerative/agglomerative.ts';
import type { Matrix } from '../../matrix.ts';
import { type ClusterSpace, type Execution, executionOptions } from '../options.ts';
import type { Stage } from './stage.ts';

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
