import { RandomStream } from './random.ts';
import { layersOf, parameterCount, type VAESpec } from './spec.ts';

/**
 * Everything random in training, each draw a pure function of the seed, its purpose and its number, so every trainer starts
 * from the same weights and sees the same rows and noise. native/kernels/vae/vae_random.hpp is the other implementation.
 */
const STREAM = { weights: 1, split: 2, shuffle: 3, noise: 4, scoreNoise: 5, prior: 6, posterior: 7 } as const;

export type NoisePurpose = 'noise' | 'scoreNoise' | 'prior' | 'posterior';

/**
 * Initial parameters: every weight uniform within +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio, AISTATS 2010,
 * eq. 16), every bias 0.
 */
export function initialParameters(spec: VAESpec, seed: number): Float32Array {
  const random = new RandomStream(seed, STREAM.weights);
  const parameters = new Float32Array(parameterCount(spec));
  let drawn = 0;
  for (const { inputs, outputs, weights } of layersOf(spec)) {
    const limit = Math.sqrt(6 / (inputs + outputs));
    for (let i = 0; i < inputs * outputs; i++) {
      parameters[weights + i] = (2 * random.uniform(drawn++) - 1) * limit;
    }
  }
  return parameters;
}

/** 0 .. n - 1 in random order (Fisher and Yates, from the last place down), by the draws from `first` on. */
function permutation(random: RandomStream, first: number, n: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(first + i, i + 1);
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}

/** Rows for training and for validation, each ascending: floor(share * n) random ones validate. */
export function splitRows(seed: number, share: number, n: number) {
  const order = permutation(new RandomStream(seed, STREAM.split), 0, n);
  const count = Math.floor(share * n);
  return { validation: order.slice(0, count).sort(), training: order.slice(count).sort() };
}

/** The training rows in the order in which epoch `epoch` (from 0) takes them. */
export function epochOrder(seed: number, epoch: number, training: Uint32Array): Uint32Array {
  const random = new RandomStream(seed, STREAM.shuffle);
  return permutation(random, epoch * training.length, training.length).map((i) => training[i]);
}

/**
 * Standard normal noise for rows [first, first + rows) of a sequence, rows x latent. The i-th row that epoch e of n
 * training rows takes is number e n + i of 'noise'. Row r draws p = ceil(latent / 2) pairs, numbers r p to r p + p - 1;
 * unit j < p takes the cosine of pair j, unit j >= p the sine of pair j - p (Box and Muller).
 */
export function noise(
  seed: number,
  purpose: NoisePurpose,
  first: number,
  rows: number,
  latent: number,
): Float32Array {
  const random = new RandomStream(seed, STREAM[purpose]);
  const pairs = Math.ceil(latent / 2);
  const values = new Float32Array(rows * latent);
  for (let row = 0; row < rows; row++) {
    for (let pair = 0; pair < pairs; pair++) {
      const [high, low] = random.bits((first + row) * pairs + pair);
      const radius = Math.sqrt(-2 * Math.log(((high >>> 8) + 1) / 2 ** 24));
      const angle = (2 * Math.PI * (low >>> 8)) / 2 ** 24;
      const at = row * latent + pair;
      values[at] = radius * Math.cos(angle);
      if (pair + pairs < latent) values[at + pairs] = radius * Math.sin(angle);
    }
  }
  return values;
}

/** Weight of the divergence at a step (from 0): grows linearly from 0 to `beta` over the warm-up's epochs. */
export function betaAt(step: number, stepsPerEpoch: number, beta: number, warmup: number): number {
  const ramp = warmup * stepsPerEpoch;
  return step < ramp ? beta * (step / ramp) : beta;
}
