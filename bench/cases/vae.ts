import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VAE } from '../../src/index.ts';
import { factorRows } from '../data/planted.ts';
import { type BenchCase, ours, timed } from '../harness/case.ts';
import { pythonPeer } from '../harness/python.ts';
import { tfjsNodePeer, tfjsWasmPeer } from '../harness/tfjs.ts';

const HIDDEN = [256, 128];
const FIT = { latent: 42, beta: 1, warmup: 2, epochs: 5, batch: 256, validation: 0, patience: 0 };

export const cases: readonly BenchCase[] = [
  vaeCase(40_000, 100, { quick: true, headline: true }),
  vaeCase(20_000, 512, {}),
];

function vaeCase(rows: number, cols: number, settings: Pick<BenchCase, 'quick' | 'headline'>): BenchCase {
  return {
    ...settings,
    kernel: 'vae',
    title: `${FIT.epochs} epochs on ${rows} x ${cols}, ${cols}-256-128-${FIT.latent}, batch ${FIT.batch}`,
    bars: [
      { against: 'PyTorch', atLeast: 1.3 },
      { against: '@tensorflow/tfjs-backend-wasm', atLeast: 40 },
    ],
    contenders: async ({ threads, folder }) => {
      const X = factorRows(rows, cols);
      const data = join(folder, 'x.f32');
      writeFileSync(data, X.data);
      const spec = { input: cols, hidden: HIDDEN, latent: FIT.latent };
      const training = { ...FIT, learningRate: 1e-3, freeBits: 0, clipNorm: 0, seed: 0 };
      return [
        {
          name: ours,
          run: () =>
            timed(
              () => VAE.fit(X, { ...FIT, hidden: HIDDEN, threads }),
              ({ history }) => ({ trainingLoss: history[FIT.epochs - 1].training.loss }),
            ),
        },
        await pythonPeer('PyTorch', 'vae.py', { ...FIT, rows, cols, data, threads }),
        await tfjsNodePeer(X, spec, training),
        await tfjsWasmPeer(X, spec, training),
      ];
    },
  };
}
