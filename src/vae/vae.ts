import { fromOffset, withOffset } from '../column-offset.ts';
import { numberGroups } from '../groups.ts';
import { type Matrix, type MatrixLike, zeros } from '../matrix.ts';
import { Model } from '../models/model.ts';
import type { ModelState } from '../models/model-state.ts';
import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import {
  type CommonOptions,
  checkInteger,
  OptionReader,
  ROWS_OPTIONS,
  type RowsOptions,
  readRows,
} from '../options.ts';
import { ownedMatrix } from '../owned-matrix.ts';
import { noise } from './draws.ts';
import { chooseEngine } from './engine.ts';
import {
  checkCheckpoint,
  type Engine,
  readOptions,
  type TrainingLength,
  type TrainingOptions,
  type VAECheckpoint,
  type VAEOptions,
} from './options.ts';
import { TrainingProgress } from './progress.ts';
import {
  bestEpoch,
  groupsFrom,
  QUALITY_SIZE,
  qualityFrom,
  qualityWarnings,
  type VAEEpoch,
  type VAEGroupQuality,
  type VAEQuality,
} from './quality.ts';
import { parameterCount, type VAESpec } from './spec.ts';
import { modelFromState, modelState, type VAEModel } from './state.ts';

/** Options of {@link VAE.evaluate}. */
export interface VAEEvaluateOptions extends RowsOptions {
  /** For each row, the label of its group: the result then has the quality of each group too. */
  groups?: ArrayLike<string | number>;
}

/** What {@link VAE.evaluate} gives: the quality on all rows, and on each group in order of first appearance. */
export interface VAEEvaluation extends VAEQuality {
  readonly rows: number;
  readonly groups: readonly (VAEGroupQuality & { readonly rows: number })[];
}

/** Gaussian posteriors of rows: rows x latent each. */
export interface VAEPosterior {
  readonly mean: Matrix;
  /** Natural logarithm of each unit's variance. */
  readonly logVariance: Matrix;
}

/**
 * Variational autoencoder with Gaussian code and reconstruction (Kingma and Welling, "Auto-encoding variational Bayes",
 * ICLR 2014): multilayer perceptrons with ReLU, trained by Adam with a warm-up of beta (Sønderby et al. 2016; Higgins
 * et al. 2017). Its loss per row is half the squared error, summed over columns, plus beta times the divergence of the
 * posterior from the standard normal prior, in nats; so scale the columns such that a variance of 1 is small but matters. The
 * means of the columns do not matter: see {@link VAE.offset}. Immutable: made by {@link VAE.fit}.
 *
 * @example
 * const vae = await VAE.fit(X, { latent: 2, hidden: [16], epochs: 20, seed: 7 });
 * const { mean } = await vae.encode(X); // rows x 2
 * const Y = await vae.decode(mean); // rows x cols
 */
export class VAE extends Model {
  readonly spec: VAESpec;
  /** The options that shaped the fit, defaults filled in. */
  readonly training: TrainingOptions & TrainingLength;
  /** Number of rows that were fitted, held-out ones included. */
  readonly rows: number;
  /** Mean of each column of the fitted rows: it is subtracted from rows before encoding and added after decoding. */
  readonly offset: Float64Array;
  /** What trained the model. */
  readonly engine: Engine;
  /** Figures of each epoch that ran. */
  readonly history: readonly VAEEpoch[];
  /** Warnings about a fit that did not go well, and what to change; usually empty. */
  readonly warnings: readonly string[];
  /** Lets a later fit continue as if this one had never ended; absent in a model from a state. */
  readonly checkpoint: VAECheckpoint | undefined;
  readonly #parameters: Float32Array;
  readonly #hidden: Uint32Array;
  readonly #shift: Float64Array | undefined;

  private constructor(model: VAEModel, checkpoint?: VAECheckpoint) {
    super();
    this.spec = model.spec;
    this.training = model.training;
    this.rows = model.rows;
    this.offset = model.offset;
    this.#shift = model.shift;
    this.engine = model.engine;
    this.history = model.history;
    this.#parameters = model.parameters;
    this.#hidden = Uint32Array.from(model.spec.hidden);
    this.checkpoint = checkpoint;
    this.warnings = qualityWarnings(this.history[this.bestEpoch], {
      latent: this.spec.latent,
      warmup: this.training.warmup,
      epochs: this.history.length,
    });
  }

  /** Index in {@link history} of the epoch whose weights the model has. */
  get bestEpoch(): number {
    const best = bestEpoch(this.history, this.training.warmup);
    return best < 0 ? this.history.length - 1 : best;
  }

  /**
   * Fits a model to the rows of `X` (rows x cols, at least one of each). With the native engine the same seed gives the same bits
   * for any number of threads.
   *
   * @throws RangeError for options out of range, for values that are not finite and for a checkpoint of another fit;
   *   TypeError for arguments of the wrong kind;
   *   MissingDependencyError when `engine` cannot be loaded; Error when the loss stops being finite, because values are too
   *   large for float32 or the learning rate is too large.
   */
  static async fit(X: MatrixLike, options: VAEOptions = {}): Promise<VAE> {
    const { latent, hidden, training, length, checkpoint, transfer, threads, signal, onProgress, ...rest } =
      readOptions(options);
    const { offset: shift, ...data } = ownedMatrix('X', X, { transfer, offset: 'fit' });
    const { rows, cols } = data;
    if (rows === 0 || cols === 0) {
      throw new RangeError(
        `Expected \`X\` to have at least one row and one column but received ${rows} x ${cols}`,
      );
    }
    const spec = { input: cols, hidden, latent };
    if (parameterCount(spec) > 2 ** 31 || rows >= 2 ** 32) {
      throw new RangeError(
        `Expected fewer than 2^31 parameters and 2^32 rows but received ${parameterCount(spec)} and ${rows}`,
      );
    }
    const groups = numberGroups(rest.groups, rows);
    if (checkpoint !== undefined) checkCheckpoint(checkpoint, { spec, training, rows });
    const watch = onProgress && new TrainingProgress(length.epochs, checkpoint?.history ?? [], onProgress);
    const both = { ...training, ...length };
    const { engine, trainer } = await chooseEngine(rest.engine);
    const known = checkpoint !== undefined;
    // The mean less the shift; the model keeps the mean of the original data.
    const mean = fromOffset(checkpoint?.offset.slice() ?? new Float64Array(cols), known ? shift : undefined);
    await runJob(() => native().vaeCenter({}, { threads, known }, { X: data, offset: mean }), {
      signal,
      onProgress: watch && (() => watch.onRows(checkpoint?.history.length ?? 0)),
    });
    const offset = checkpoint?.offset.slice() ?? withOffset(mean, shift);
    const state = await trainer(data, spec, both, checkpoint, {
      groups,
      threads,
      signal,
      onEpoch: watch?.onEpoch,
      onRows: watch?.onRows,
    });
    watch?.finish();
    return new VAE(
      { spec, training: both, rows, offset, shift, engine, history: state.history, parameters: state.best },
      { ...state, spec, training, rows, offset: offset.slice() },
    );
  }

  /**
   * Posteriors of the rows of `X` (rows x cols of the fitted data): means and log variances, rows x latent each.
   *
   * @throws RangeError when the number of columns differs from the fitted data's or a value is not finite.
   */
  async encode(X: MatrixLike, options: RowsOptions = {}): Promise<VAEPosterior> {
    const { data, threads, signal } = readRows(
      'X',
      X,
      this.spec.input,
      new OptionReader(options, ROWS_OPTIONS),
      { offset: this.#shift },
    );
    const mean = zeros(data.rows, this.spec.latent);
    const logVariance = zeros(data.rows, this.spec.latent);
    const outputs = { X: data, mean, logVariance };
    await runJob(() => native().vaeEncode(this.#shiftedModel(), this.#widths(threads), outputs), { signal });
    return { mean, logVariance };
  }

  /**
   * Reconstructions of codes `Z` (rows x latent): rows x cols.
   *
   * @throws RangeError when `Z` does not have `latent` columns or a value is not finite.
   */
  async decode(Z: MatrixLike, options: RowsOptions = {}): Promise<Matrix> {
    const { data, threads, signal } = readRows(
      'Z',
      Z,
      this.spec.latent,
      new OptionReader(options, ROWS_OPTIONS),
    );
    return this.#decode(data, threads, signal);
  }

  async #decode(Z: Matrix, threads: number, signal: AbortSignal | undefined): Promise<Matrix> {
    const X = zeros(Z.rows, this.spec.input);
    await runJob(() => native().vaeDecode({ Z, ...this.#model() }, this.#widths(threads), { X }), { signal });
    return X;
  }

  /**
   * The quality on all rows of `X` and on each group, measured like the validation figures in the history.
   *
   * @throws RangeError when the shape does not fit, a value is not finite or so far from the fitted data that its loss is not.
   */
  async evaluate(X: MatrixLike, options: VAEEvaluateOptions = {}): Promise<VAEEvaluation> {
    const read = new OptionReader(options, [...ROWS_OPTIONS, 'groups']);
    const { data, threads, signal } = readRows('X', X, this.spec.input, read, { offset: this.#shift });
    const labels = numberGroups(read.raw('groups'), data.rows);
    const count = labels?.names.length ?? 1;
    const quality = new Float64Array((count + 1) * QUALITY_SIZE);
    const { beta, freeBits, seed } = this.training;
    await runJob(
      () =>
        native().vaeEvaluate(
          { groups: labels?.ofRow ?? new Uint32Array(data.rows), ...this.#shiftedModel() },
          { ...this.#widths(threads), beta, freeBits, seed, groupCount: count },
          { X: data, quality },
        ),
      { signal },
    );
    if (!quality.every(Number.isFinite)) {
      throw new RangeError(
        'Expected `X` to give numbers that fit into float32 but they overflow: scale it as the fitted data was',
      );
    }
    return {
      rows: data.rows,
      ...qualityFrom(quality, count * QUALITY_SIZE),
      groups: groupsFrom(quality, 0, labels?.names ?? []).map((figures, g) => ({
        ...figures,
        rows: labels?.sizes[g] ?? 0,
      })),
    };
  }

  /**
   * New rows: `rows` codes drawn from the prior, decoded: rows x cols. The same seed gives the same rows, so calls without a
   * `seed` (default 0) repeat the same rows, and a call for more rows begins with them. For other rows, pass another seed.
   *
   * @throws RangeError or TypeError when an argument is not a valid count or seed.
   */
  async sample(rows: number, options: CommonOptions = {}): Promise<Matrix> {
    const read = new OptionReader(options, ['seed', 'threads', 'signal']);
    checkInteger('rows', rows, { min: 0, max: 2 ** 31 });
    const { latent } = this.spec;
    const codes = { data: noise(read.seed(), 'prior', 0, rows, latent), rows, cols: latent };
    return this.#decode(codes, read.threads(), read.signal());
  }

  /** The model as named arrays and plain values, for {@link VAE.fromState}. */
  state(): ModelState {
    return modelState({ ...this, shift: this.#shift, parameters: this.#parameters });
  }

  /** @throws TypeError when `state` is not what {@link VAE.state} of this version gives. */
  static fromState(state: ModelState): VAE {
    return new VAE(modelFromState(state));
  }

  /** The model for rows that were shifted when they were copied. */
  #shiftedModel() {
    return { ...this.#model(), offset: fromOffset(this.offset, this.#shift) };
  }

  #model() {
    return { hidden: this.#hidden, parameters: this.#parameters, offset: this.offset };
  }

  #widths(threads: number) {
    return { input: this.spec.input, latent: this.spec.latent, threads };
  }
}
