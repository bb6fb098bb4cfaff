import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Matrix, PCA, silhouette, trustworthiness } from '../../src/index.ts';
import { blobs } from '../data/tsne.ts';
import { type BenchCase, ours, timed } from '../harness/case.ts';
import { pythonPeer } from '../harness/python.ts';

const NEAR = 15;
const CLUSTERS = 12;

type Measure = 'trustworthiness' | 'silhouette';

export const cases: readonly BenchCase[] = [
  metricCase('trustworthiness', 7183, { quick: true }),
  metricCase('silhouette', 7183, { quick: true }),
  metricCase('trustworthiness', 20_000, {}),
  metricCase('silhouette', 20_000, {}),
];

/** Both measures of the same data: twelve clusters in 42 columns, and their two principal components as the map. */
function metricCase(measure: Measure, rows: number, { quick }: Pick<BenchCase, 'quick'>): BenchCase {
  const cols = 42;
  return {
    quick,
    kernel: 'metrics',
    title: `${measure} of ${rows} x ${cols}`,
    contenders: async ({ threads, folder }) => {
      const X = blobs(rows, cols);
      const { projections } = await PCA.fitTransform(X, { components: 2 });
      const [data, map] = [join(folder, 'x.f32'), join(folder, 'map.f32')];
      writeFileSync(data, X.data);
      writeFileSync(map, projections.data);
      const settings = { rows, cols, data, map, measure, near: NEAR, clusters: CLUSTERS };
      return [
        {
          name: ours,
          run: () =>
            timed(
              () => measured(measure, X, projections, threads),
              (value) => ({ value }),
            ),
        },
        await pythonPeer('scikit-learn', 'metrics.py', settings),
      ];
    },
  };
}

async function measured(measure: Measure, X: Matrix, map: Matrix, threads: number): Promise<number> {
  if (measure === 'trustworthiness') return trustworthiness(X, map, { neighbors: NEAR, threads });
  const labels = Int32Array.from({ length: X.rows }, (_, row) => row % CLUSTERS);
  return (await silhouette(X, labels, { threads })).mean;
}
