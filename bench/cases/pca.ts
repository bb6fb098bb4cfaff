import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Matrix, matrix, PCA } from '../../src/index.ts';
import { correlatedRows } from '../data/correlated.ts';
import { fileBuffer } from '../data/files.ts';
import { type BenchCase, npmPeer, ours, timed } from '../harness/case.ts';
import { pythonPeer } from '../harness/python.ts';

const COMPONENTS = 100;

setFlagsFromString('--expose-gc');
/** Milliseconds after which the threads that sweep up behind the collector have done. */
const SWEEPING = 100;
const collectGarbage = runInNewContext('gc') as () => void;

export const cases: readonly BenchCase[] = [
  pcaCase(20_000, 512, { quick: true, headline: true }),
  pcaCase(100_000, 128, { quick: true }),
  pcaCase(100_000, 512, {}),
  pcaCase(1_000_000, 128, { headline: true, numpy: 1.5 }),
];

function pcaCase(
  rows: number,
  cols: number,
  { numpy = 1.2, ...settings }: Pick<BenchCase, 'quick' | 'headline'> & { numpy?: number },
): BenchCase {
  return {
    ...settings,
    kernel: 'pca',
    title: `fit and project ${rows} x ${cols} to ${COMPONENTS} components`,
    bars: [
      { against: 'numpy', atLeast: numpy },
      { against: 'scikit-learn', atLeast: 5 },
      { against: 'ml-pca', atLeast: 100 },
    ],
    contenders: async ({ threads, folder }) => {
      const X = correlatedRows(rows, cols);
      const data = join(folder, 'x.f32');
      writeFileSync(data, X.data);
      const reference = join(folder, 'variances.f64');
      const settings = { rows, cols, components: COMPONENTS, data, reference };
      const own = (name: string, transfer: boolean) => ({
        name,
        run: async () => {
          const given = transfer ? matrix(X.data.slice(), rows, cols) : X;
          // Python frees what a run leaves behind at its end; here it would be collected in the next run's time.
          collectGarbage();
          await setTimeout(SWEEPING);
          return timed(
            () => PCA.fitTransform(given, { components: COMPONENTS, threads, transfer }),
            ({ model }) => varianceError(model.explainedVariance, reference),
          );
        },
      });
      return [
        // Moved, not copied: the peers read the caller's memory too. The copy for the next run is not timed.
        own(ours, true),
        own(`${ours}, X copied on entry`, false),
        await pythonPeer('numpy, float32 covariance + eigh', 'pca.py', { ...settings, method: 'numpy' }),
        await pythonPeer('scikit-learn, full', 'pca.py', { ...settings, method: 'full' }),
        await mlPca(X),
      ];
    },
  };
}

/** Against the float64 reference that bench/python/pca.py wrote, when there is a Python. */
function varianceError(variances: Float64Array, reference: string): Record<string, number> {
  if (!existsSync(reference)) return {};
  const expected = new Float64Array(fileBuffer(reference));
  const errors = Array.from(expected, (value, i) => Math.abs(variances[i] / value - 1));
  return { varianceError: Math.max(...errors) };
}

async function mlPca(X: Matrix) {
  const name = 'ml-pca';
  if (X.data.length > 13_000_000) return { name, absent: 'takes many minutes at this size' };
  return npmPeer(name, (module) => {
    const MlPca = module.PCA as new (
      rows: ArrayLike<number>[],
    ) => { predict(rows: ArrayLike<number>[], options: object): unknown };
    const rows = Array.from({ length: X.rows }, (_, i) =>
      Array.from(X.data.subarray(i * X.cols, (i + 1) * X.cols)),
    );
    return {
      slow: true,
      run: () => timed(() => new MlPca(rows).predict(rows, { nComponents: COMPONENTS })),
    };
  });
}
