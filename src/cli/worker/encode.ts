import { DataError } from '../../errors.ts';
import { listColumn } from '../../formats/arrow/stream-write.ts';
import { columnIndex } from '../../formats/arrow/types.ts';
import type { ImageNetwork } from '../../sources/image-network.ts';
import { VAE } from '../../vae/vae.ts';
import { UsageError } from '../failure.ts';
import type { WorkerJob } from './job.ts';
import { readChecked, readModel } from './model.ts';
import { through, vectorsThrough } from './through.ts';
import { listField } from './transform.ts';

/** The stream with `code` in the place of the vectors, by a VAE; or `vector` in the place of pictures, by a network. */
export async function encode(job: WorkerJob): Promise<void> {
  if (job.flags.network !== undefined) return encodePictures(job, String(job.flags.network));
  const vae = VAE.fromState(await readModel(job, 'VAE'));
  const { threads } = job;
  await vectorsThrough(job, vae.spec.input, [listField('code')], async (X) => [
    (await vae.encode(X, { threads, transfer: true })).mean,
  ]);
}

/** Pictures that go through the network at once. */
const PICTURES = 32;

async function encodePictures(job: WorkerJob, file: string): Promise<void> {
  if (job.flags.model !== undefined) throw new UsageError('--model and --network exclude each other');
  const { column = 'image', layer } = job.flags;
  const { openImageNetwork } = await import('../../sources/image-network.ts');
  await readChecked(job, file);
  const output = typeof layer === 'string' ? layer : undefined;
  const network = await openImageNetwork(file, { output, threads: job.threads });
  try {
    await picturesThrough(job, network, String(column));
  } finally {
    await network.close();
  }
}

async function picturesThrough(job: WorkerJob, network: ImageNetwork, column: string): Promise<void> {
  const stream = job.open();
  const index = columnIndex(stream.schema, column);
  let before = 0;
  await through(job, stream, {
    column: index,
    fields: [listField('vector')],
    columns: async (batch) => {
      const vectors: Float32Array[] = [];
      const pictures = batch.binaries(index);
      for (let begin = 0; begin < pictures.length; begin += PICTURES) {
        const prepared = await Promise.all(pictures.slice(begin, begin + PICTURES).map(network.prepare));
        const bad = prepared.indexOf(undefined);
        if (bad !== -1)
          throw new DataError(
            `row ${before + begin + bad}: \`${column}\` is not a picture that can be decoded`,
          );
        vectors.push(...(await network.run(prepared.filter((picture) => picture !== undefined))));
      }
      before += batch.rows;
      const cols = vectors[0]?.length ?? 0;
      const data = new Float32Array(vectors.length * cols);
      vectors.forEach((vector, row) => {
        data.set(vector, row * cols);
      });
      return [listColumn(data, vectors.length, cols)];
    },
  });
}
