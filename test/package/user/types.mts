// A user's program in TypeScript: compiled, never run.
import {
  type AgnesOptions,
  agnes,
  type Cluster,
  GOD,
  type MatrixLike,
  matrix,
  PCA,
  type Source,
} from 'global-object-embedder';
import { createServer } from 'global-object-embedder/server';

const rows: MatrixLike = [
  [1, 2],
  [3, 4],
];
const pca: PCA = await PCA.fit(rows, { components: 1 });
export const data: Float32Array = (await pca.transform(matrix(new Float32Array(4), 2, 2))).data;
export const tree: Cluster = agnes([[1], [2]], { method: 'ward2' } satisfies AgnesOptions<number[]>);
export const fitted = (sources: Source[]): Promise<GOD> => GOD.fit(sources, { seed: 1 });
export const server: typeof createServer = createServer;
// @ts-expect-error There is not such an option.
await PCA.fit(rows, { component: 1 });
