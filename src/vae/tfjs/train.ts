import { setImmediate } from 'node:timers/promises';
import type { Groups } from '../../groups.ts';
import type { Matrix } from '../../matrix.ts';
import { betaAt, epochOrder, initialParameters, noise, splitRows } from '../draws.ts';
import { notFinite } from '../not-finite.ts';
import type { Trainer, TrainingLength, TrainingOptions, TrainingState } from '../options.ts';
import { bestEpoch, judged, type VAEEpoch, type VAEQuality } from '../quality.ts';
import { parameterCount, type VAESpec } from '../spec.ts';
import { type Tensor, type Tensor2D, type Tfjs, TfjsModel } from './model.ts';
import { Sums, variation } from './sums.ts';

/** Rows that are scored at once. */
const SCORED_ROWS = 1024;
/** Longest time that steps block the event loop, unless a single step takes longer. */
const YIELD_MILLISECONDS = 10;

/**
 * Trains with TensorFlow.js, whose operations run on the event loop's own thread: the loop runs only between steps. Uses the
 * same initial weights, rows and noise as the native trainer, so their losses agree until rounding drives them apart.
 */
export function tfjsTrainer(tf: Tfjs): Trainer {
  return async (X, spec, training, start, { groups, signal, onEpoch, onRows }) => {
    const fit = new TfjsFit(tf, X, spec, training, start, groups);
    try {
      while (!fit.finished) {
        for (let step = 0, since = performance.now(); step < fit.steps; step++) {
          signal?.throwIfAborted();
          fit.step(step);
          if (performance.now() - since > YIELD_MILLISECONDS) {
            onRows?.(fit.history.length + (0.9 * (step + 1)) / fit.steps);
            await setImmediate();
            since = performance.now();
          }
        }
        const figures = fit.endEpoch();
        onEpoch?.(fit.history.length - 1, figures);
      }
      signal?.throwIfAborted();
      return fit.state();
    } finally {
      fit.dispose();
    }
  };
}

/** Held-out rows, their noise (rows x latent) and their squared distances from their mean. */
interface HeldOut {
  readonly rows: Uint32Array;
  readonly noise: Float32Array;
  readonly variation: number;
}

/** One fit: the tensors of weights and of Adam's moments, and the schedule. */
class TfjsFit {
  readonly history: VAEEpoch[];
  /** Steps of an epoch. */
  readonly steps: number;
  readonly #tf: Tfjs;
  readonly #X: Matrix;
  readonly #spec: VAESpec;
  readonly #training: TrainingOptions & TrainingLength;
  readonly #model: TfjsModel;
  readonly #rows: { readonly training: Uint32Array; readonly validation: Uint32Array };
  readonly #batch: number;
  readonly #variation: number;
  readonly #held: HeldOut;
  readonly #heldGroups: readonly (HeldOut & { readonly group: string | number })[];
  #weights: Tensor[];
  #first: Tensor[];
  #second: Tensor[];
  #best: Float32Array;
  #order: Uint32Array;
  #sums: Sums;

  constructor(
    tf: Tfjs,
    X: Matrix,
    spec: VAESpec,
    training: TrainingOptions & TrainingLength,
    start: TrainingState | undefined,
    groups: Groups | undefined,
  ) {
    this.#tf = tf;
    this.#X = X;
    this.#spec = spec;
    this.#training = training;
    this.#model = new TfjsModel(tf, spec);
    this.#rows = splitRows(training.seed, training.validation, X.rows);
    this.#batch = Math.min(training.batch, this.#rows.training.length);
    this.steps = Math.ceil(this.#rows.training.length / this.#batch);
    this.#variation = variation(X, this.#rows.training);
    const { validation } = this.#rows;
    this.#held = this.#heldOut(Uint32Array.from(validation.keys()));
    this.#heldGroups = (groups?.names ?? []).map((group, g) => ({
      group,
      ...this.#heldOut(Uint32Array.from(validation.keys()).filter((i) => groups?.ofRow[validation[i]] === g)),
    }));
    const zeros = new Float32Array(parameterCount(spec));
    const initial = start?.parameters ?? initialParameters(spec, training.seed);
    this.#weights = this.#model.tensors(initial);
    this.#first = this.#model.tensors(start?.firstMoment ?? zeros);
    this.#second = this.#model.tensors(start?.secondMoment ?? zeros);
    this.#best = (start?.best ?? initial).slice();
    this.history = [...(start?.history ?? [])];
    this.#order = this.#nextOrder();
    this.#sums = new Sums(spec.latent);
  }

  get finished(): boolean {
    const { epochs, patience, warmup } = this.#training;
    const best = bestEpoch(this.history, warmup);
    const waited = best < 0 ? 0 : this.history.length - 1 - best;
    return this.history.length >= epochs || (patience > 0 && waited >= patience);
  }

  /** Step number `step` of the current epoch. */
  step(step: number): void {
    const { seed, beta, warmup, freeBits } = this.#training;
    const rows = this.#order.subarray(step * this.#batch, (step + 1) * this.#batch);
    const number = this.history.length * this.steps + step;
    const weight = betaAt(number, this.steps, beta, warmup);
    const first = this.history.length * this.#order.length + step * this.#batch;
    const tf = this.#tf;
    const figures = tf.tidy(() => {
      const x = this.#gather(rows);
      const epsilon = tf.tensor2d(noise(seed, 'noise', first, rows.length, this.#spec.latent), [
        rows.length,
        this.#spec.latent,
      ]);
      let kept: Tensor | undefined;
      const { grads } = tf.valueAndGrads((...weights: Tensor[]) => {
        kept = tf.keep(this.#model.figures(x, this.#model.pass(weights, x, epsilon), freeBits));
        const [squaredError, , charged] = tf.split(tf.slice(kept, 0, 3), 3);
        const loss = tf.add(tf.mul(squaredError, 0.5), tf.mul(charged, weight));
        return tf.reshape(tf.div(loss, rows.length), []);
      })(this.#weights);
      this.#update(grads, number + 1);
      const values = kept?.dataSync() as Float32Array;
      kept?.dispose();
      return values;
    });
    this.#sums.add(figures, rows.length, weight);
    if (!Number.isFinite(this.#sums.loss)) {
      throw notFinite(this.history.length, step);
    }
  }

  /** Scores the held-out rows, writes the epoch into the history, and keeps its weights if they are the best. */
  endEpoch(): VAEEpoch {
    const { beta, warmup } = this.#training;
    const last = (this.history.length + 1) * this.steps - 1;
    const any = this.#rows.validation.length > 0;
    const figures = {
      beta: betaAt(last, this.steps, beta, warmup),
      training: this.#sums.quality(this.#sums.squaredError, this.#variation),
      validation: any ? this.#validate(this.#held) : undefined,
      ...(any &&
        this.#heldGroups.length > 0 && {
          groups: this.#heldGroups.map(({ group, ...held }) => ({ group, ...this.#validate(held) })),
        }),
    };
    if (!Number.isFinite(judged(figures).loss)) throw notFinite(this.history.length);
    this.history.push(figures);
    const best = bestEpoch(this.history, warmup);
    if (best < 0 || best === this.history.length - 1) this.#best = this.#model.flat(this.#weights);
    this.#order = this.#nextOrder();
    this.#sums = new Sums(this.#spec.latent);
    return figures;
  }

  state(): TrainingState {
    return {
      parameters: this.#model.flat(this.#weights),
      firstMoment: this.#model.flat(this.#first),
      secondMoment: this.#model.flat(this.#second),
      best: this.#best,
      history: this.history,
    };
  }

  dispose(): void {
    this.#tf.dispose([...this.#weights, ...this.#first, ...this.#second]);
  }

  #nextOrder(): Uint32Array {
    return epochOrder(this.#training.seed, this.history.length, this.#rows.training);
  }

  /** One Adam step (Kingma and Ba 2015, algorithm 1). */
  #update(gradients: readonly Tensor[], step: number): void {
    const tf = this.#tf;
    const { learningRate, clipNorm } = this.#training;
    const norm =
      clipNorm > 0 ? Math.sqrt(gradients.reduce((sum, g) => sum + tf.sum(tf.square(g)).dataSync()[0], 0)) : 0;
    const factor = norm > clipNorm ? clipNorm / norm : 1;
    const rate = learningRate / (1 - 0.9 ** step);
    const unbias = 1 / (1 - 0.999 ** step);
    gradients.forEach((gradient, i) => {
      const g = factor === 1 ? gradient : tf.mul(gradient, factor);
      const first = tf.add(tf.mul(this.#first[i], 0.9), tf.mul(g, 0.1));
      const second = tf.add(tf.mul(this.#second[i], 0.999), tf.mul(tf.square(g), 0.001));
      const root = tf.add(tf.sqrt(tf.mul(second, unbias)), 1e-7);
      const weights = tf.sub(this.#weights[i], tf.mul(tf.div(first, root), rate));
      tf.dispose([this.#first[i], this.#second[i], this.#weights[i]]);
      this.#first[i] = tf.keep(first);
      this.#second[i] = tf.keep(second);
      this.#weights[i] = tf.keep(weights);
    });
  }

  /** Held-out rows at some places of the list of all of them, with their noise. */
  #heldOut(places: Uint32Array): HeldOut {
    const { latent } = this.#spec;
    const { seed } = this.#training;
    const values = new Float32Array(places.length * latent);
    places.forEach((place, i) => {
      values.set(noise(seed, 'scoreNoise', place, 1, latent), i * latent);
    });
    const rows = places.map((place) => this.#rows.validation[place]);
    return { rows, noise: values, variation: variation(this.#X, rows) };
  }

  #validate(held: HeldOut): VAEQuality {
    const tf = this.#tf;
    const { beta, freeBits } = this.#training;
    const { latent } = this.#spec;
    const sums = new Sums(latent);
    let squaredError = 0;
    for (let begin = 0; begin < held.rows.length; begin += SCORED_ROWS) {
      const rows = held.rows.subarray(begin, begin + SCORED_ROWS);
      const [figures, error] = tf.tidy(() => {
        const x = this.#gather(rows);
        const values = held.noise.subarray(begin * latent, (begin + rows.length) * latent);
        const epsilon = tf.tensor2d(values, [rows.length, latent]);
        const pass = this.#model.pass(this.#weights, x, epsilon);
        const decoded = this.#model.decode(this.#weights, pass.mean);
        return [
          this.#model.figures(x, pass, freeBits).dataSync() as Float32Array,
          tf.sum(tf.squaredDifference(decoded, x)).dataSync()[0],
        ] as const;
      });
      sums.add(figures, rows.length, beta);
      squaredError += error;
    }
    return sums.quality(squaredError, held.variation);
  }

  #gather(rows: Uint32Array): Tensor2D {
    const { cols, data } = this.#X;
    const values = new Float32Array(rows.length * cols);
    rows.forEach((row, i) => {
      values.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
    });
    return this.#tf.tensor2d(values, [rows.length, cols]);
  }
}
