import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Matrix, matrix, VAE } from '../../src/index.ts';
import { type BenchCase, ours, timed } from '../case.ts';
import { pythonPeer } from '../python.ts';
import { tfjsNodePeer, tfjsWasmPeer } from '../tfjs.ts';

const HIDDEN = [256, 128];
const FIT = { latent: 42, beta: 1, warmup: 2, epochs: 5, batch: 256, validation: 0, patience: 0 };

export const cases: readonly BenchCase[] = [vaeCase(40_000, 100, true), vaeCase(20_000, 512, false)];

function vaeCase(rows: number, cols: number, quick: boolean): BenchCase {
  return {
    kernel: 'vae',
    title: `${FIT.epochs} epochs on ${rows} x ${cols}, ${cols}-256-128-${FIT.latent}, batch ${FIT.batch}`,
    quick,
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

/** 20 hidden factors, variances 1.7 to 9, each spread over all columns by a rotation; no noise. */
function factorRows(rows: number, cols: number): Matrix {
  const factors = 20;
  const data = new Float32Array(rows * cols);
  const bell = bellCurve();
  // Cosines of different frequencies are orthogonal.
  const direction = Array.from({ length: factors * cols }, (_, at) => {
    const frequency = Math.floor(at / cols) + 1;
    return Math.sqrt(2 / cols) * Math.cos((Math.PI * frequency * ((at % cols) + 0.5)) / cols);
  });
  for (let i = 0; i < rows; i++) {
    for (let f = 0; f < factors; f++) {
      const factor = Math.sqrt(1.7 + (7.3 * f) / (factors - 1)) * bell();
      for (let j = 0; j < cols; j++) data[i * cols + j] += factor * direction[f * cols + j];
    }
  }
  return matrix(data, rows, cols);
}

/** Nearly normal numbers: sums of 12 uniform ones. */
function bellCurve(): () => number {
  let state = 1;
  return () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      sum += state / 2 ** 32;
    }
    return sum;
  };
}
