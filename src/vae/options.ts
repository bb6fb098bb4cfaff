import { types } from 'node:util';
import { aboutOption, describe } from '../errors.ts';
import type { Groups } from '../groups.ts';
import type { Matrix } from '../matrix.ts';
import { type CommonOptions, checkInteger, OptionReader } from '../options.ts';
import type { Progress } from '../progress.ts';
import type { VAEEpoch, VAEQuality } from './quality.ts';
import { parameterCount, type VAESpec } from './spec.ts';

/** What trained a model. */
export type Engine = 'native' | 'tfjs-node';
export type EngineChoice = Engine | 'auto';

/** What {@link VAEOptions.onProgress} receives. The figures are those of the last finished epoch, NaN before the first one. */
export interface VAEProgress extends Progress, VAEQuality {
  /** Finished epochs. */
  readonly epoch: number;
  /** Epochs that the fit has at most. */
  readonly epochs: number;
}

/** Options of `VAE.fit`. */
export interface VAEOptions extends CommonOptions {
  /** Dimensions of the code, 1 to 4096. Default 42. */
  latent?: number;
  /** Widths of the encoder's hidden layers, each 1 to 65,536; the decoder has them reversed. Default [256, 128]. */
  hidden?: readonly number[];
  /**
   * Weight of the divergence from the prior, >= 0. 1 (default) is the evidence lower bound for noise of variance 1 per
   * column: columns that vary less count as noise. Smaller values keep more detail.
   */
  beta?: number;
  /**
   * Epochs (fractions are allowed) over which beta grows from 0 to its value. Default 5. Without a warm-up units tend to
   * collapse onto the prior before the decoder has learned to use them (Sønderby et al., NeurIPS 2016).
   */
  warmup?: number;
  /** Most passes over the training rows, 1 to 1e6. Default 50. */
  epochs?: number;
  /**
   * Training stops after this many epochs without a better validation loss; 0: never. Only epochs after the warm-up are judged.
   * The weights of the best epoch are always kept. Default 5.
   */
  patience?: number;
  /** Share of the rows, [0, .9], held out to judge epochs. With 0, the training loss decides. Default .1. */
  validation?: number;
  /** Adam's step size, (0, 1]. Default 1e-3. */
  learningRate?: number;
  /** Rows per step, 1 to 65,536. Default 256. */
  batch?: number;
  /**
   * Nats per row and unit below which the divergence is not reduced further (Kingma et al., NeurIPS 2016). Default 0. Keeps
   * units from collapsing, but also keeps useless units alive.
   */
  freeBits?: number;
  /** Largest Euclidean norm of a step's gradient; longer gradients are scaled down to it. 0 (default): no limit. */
  clipNorm?: number;
  /**
   * What trains: 'native' (default; off the event loop, reproducible to the bit), 'tfjs-node' (TensorFlow by the package
   * @tensorflow/tfjs-node, which you install yourself; on the event loop's thread), or 'auto': tfjs-node if it is installed and
   * works, else native. `vae.engine` says which was used.
   */
  engine?: EngineChoice;
  /**
   * For each row, the label of its group: the history then also shows the held-out rows of each group. Changes nothing else.
   */
  groups?: ArrayLike<string | number>;
  /**
   * Result of an earlier fit of the same data with the same options (`epochs` and `patience` may differ) from which to
   * continue.
   */
  checkpoint?: VAECheckpoint;
  /** Move the buffer of `X` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
  /** Called with progress, in the phase 'train', and after every epoch with its figures. */
  onProgress?: (progress: VAEProgress) => void;
}

/** Options of a fit with all defaults filled in. A checkpoint and the fit that resumes it must agree in these. */
export interface TrainingOptions {
  readonly beta: number;
  readonly warmup: number;
  readonly validation: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly freeBits: number;
  readonly clipNorm: number;
  readonly seed: number;
}

/** How long to train. A fit that resumes a checkpoint can change these. */
export interface TrainingLength {
  readonly epochs: number;
  readonly patience: number;
}

/** The state that training changes. Equal states and options lead to equal results. */
export interface TrainingState {
  readonly parameters: Float32Array;
  /** Adam's moving averages of the gradient and of its square. */
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Parameters after the best judged epoch. */
  readonly best: Float32Array;
  readonly history: readonly VAEEpoch[];
}

/** A training that can be resumed: see {@link VAEOptions.checkpoint}. */
export interface VAECheckpoint extends TrainingState {
  readonly spec: VAESpec;
  readonly training: TrainingOptions;
  /** Rows of the fitted data. */
  readonly rows: number;
  /** Mean of each of its columns. */
  readonly offset: Float64Array;
}

export interface TrainerControl {
  readonly groups: Groups | undefined;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
  /** Called with the number of a finished epoch, from 0. */
  readonly onEpoch: ((epoch: number, figures: VAEEpoch) => void) | undefined;
  /** Called within epochs with the number of finished epochs and the share of the current one. */
  readonly onRows?: ((epochs: number) => void) | undefined;
}

/** Trains on centered rows from `start` (or from the beginning), and gives the new state; `start` is not modified. */
export type Trainer = (
  X: Matrix,
  spec: VAESpec,
  training: TrainingOptions & TrainingLength,
  start: TrainingState | undefined,
  control: TrainerControl,
) => Promise<TrainingState>;

const NAMES = [
  'latent',
  'hidden',
  'beta',
  'warmup',
  'epochs',
  'patience',
  'validation',
  'learningRate',
  'batch',
  'freeBits',
  'clipNorm',
  'engine',
  'groups',
  'checkpoint',
  'transfer',
  'seed',
  'threads',
  'signal',
  'onProgress',
] as const;

/** @throws TypeError or RangeError naming the option that is wrong. */
export function readOptions(options: VAEOptions) {
  const read = new OptionReader(options, NAMES);
  return {
    latent: read.integer('latent', 42, { min: 1, max: 4096 }),
    hidden: readHidden(read.raw('hidden')),
    training: {
      beta: read.number('beta', 1, { min: 0, max: 1e6 }),
      warmup: read.number('warmup', 5, { min: 0, max: 1e6 }),
      validation: read.number('validation', 0.1, { min: 0, max: 0.9 }),
      learningRate: read.number('learningRate', 1e-3, { min: 0, exclusiveMin: true, max: 1 }),
      batch: read.integer('batch', 256, { min: 1, max: 65_536 }),
      freeBits: read.number('freeBits', 0, { min: 0, max: 1e6 }),
      clipNorm: read.number('clipNorm', 0, { min: 0, max: 1e30 }),
      seed: read.seed(),
    },
    length: {
      epochs: read.integer('epochs', 50, { min: 1, max: 1_000_000 }),
      patience: read.integer('patience', 5, { min: 0, max: 1_000_000 }),
    },
    engine: read.oneOf('engine', 'native', ['native', 'tfjs-node', 'auto']),
    groups: read.raw('groups'),
    checkpoint: read.raw('checkpoint') as VAECheckpoint | undefined,
    transfer: read.boolean('transfer', false),
    threads: read.threads(),
    signal: read.signal(),
    onProgress: read.callback('onProgress'),
  };
}

/** Widths of hidden layers. @throws TypeError or RangeError about the option `hidden`. */
export function readHidden(value: unknown): number[] {
  if (value === undefined) return [256, 128];
  if (!Array.isArray(value)) {
    throw aboutOption(
      new TypeError(`Expected \`hidden\` to be an array of widths but received ${describe(value)}`),
      'hidden',
    );
  }
  return value.map((width, i) => checkInteger(`hidden[${i}]`, width, { min: 1, max: 65_536 }));
}

/** @throws TypeError or RangeError when `checkpoint` is not a checkpoint or belongs to another fit. */
export function checkCheckpoint(
  checkpoint: VAECheckpoint,
  fit: { spec: VAESpec; training: TrainingOptions; rows: number },
): void {
  const { spec, training } = checkpoint ?? {};
  if (!Array.isArray(checkpoint?.history) || spec === undefined || training === undefined) {
    throw new TypeError(
      `Expected \`checkpoint\` to be that of a fitted VAE but received ${describe(checkpoint)}`,
    );
  }
  const before = { rows: checkpoint.rows, ...spec, hidden: spec.hidden.join('-'), ...training };
  const now = { rows: fit.rows, ...fit.spec, hidden: fit.spec.hidden.join('-'), ...fit.training };
  for (const name of Object.keys(now) as (keyof typeof now)[]) {
    if (before[name] !== now[name]) {
      throw new RangeError(
        `Expected \`${name}\` to be ${before[name]}, as in the checkpoint, but received ${now[name]}`,
      );
    }
  }
  const count = parameterCount(spec);
  for (const name of ['parameters', 'firstMoment', 'secondMoment', 'best'] as const) {
    const array: unknown = checkpoint[name];
    if (!types.isFloat32Array(array) || array.length !== count) {
      throw new TypeError(`Expected \`checkpoint.${name}\` to be a Float32Array of ${count} values`);
    }
  }
  const offset: unknown = checkpoint.offset;
  if (!types.isFloat64Array(offset) || offset.length !== spec.input) {
    throw new TypeError(`Expected \`checkpoint.offset\` to be a Float64Array of ${spec.input} values`);
  }
}
