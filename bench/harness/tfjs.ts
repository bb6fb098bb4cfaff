import type { Matrix } from '../../src/matrix.ts';
import { chooseEngine } from '../../src/vae/engine.ts';
import type { Trainer } from '../../src/vae/options.ts';
import type { Tfjs } from '../../src/vae/tfjs/model.ts';
import { tfjsTrainer } from '../../src/vae/tfjs/train.ts';
import { type Absent, type Contender, npmPeer, timed } from './case.ts';

type Work = Parameters<Trainer>;
type Spec = Work[1];
type Training = Work[2];

const CONTROL = { groups: undefined, threads: 1, signal: undefined, onEpoch: undefined };

/** Training on @tensorflow/tfjs-node, which is found beside this package (CONTRIBUTING.md says how to get it). */
export async function tfjsNodePeer(X: Matrix, spec: Spec, training: Training): Promise<Contender | Absent> {
  const name = '@tensorflow/tfjs-node';
  await quietTfjs();
  try {
    const { trainer } = await chooseEngine('tfjs-node');
    return { name, from: 'npm', slow: true, ...runs('tensorflow', trainer, X, spec, training) };
  } catch {
    return { name, from: 'npm', absent: 'not installed, or without its binary: see CONTRIBUTING.md' };
  }
}

/** Training on TensorFlow.js compiled to WebAssembly. */
export async function tfjsWasmPeer(X: Matrix, spec: Spec, training: Training): Promise<Contender | Absent> {
  const tf = await quietTfjs();
  return npmPeer('@tensorflow/tfjs-backend-wasm', () => ({
    slow: true,
    ...runs('wasm', tfjsTrainer(tf), X, spec, training),
  }));
}

/** TensorFlow.js without warnings: each build that loads after another one warns of hundreds of kernels that are there already. */
async function quietTfjs(): Promise<Tfjs> {
  const tf = await import('@tensorflow/tfjs');
  tf.enableProdMode();
  return tf as unknown as Tfjs;
}

/** All builds of TensorFlow.js in a process share one engine: each run chooses its backend. */
function runs(backend: string, trainer: Trainer, X: Matrix, spec: Spec, training: Training) {
  return {
    run: async () => {
      const tf = await import('@tensorflow/tfjs');
      if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend}`);
      return timed(
        () => trainer(X, spec, training, undefined, CONTROL),
        ({ history }) => ({ trainingLoss: history[training.epochs - 1].training.loss }),
      );
    },
  };
}
