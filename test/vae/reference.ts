import type { Matrix } from '../../src/matrix.ts';
import { betaAt, epochOrder, initialParameters, noise, splitRows } from '../../src/vae/draws.ts';
import type { TrainingLength, TrainingOptions } from '../../src/vae/options.ts';
import { type Layer, layersOf, type VAESpec } from '../../src/vae/spec.ts';

/** Loss and gradient of one row in double precision, by the chain rule written out layer by layer. */
function rowPass(
  layers: readonly Layer[],
  { hidden, latent }: VAESpec,
  parameters: Float64Array,
  x: Float64Array,
  epsilon: Float32Array,
  beta: number,
  gradient: Float64Array,
): { loss: number; kl: number } {
  const encoders = hidden.length + 1;
  const inputs: Float64Array[] = [];
  let at: Float64Array = Float64Array.from(x);
  let head = at;
  let kl = 0;
  layers.forEach((layer, k) => {
    if (k === encoders) {
      head = at;
      at = new Float64Array(latent);
      for (let j = 0; j < latent; j++) {
        const logVariance = head[latent + j];
        at[j] = head[j] + Math.exp(logVariance / 2) * epsilon[j];
        kl += (head[j] ** 2 + Math.exp(logVariance) - 1 - logVariance) / 2;
      }
    }
    inputs.push(at);
    const out = new Float64Array(layer.outputs);
    for (let o = 0; o < layer.outputs; o++) {
      let sum = parameters[layer.bias + o];
      for (let j = 0; j < layer.inputs; j++) sum += at[j] * parameters[layer.weights + j * layer.outputs + o];
      out[o] = layer.relu ? Math.max(0, sum) : sum;
    }
    at = out;
  });
  let delta = at.map((y, j) => y - x[j]);
  const loss = delta.reduce((sum, e) => sum + (e * e) / 2, 0) + beta * kl;
  for (let k = layers.length - 1; k >= 0; k--) {
    const { inputs: width, outputs, weights, bias } = layers[k];
    const below = new Float64Array(width);
    for (let o = 0; o < outputs; o++) gradient[bias + o] += delta[o];
    for (let j = 0; j < width; j++) {
      for (let o = 0; o < outputs; o++) {
        gradient[weights + j * outputs + o] += inputs[k][j] * delta[o];
        below[j] += parameters[weights + j * outputs + o] * delta[o];
      }
    }
    if (k === encoders) {
      delta = new Float64Array(2 * latent);
      for (let j = 0; j < latent; j++) {
        const logVariance = head[latent + j];
        delta[j] = below[j] + beta * head[j];
        delta[latent + j] =
          (below[j] * epsilon[j] * Math.exp(logVariance / 2) + beta * (Math.exp(logVariance) - 1)) / 2;
      }
    } else {
      delta = k > 0 && layers[k - 1].relu ? below.map((g, j) => (inputs[k][j] > 0 ? g : 0)) : below;
    }
  }
  return { loss, kl };
}

/**
 * A second implementation of the whole training, in plain double precision. Gives the mean training loss of every epoch, and the
 * loss and KL of the held-out rows after it, decoded from sampled codes. Column means are subtracted first.
 */
export function referenceFit(X: Matrix, spec: VAESpec, options: TrainingOptions & TrainingLength) {
  const { seed, beta, warmup, batch, learningRate, epochs } = options;
  const layers = layersOf(spec);
  const means = Array.from({ length: X.cols }, (_, j) =>
    X.data.reduce((sum, value, i) => (i % X.cols === j ? sum + value / X.rows : sum), 0),
  );
  const rowOf = (i: number) => Float64Array.from(means, (mean, j) => X.data[i * X.cols + j] - mean);
  const { training, validation } = splitRows(seed, options.validation, X.rows);
  const parameters = Float64Array.from(initialParameters(spec, seed));
  const first = new Float64Array(parameters.length);
  const second = new Float64Array(parameters.length);
  const steps = Math.ceil(training.length / batch);
  const losses: { training: number; validation: number; kl: number }[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = epochOrder(seed, epoch, training);
    const epsilon = noise(seed, 'noise', epoch * order.length, order.length, spec.latent);
    let total = 0;
    for (let s = 0; s < steps; s++) {
      const step = epoch * steps + s;
      const rows = order.subarray(s * batch, (s + 1) * batch);
      const gradient = new Float64Array(parameters.length);
      rows.forEach((row, i) => {
        const from = (s * batch + i) * spec.latent;
        const weight = betaAt(step, steps, beta, warmup);
        const e = epsilon.subarray(from, from + spec.latent);
        total += rowPass(layers, spec, parameters, rowOf(row), e, weight, gradient).loss;
      });
      gradient.forEach((sum, p) => {
        const g = sum / rows.length;
        first[p] = 0.9 * first[p] + 0.1 * g;
        second[p] = 0.999 * second[p] + 0.001 * g * g;
        const root = Math.sqrt(second[p] / (1 - 0.999 ** (step + 1)));
        parameters[p] -= (learningRate * first[p]) / (1 - 0.9 ** (step + 1)) / (root + 1e-7);
      });
    }
    const held = noise(seed, 'scoreNoise', 0, validation.length, spec.latent);
    let judged = 0;
    let kl = 0;
    validation.forEach((row, i) => {
      const e = held.subarray(i * spec.latent, (i + 1) * spec.latent);
      const unused = new Float64Array(parameters.length);
      const one = rowPass(layers, spec, parameters, rowOf(row), e, beta, unused);
      judged += one.loss;
      kl += one.kl;
    });
    losses.push({
      training: total / order.length,
      validation: judged / validation.length,
      kl: kl / validation.length,
    });
  }
  return losses;
}
