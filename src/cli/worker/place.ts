import { join } from 'node:path';
import { field, float32, int32, utf8 } from '@uwdata/flechette/src/data-types.js';
import { DataError } from '../../errors.ts';
import { isFile } from '../../files/read.ts';
import { GOD } from '../../pipeline/god.ts';
import { UsageError } from '../failure.ts';
import type { WorkerJob } from './job.ts';
import { modelFlag, readChecked } from './model.ts';
import { vectorsThrough } from './through.ts';
import { listField } from './transform.ts';

const FIELDS = [
  field('x', float32(), false),
  field('y', float32(), false),
  field('cluster', int32(), false),
  field('sign', utf8(), false),
  field('spread', float32(), false),
  field('outside', float32(), false),
  field('nearest', int32(), false),
  field('nearest_id', utf8(), false),
  listField('latent'),
];

/** The stream with places in a New Reality instead of the vectors. */
export async function place(job: WorkerJob): Promise<void> {
  const directory = modelFlag(job);
  const index = join(directory, 'god.json');
  if (job.flags.sha256 !== undefined)
    await readChecked(job, (await isFile(index)) ? index : join(directory, 'model', 'god.json'));
  const god = await GOD.load(directory);
  const { modality } = job.flags;
  const known = god.modalities.map(({ name }) => name);
  if (typeof modality !== 'string') throw new UsageError(`name the modality: --modality ${known.join('|')}`);
  const fitted = god.modalities.find(({ name }) => name === modality);
  if (fitted === undefined)
    throw new DataError(`was fitted to ${known.join(', ')}, not to ${modality}`, { file: directory });
  const { signs, objects } = god;
  await vectorsThrough(job, fitted.pca.components.cols, FIELDS, async (X) => {
    const { latent, map, clusters, spread, outside, nearest } = await god.placeColumns(modality, X, {
      threads: job.threads,
    });
    return [
      map.data.filter((_, i) => i % 2 === 0),
      map.data.filter((_, i) => i % 2 === 1),
      clusters,
      Array.from(nearest, (row) => signs[row]),
      spread,
      outside,
      nearest,
      Array.from(nearest, (row) => objects[row].id),
      latent,
    ];
  });
}
