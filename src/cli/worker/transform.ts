import { field, float32, list } from '@uwdata/flechette/src/data-types.js';
import { PCA } from '../../pca/pca.ts';
import type { WorkerJob } from './job.ts';
import { readModel } from './model.ts';
import { vectorsThrough } from './through.ts';

/** A column of `float32` lists. */
export const listField = (name: string) => field(name, list(field('element', float32(), false)), false);

/** The stream with `projection` in the place of the vectors. */
export async function transform(job: WorkerJob): Promise<void> {
  const pca = PCA.fromState(await readModel(job, 'PCA'));
  const { threads } = job;
  await vectorsThrough(job, pca.components.cols, [listField('projection')], async (X) => [
    await pca.transform(X, { threads, transfer: true }),
  ]);
}
