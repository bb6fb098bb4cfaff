import { Random } from './random.ts';

/** The hidden archetypes. Each of the three synthetic modalities shows them in its own way. */
export const archetypes = [
  'thunder',
  'river',
  'hearth',
  'forest',
  'market',
  'engine',
  'choir',
  'winter',
  'harvest',
  'harbour',
  'mountain',
  'midnight',
] as const;

/** Dimensions of the space that the archetypes live in. */
export const latentSize = 12;
const hiddenSize = 48;

/** Distance between archetypes, each of which has a spread of about 1. */
const distance = 2;

/**
 * Center and spread of each archetype, the same for all modalities. Some are wide and some narrow, along directions
 * of their own.
 */
export class LatentWorld {
  readonly #centers: Float64Array[];
  readonly #axes: Float64Array[];

  constructor(seed: number) {
    const random = new Random(seed, 1);
    this.#centers = archetypes.map(() => vector(latentSize, () => distance * random.bell()));
    this.#axes = archetypes.map(() => {
      const spread = 0.7 + 0.6 * random.uniform();
      return vector(latentSize * latentSize, (i) => {
        const diagonal = i % (latentSize + 1) === 0 ? 1 : 0;
        return spread * (diagonal + 0.25 * random.bell());
      });
    });
  }

  /** A point of an archetype. */
  point(archetype: number, random: Random): Float64Array {
    const step = vector(latentSize, () => random.bell());
    return multiply(this.#axes[archetype], step, this.#centers[archetype]);
  }
}

/** One modality's view of the latent space: a random two-layer network, different for each modality. */
export class View {
  readonly #hidden: Float64Array;
  readonly #hiddenBias: Float64Array;
  readonly #output: Float64Array;
  readonly #outputBias: Float64Array;

  constructor(seed: number, cols: number) {
    const random = new Random(seed, 2, cols);
    const hiddenScale = 0.45 / Math.sqrt(latentSize);
    const outputScale = 1 / Math.sqrt(hiddenSize);
    this.#hidden = vector(hiddenSize * latentSize, () => hiddenScale * random.bell());
    this.#hiddenBias = vector(hiddenSize, () => 0.5 * random.bell());
    this.#output = vector(cols * hiddenSize, () => outputScale * random.bell());
    this.#outputBias = vector(cols, () => 0.3 * random.bell());
  }

  /** What the modality shows of a point, before its noise; each value has a variance of about 0.3. */
  show(point: Float64Array): Float64Array {
    const hidden = multiply(this.#hidden, point, this.#hiddenBias).map(softStep);
    return multiply(this.#output, hidden, this.#outputBias);
  }
}

/** x (27 + x^2) / (27 + 9 x^2), the Pade approximation of tanh, cut where it reaches 1. Arithmetic only: see Random. */
export function softStep(x: number): number {
  if (x >= 3) return 1;
  if (x <= -3) return -1;
  const square = x * x;
  return (x * (27 + square)) / (27 + 9 * square);
}

function vector(length: number, value: (index: number) => number): Float64Array {
  const made = new Float64Array(length);
  for (let index = 0; index < length; index++) made[index] = value(index);
  return made;
}

/**
 * matrix (rows x point.length, row-major) * point + offset (rows). Sums of four rows grow side by side: each is the same as
 * alone, but its additions wait for each other.
 */
function multiply(matrix: Float64Array, point: Float64Array, offset: Float64Array): Float64Array {
  const cols = point.length;
  const product = new Float64Array(offset);
  let row = 0;
  for (; row + 4 <= product.length; row += 4) {
    let first = product[row];
    let second = product[row + 1];
    let third = product[row + 2];
    let fourth = product[row + 3];
    let at = row * cols;
    for (let col = 0; col < cols; col++, at++) {
      const value = point[col];
      first += matrix[at] * value;
      second += matrix[at + cols] * value;
      third += matrix[at + 2 * cols] * value;
      fourth += matrix[at + 3 * cols] * value;
    }
    product[row] = first;
    product[row + 1] = second;
    product[row + 2] = third;
    product[row + 3] = fourth;
  }
  for (; row < product.length; row++) {
    for (let col = 0; col < cols; col++) product[row] += matrix[row * cols + col] * point[col];
  }
  return product;
}

const syllables =
  'ba be bi bo da de di do fa fe ga go ha he ka ke ki ko la le li lo lu ma me mi mo na ne ni no pa pe ra re ri ro sa se si so ta te ti to va ve vi vo za zo'.split(
    ' ',
  );

/** A different invented word for each row: its number, scattered, in the base of the syllables. */
export function inventedWord(row: number): string {
  const base = syllables.length;
  const words = base ** 3;
  // 7919 is a prime that does not divide the number of words, so no word comes twice. Later rows get longer words.
  let rest = ((row % words) * 7919 + 977) % words;
  let word = '';
  for (let i = 0; i < 3; i++) {
    word += syllables[rest % base];
    rest = Math.floor(rest / base);
  }
  for (let round = Math.floor(row / words); round > 0; round = Math.floor(round / base))
    word += syllables[round % base];
  return word;
}
