import type * as TensorFlow from '@tensorflow/tfjs';
import { type Layer, layersOf, parameterCount, type VAESpec } from '../spec.ts';

/** The module of TensorFlow.js that computes: @tensorflow/tfjs-node, or another build with a backend. */
export type Tfjs = typeof TensorFlow;
export type Tensor = TensorFlow.Tensor;
export type Tensor2D = TensorFlow.Tensor2D;

/** Posteriors of a batch, and its reconstruction from sampled codes. */
interface Pass {
  readonly mean: Tensor2D;
  readonly logVariance: Tensor2D;
  readonly reconstruction: Tensor2D;
}

/**
 * The autoencoder as operations of TensorFlow.js. Its weights are a list of tensors W, b, W, b, ... in the order of the
 * layers. Every result is a new tensor: call inside `tf.tidy`.
 */
export class TfjsModel {
  readonly #tf: Tfjs;
  readonly #spec: VAESpec;
  readonly #layers: readonly Layer[];

  constructor(tf: Tfjs, spec: VAESpec) {
    this.#tf = tf;
    this.#spec = spec;
    this.#layers = layersOf(spec);
  }

  /** From rows through sampled codes to reconstructions. */
  pass(weights: readonly Tensor[], x: Tensor2D, epsilon: Tensor2D): Pass {
    const tf = this.#tf;
    const encoders = this.#spec.hidden.length + 1;
    const head = this.#forward(weights, x, 0, encoders);
    const [mean, logVariance] = tf.split(head, 2, 1) as Tensor2D[];
    const deviation = tf.exp(tf.mul(logVariance, 0.5));
    const code = tf.add(mean, tf.mul(epsilon, deviation)) as Tensor2D;
    return { mean, logVariance, reconstruction: this.#forward(weights, code, encoders) };
  }

  /** From codes to reconstructions. */
  decode(weights: readonly Tensor[], code: Tensor2D): Tensor2D {
    return this.#forward(weights, code, this.#spec.hidden.length + 1);
  }

  /** Through the layers [from, to). */
  #forward(weights: readonly Tensor[], x: Tensor2D, from: number, to = this.#layers.length): Tensor2D {
    const tf = this.#tf;
    return this.#layers.slice(from, to).reduce((input, { relu }, i) => {
      const k = 2 * (from + i);
      const sum = tf.add(tf.matMul(input, weights[k] as Tensor2D), weights[k + 1]) as Tensor2D;
      return relu ? tf.relu(sum) : sum;
    }, x);
  }

  /**
   * A batch in numbers: squared error, divergence, divergence with free bits, and per unit the sum of the posterior means
   * and of their squares.
   */
  figures(x: Tensor2D, { mean, logVariance, reconstruction }: Pass, freeBits: number): TensorFlow.Tensor1D {
    const tf = this.#tf;
    const squares = tf.square(mean);
    const excess = tf.sub(tf.sub(tf.exp(logVariance), logVariance), 1);
    const divergence = tf.mul(tf.add(squares, excess), 0.5);
    const charged = freeBits > 0 ? tf.maximum(divergence, freeBits) : divergence;
    const single = (tensor: Tensor) => tf.reshape(tf.sum(tensor), [1]);
    return tf.concat([
      single(tf.squaredDifference(reconstruction, x)),
      single(divergence),
      single(charged),
      tf.sum(mean, 0),
      tf.sum(squares, 0),
    ] as TensorFlow.Tensor1D[]);
  }

  /** The tensors of a flat array of parameters; the caller disposes of them. */
  tensors(flat: Float32Array): Tensor[] {
    return this.#layers.flatMap(({ inputs, outputs, weights, bias }) => [
      this.#tf.tensor2d(flat.slice(weights, bias), [inputs, outputs]),
      this.#tf.tensor1d(flat.slice(bias, bias + outputs)),
    ]);
  }

  /** The inverse of {@link tensors}. */
  flat(tensors: readonly Tensor[]): Float32Array {
    const flat = new Float32Array(parameterCount(this.#spec));
    this.#layers.forEach(({ weights, bias }, k) => {
      flat.set(tensors[2 * k].dataSync(), weights);
      flat.set(tensors[2 * k + 1].dataSync(), bias);
    });
    return flat;
  }
}
