import type { GODOptions } from '../pipeline/options.ts';
import {
  choiceFlag,
  type FlagTable,
  grouped,
  integerFlag,
  integersFlag,
  numberFlag,
  SEED_FLAG,
  switchFlag,
  THREADS_FLAG,
} from './flags.ts';

/** Options of GOD.fit that a command line can give: all but functions, the signal, and moments, which are files. */
export type RunOptions = Omit<GODOptions, 'signal' | 'listener' | 'onProgress' | 'moments'>;

/** Flags of `god run`: all options of GOD.fit, in the order of the stages. */
export const RUN_FLAGS: FlagTable<RunOptions> = {
  ...grouped('Rows and the New Reality:', {
    perModality: integerFlag('most rows taken from each modality; 0 for all (default: 25000)'),
    perModalityFirst: switchFlag('take the first rows of each modality instead of a random sample'),
    components: integerFlag('common dimension after PCA (default: 100, or the smallest)'),
    samples: integerFlag('rows of the New Reality (default: 7183)'),
    sampling: choiceFlag(
      ['mean', 'posterior', 'prior'],
      'posterior means, or draws from posterior or prior (default: mean)',
    ),
  }),
  ...grouped('VAE:', {
    latent: integerFlag('latent dimensions (default: 42)'),
    hidden: integersFlag('widths of the hidden layers (default: 256,128)'),
    beta: numberFlag("weight of the loss's KL term after the warm-up (default: 0.1)"),
    warmup: integerFlag('epochs over which that weight rises (default: 3)'),
    epochs: integerFlag('most epochs (default: 30)'),
    patience: integerFlag('epochs without improvement after which training stops (default: 5)'),
    learningRate: numberFlag("size of the optimizer's steps (default: 0.001)"),
    batch: integerFlag('rows per step (default: 256)'),
  }),
  ...grouped('Map and clusters:', {
    perplexity: numberFlag('perplexity of t-SNE (default: 30, or a third of the rows)'),
    iterations: integerFlag('iterations of t-SNE (default: 750)'),
    theta: numberFlag('accuracy of t-SNE, 0 to 1; smaller is more accurate and slower (default: 0.5)'),
    clusters: integerFlag('number of clusters (default: 12)'),
    clusterSpace: choiceFlag(['map', 'latent'], 'clusters that figures and signs show (default: map)'),
  }),
  ...grouped('Page:', {
    thumbnails: switchFlag('put small pictures of images into the page, about a kilobyte for each'),
  }),
  seed: SEED_FLAG,
  threads: THREADS_FLAG,
};
