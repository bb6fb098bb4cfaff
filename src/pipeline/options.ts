import { types } from 'node:util';
import { describe } from '../errors.ts';
import { type CommonOptions, OptionReader } from '../options.ts';
import type { OnProgress } from '../progress.ts';
import { readHidden } from '../vae/options.ts';
import type { StageListener } from './stages/stage.ts';

/** How the New Reality is drawn from the latent space. */
export type Sampling = 'mean' | 'posterior' | 'prior';

/** The space of the clusters that figures and signs show. */
export type ClusterSpace = 'map' | 'latent';

/** Options of GOD.fit. The defaults are the paper's numbers, or those with the best quality on real corpora. */
export interface GODOptions extends CommonOptions {
  /** Most rows gathered from each modality; 0 for all that the memory can hold, or a RangeError before anything is read. Default 25,000. */
  perModality?: number;
  /** Gather the first rows of each modality instead of a random sample. Default false. */
  perModalityFirst?: boolean;
  /** Common dimension to which PCA brings every modality. Default 100, or the smallest dimension of the modalities. */
  components?: number;
  /** Latent dimensions of the VAE, 1 to 4096. Default 42. */
  latent?: number;
  /** Weight of the KL term in the VAE's loss, after the warm-up. Default 0.1. */
  beta?: number;
  /** Widths of the VAE's hidden layers, each 1 to 65,536. Default [256, 128]. */
  hidden?: readonly number[];
  /** Step size of the VAE's training, (0, 1]. Default 1e-3. */
  learningRate?: number;
  /** Rows per step of the VAE's training, 1 to 65,536. Default 256. */
  batch?: number;
  /** Epochs over which the weight of the KL term rises to `beta`. Default 3. */
  warmup?: number;
  /** Most epochs of the VAE's training. Default 30. */
  epochs?: number;
  /** Epochs without improvement after which training stops. Default 5. */
  patience?: number;
  /**
   * Rows of the New Reality, at least 2; fewer if the modalities have fewer and it is not drawn from the prior. Default 7183.
   */
  samples?: number;
  /** Posterior means of objects (default), draws from their posteriors, or draws from the prior, which belong to no object. */
  sampling?: Sampling;
  /** Perplexity of t-SNE, at most a third of the rows of the New Reality. Default 30, or that third if it is less. */
  perplexity?: number;
  /** Accuracy of t-SNE's repulsive forces, in [0, 1]: smaller is more accurate and slower. Default 0.5. */
  theta?: number;
  /** Iterations of t-SNE. Default 750. */
  iterations?: number;
  /** Number of clusters, at most the rows of the New Reality. Default 12, or fewer for fewer rows. */
  clusters?: number;
  /** Default 'map': the paper's distinct clusters; 'latent': Ward in the latent dimensions. */
  clusterSpace?: ClusterSpace;
  /**
   * Keep small pictures of the objects for the page, if their source has pictures: about a kilobyte for each, of at most 10,000
   * objects. Default false.
   */
  thumbnails?: boolean;
  /**
   * For each modality named here, what `toBytes` of a PCA accumulator gave: its PCA is that of the accumulator's rows, of which
   * the gathered rows can be a sample. For corpora whose rows were summed up on many machines.
   */
  moments?: Readonly<Record<string, Uint8Array>>;
  /** Called as each stage starts, progresses and ends. An error that it throws ends the run. */
  listener?: StageListener;
  /** Called with the progress of the whole run; phases are the stages. An error that it throws ends the run. */
  onProgress?: OnProgress;
}

/** GODOptions with all defaults filled in. 0 in `components`, `perplexity` or `clusters` leaves them to the data. */
export interface Settings {
  readonly seed: number;
  readonly perModality: number;
  readonly perModalityFirst: boolean;
  readonly components: number;
  readonly latent: number;
  readonly hidden: readonly number[];
  readonly beta: number;
  readonly warmup: number;
  readonly epochs: number;
  readonly patience: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly samples: number;
  readonly sampling: Sampling;
  readonly perplexity: number;
  readonly theta: number;
  readonly iterations: number;
  readonly clusters: number;
  readonly clusterSpace: ClusterSpace;
  readonly thumbnails: boolean;
}

/** Options that decide how a run is done but not its results. */
export interface Execution {
  /** 0: all processors. */
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
}

const NAMES: readonly (keyof GODOptions)[] = [
  'seed',
  'perModality',
  'perModalityFirst',
  'components',
  'latent',
  'hidden',
  'beta',
  'warmup',
  'epochs',
  'patience',
  'learningRate',
  'batch',
  'samples',
  'sampling',
  'perplexity',
  'theta',
  'iterations',
  'clusters',
  'clusterSpace',
  'thumbnails',
  'moments',
  'threads',
  'signal',
  'listener',
  'onProgress',
];

/** @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range. */
export function readOptions(options: GODOptions): {
  settings: Settings;
  execution: Execution;
  watch: Watch;
  moments: ReadonlyMap<string, Uint8Array>;
} {
  const read = new OptionReader(options, NAMES);
  return {
    watch: { listener: readListener(read.raw('listener')), onProgress: read.callback('onProgress') },
    settings: {
      seed: read.seed(),
      perModality: read.integer('perModality', 25_000, { min: 0, max: 100_000_000 }),
      perModalityFirst: read.boolean('perModalityFirst', false),
      components: read.integer('components', 0, { min: 1, max: 100_000 }),
      latent: read.integer('latent', 42, { min: 1, max: 4096 }),
      hidden: readHidden(read.raw('hidden')),
      beta: read.number('beta', 0.1, { min: 0, max: 1000 }),
      warmup: read.integer('warmup', 3, { min: 0, max: 100_000 }),
      epochs: read.integer('epochs', 30, { min: 1, max: 100_000 }),
      patience: read.integer('patience', 5, { min: 1, max: 100_000 }),
      learningRate: read.number('learningRate', 1e-3, { min: 0, exclusiveMin: true, max: 1 }),
      batch: read.integer('batch', 256, { min: 1, max: 65_536 }),
      samples: read.integer('samples', 7183, { min: 2, max: 10_000_000 }),
      sampling: read.oneOf('sampling', 'mean', ['mean', 'posterior', 'prior']),
      perplexity: read.number('perplexity', 0, { min: 0, exclusiveMin: true, max: 1e7 }),
      theta: read.number('theta', 0.5, { min: 0, max: 1 }),
      iterations: read.integer('iterations', 750, { min: 1, max: 1_000_000 }),
      clusters: read.integer('clusters', 0, { min: 1, max: 10_000_000 }),
      clusterSpace: read.oneOf('clusterSpace', 'map', ['map', 'latent']),
      thumbnails: read.boolean('thumbnails', false),
    },
    execution: { threads: read.threads(), signal: read.signal() },
    moments: readMoments(read.raw('moments')),
  };
}

function readMoments(value: unknown): ReadonlyMap<string, Uint8Array> {
  if (value === undefined) return new Map();
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`Expected \`moments\` to be an object but received ${describe(value)}`);
  return new Map(
    Object.entries(value).map(([modality, bytes]) => {
      if (types.isUint8Array(bytes)) return [modality, bytes];
      throw new TypeError(
        `Expected \`moments.${modality}\` to be a Uint8Array but received ${describe(bytes)}`,
      );
    }),
  );
}

/** The listeners of a run. */
export interface Watch {
  readonly listener: StageListener;
  readonly onProgress: OnProgress | undefined;
}

function readListener(value: unknown): StageListener {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`Expected \`listener\` to be an object but received ${describe(value)}`);
  }
  for (const name of ['started', 'progressed', 'finished']) {
    const method: unknown = Reflect.get(value, name);
    if (method !== undefined && typeof method !== 'function') {
      throw new TypeError(`Expected \`listener.${name}\` to be a function but received ${describe(method)}`);
    }
  }
  return value;
}

/** The execution as options of an estimator: absent rather than 0 if it is left to the estimator. */
export function executionOptions({ threads, signal }: Execution): { threads?: number; signal?: AbortSignal } {
  return { ...(threads > 0 && { threads }), ...(signal && { signal }) };
}
