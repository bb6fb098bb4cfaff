import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embedImages } from '../../src/index.ts';
import { readMatrix } from '../../src/matrix-files/index.ts';
import { resnet18 } from '../../test/support/resnet18.ts';
import { writePhotos } from '../data/pictures.ts';
import { type BenchCase, ours, type Quality, timed } from '../harness/case.ts';
import { pythonPeer } from '../harness/python.ts';

const COUNT = 500;

/** Whether the vectors are the same: those of a peer as norms of all and of the first. */
const agrees = (own: Quality, peer: Quality) =>
  ['norm', 'firstNorm'].every((name) => Math.abs(own[name] / peer[name] - 1) < 1e-5);

function norm(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * From JPEG files to vectors. Ours writes them to a file, and includes listing the files and loading the network; the peers have loaded it
 * before, and keep the vectors in memory.
 */
export const cases: readonly BenchCase[] = [
  {
    kernel: 'images',
    title: `${COUNT} photos of 500 x 375 through ResNet-18`,
    bars: [
      { against: 'torchvision', atLeast: 1.2, qualifies: agrees },
      { against: 'the same, decoding', atLeast: 1, qualifies: agrees },
    ],
    contenders: async ({ threads, folder }) => {
      const photos = join(folder, 'photos');
      const network = join(folder, 'resnet18.onnx');
      const out = join(folder, 'vectors.npy');
      await writePhotos(photos, COUNT);
      writeFileSync(network, resnet18());
      const settings = { photos, network, layer: 'features', threads };
      return [
        {
          name: ours,
          run: async () => {
            const measured = await timed(() => embedImages(photos, out, { model: network, threads }));
            const { data, rows, cols } = await readMatrix(out, { type: 'float32' });
            const quality = {
              rows,
              norm: norm(data),
              firstNorm: norm(data.subarray(0, cols)),
              imagesPerSecond: rows / measured.seconds,
            };
            return { ...measured, quality };
          },
        },
        await pythonPeer('torchvision', 'images.py', { ...settings, ahead: 0 }),
        await pythonPeer('the same, decoding', 'images.py', { ...settings, ahead: 1 }),
      ];
    },
  },
];
