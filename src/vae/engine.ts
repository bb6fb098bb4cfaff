import { MissingDependencyError } from '../errors.ts';
import { importAtRunTime } from '../runtime.ts';
import type { Engine, EngineChoice, Trainer } from './options.ts';
import type { Tfjs } from './tfjs/model.ts';
import { tfjsTrainer } from './tfjs/train.ts';
import { trainNative } from './train-native.ts';

const PACKAGE = '@tensorflow/tfjs-node';
const BACKEND = 'tensorflow';

/**
 * The requested trainer. 'auto' is tfjs-node if it is installed and computes correctly, else the native one.
 *
 * @throws MissingDependencyError when tfjs-node is requested and cannot be used; its cause says why.
 */
export async function chooseEngine(choice: EngineChoice): Promise<{ engine: Engine; trainer: Trainer }> {
  if (choice === 'native') return { engine: 'native', trainer: trainNative };
  try {
    return { engine: 'tfjs-node', trainer: tfjsTrainer(await loadTfjsNode()) };
  } catch (cause) {
    if (choice === 'auto') return { engine: 'native', trainer: trainNative };
    throw new MissingDependencyError([PACKAGE], "Training with `engine: 'tfjs-node'`", { cause });
  }
}

let loading: Promise<Tfjs> | undefined;

/** Fails with the package's own error: if it was installed without its scripts, it has no binary to load. */
function loadTfjsNode(): Promise<Tfjs> {
  loading ??= importTested();
  return loading;
}

async function importTested(): Promise<Tfjs> {
  const module = (await importAtRunTime(PACKAGE)) as { default?: Tfjs } & Tfjs;
  const tf = module.default ?? module;
  // All builds of TensorFlow.js in a process share one engine, and another build could have switched it.
  if (!(await tf.setBackend(BACKEND))) throw new Error(`${PACKAGE} has no working backend`);
  const product = tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0]);
  if (product !== 11) throw new Error(`${PACKAGE} computes 1 * 3 + 2 * 4 = ${product}`);
  return tf;
}
