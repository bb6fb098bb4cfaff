import type { Command } from 'commander';
import { readOptions, type VAEOptions } from '../../vae/options.ts';
import { VAE } from '../../vae/vae.ts';
import {
  choiceFlag,
  type FlagTable,
  inFlags,
  integerFlag,
  integersFlag,
  numberFlag,
  SEED_FLAG,
  THREADS_FLAG,
} from '../flags.ts';
import { readInput } from './input.ts';
import { type Done, type Job, kernelCommand, sharing } from './job.ts';
import { writeNamed, wrote } from './streams.ts';

type Options = Omit<VAEOptions, 'groups' | 'checkpoint' | 'transfer' | 'signal' | 'onProgress'>;

const TABLE: FlagTable<Options> = {
  latent: integerFlag('dimensions of the code (default: 42)'),
  hidden: integersFlag('widths of the hidden layers (default: 256,128)'),
  beta: numberFlag('weight of the divergence from the prior (default: 1)'),
  warmup: numberFlag('epochs over which that weight rises (default: 5)'),
  epochs: integerFlag('most epochs (default: 50)'),
  patience: integerFlag('epochs without improvement after which training stops; 0: never (default: 5)'),
  validation: numberFlag('share of the rows held out to judge epochs (default: 0.1)'),
  learningRate: numberFlag("size of the optimizer's steps (default: 0.001)"),
  batch: integerFlag('rows per step (default: 256)'),
  freeBits: numberFlag('nats per unit below which the divergence is not reduced (default: 0)'),
  clipNorm: numberFlag("largest norm of a step's gradient; 0: no limit (default: 0)"),
  engine: choiceFlag(['native', 'tfjs-node', 'auto'], 'what trains (default: native)'),
  seed: SEED_FLAG,
  threads: THREADS_FLAG,
};

/** The command `god vae`. */
export function vaeCommand(): Command {
  return kernelCommand<Options>({
    name: 'vae',
    summary: 'train a VAE and write codes',
    description: 'Train a variational autoencoder and write the code of every row',
    examples: [
      '  god vae vectors.npy -o codes.npy --latent 16 --save vae.safetensors',
      '  god apply vae.safetensors codes.npy --inverse -o decoded.npy',
    ].join('\n'),
    table: TABLE,
    saves: 'god apply and VAE.load',
    check: readOptions,
    work,
  });
}

async function work(job: Job<Partial<Options>>): Promise<Done> {
  const { reading, options, target, stage, note } = job;
  const X = await readInput(job);
  const vae = await stage('vae', (report) => VAE.fit(X, { ...options, onProgress: sharing(report) }));
  for (const warning of vae.warnings) note(inFlags(warning));
  const { threads, signal } = options;
  const output =
    target &&
    (await stage('encode', async () => {
      const { mean } = await vae.encode(X, { signal, ...(threads !== undefined && { threads }) });
      return writeNamed(target, reading, mean, X);
    }));
  const { training, validation } = vae.history[vae.bestEpoch];
  const summary = {
    rows: X.rows,
    cols: X.cols,
    latent: vae.spec.latent,
    epochs: vae.history.length,
    training,
    ...(validation && { validation }),
    warnings: vae.warnings,
    ...(output && { output: wrote(output, note) }),
  };
  return { summary, model: vae };
}
