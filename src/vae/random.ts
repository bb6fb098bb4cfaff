/**
 * Counter-based random numbers, the same as the native kernels': the i-th number of a stream is a pure function of
 * (seed, stream, i), by the finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014).
 */
export class RandomStream {
  readonly #keyHigh: number;
  readonly #keyLow: number;

  /** Different `stream` numbers give independent sequences for one seed. Both are integers in [0, 2^53). */
  constructor(seed: number, stream: number) {
    const key = mix64(
      mix64(BigInt(seed) + GAMMA) ^ mix64(BigInt.asUintN(64, BigInt(stream) * GAMMA + STREAM_OFFSET)),
    );
    this.#keyHigh = Number(key >> 32n);
    this.#keyLow = Number(key & 0xffffffffn);
  }

  /** The i-th number, 64 bits: its high and its low half, each an integer in [0, 2^32). i < 2^53 - 1. */
  bits(i: number): readonly [high: number, low: number] {
    const counter = i + 1;
    multiply(Math.floor(counter / 2 ** 32), counter >>> 0, 0x9e3779b9, 0x7f4a7c15);
    const sum = (productLow >>> 0) + this.#keyLow;
    let low = sum >>> 0;
    let high = (productHigh + this.#keyHigh + (sum > 0xffffffff ? 1 : 0)) >>> 0;
    // z ^= z >> 30; z *= 0xbf58476d1ce4e5b9; z ^= z >> 27; z *= 0x94d049bb133111eb; z ^= z >> 31, in two halves
    multiply(high ^ (high >>> 30), low ^ ((high << 2) | (low >>> 30)), 0xbf58476d, 0x1ce4e5b9);
    high = productHigh;
    low = productLow;
    multiply(high ^ (high >>> 27), low ^ ((high << 5) | (low >>> 27)), 0x94d049bb, 0x133111eb);
    high = productHigh;
    low = productLow;
    return [(high ^ (high >>> 31)) >>> 0, (low ^ ((high << 1) | (low >>> 31))) >>> 0];
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(i: number): number {
    const [high, low] = this.bits(i);
    return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
  }

  /** Uniform integer in [0, bound), bound <= 2^32. */
  below(i: number, bound: number): number {
    const [high] = this.bits(i);
    // high * bound / 2^32, without rounding: both halves of `high` times bound are below 2^48.
    const upper = (high >>> 16) * bound;
    return Math.floor((upper + Math.floor(((high & 0xffff) * bound) / 2 ** 16)) / 2 ** 16);
  }
}

const GAMMA = 0x9e3779b97f4a7c15n;
const STREAM_OFFSET = 0x632be59bd9b4e019n;

function mix64(value: bigint): bigint {
  let z = BigInt.asUintN(64, value);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

// Result of `multiply`, kept here so that the inner loops of noise and weights allocate nothing.
let productHigh = 0;
let productLow = 0;

/** The low 64 bits of a product of two 64-bit numbers, given in 32-bit halves. */
function multiply(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + Math.floor(low / 2 ** 16);
  const cross = a0 * b1 + (middle % 2 ** 16);
  const carry = a1 * b1 + Math.floor(middle / 2 ** 16) + Math.floor(cross / 2 ** 16);
  productLow = Math.imul(aLow, bLow);
  productHigh = ((carry | 0) + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) | 0;
}
