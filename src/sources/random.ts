import { mix32 } from './sampling.ts';

/**
 * xoshiro128** (Blackman and Vigna 2021), seeded from a list of integers. Uses 32-bit integer arithmetic only, so the numbers
 * are the same on every machine and engine.
 */
export class Random {
  /** Four integers. In fields, numbers beyond 31 bits would be objects. */
  readonly #state = new Int32Array(4);

  constructor(...seeds: number[]) {
    let state = 0x243f6a88;
    for (const seed of seeds) state = mix32(mix32(state ^ seed) + Math.floor(seed / 2 ** 32) + 0x9e3779b9);
    for (let i = 0; i < 4; i++) {
      state = (state + 0x9e3779b9) | 0;
      this.#state[i] = mix32(state);
    }
    // A state of zeros would stay zero.
    this.#state[3] |= 1;
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    return this.#sum(1);
  }

  /** The sum of the next `count` integers. */
  #sum(count: number): number {
    const state = this.#state;
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const times5 = Math.imul(b, 5);
      sum += Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
    return sum;
  }

  /** A number in [0, 1). */
  uniform(): number {
    return this.uint32() / 2 ** 32;
  }

  /** An integer in [0, count). */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /**
   * Nearly normal, mean 0 and variance 1: the sum of four uniform numbers. A true normal number takes logarithms and cosines,
   * which engines round differently; sums are the same everywhere.
   */
  bell(): number {
    return (this.#sum(4) - 2 ** 33) * bellScale;
  }
}

/** Four uniform numbers have variance 1/3 together. */
const bellScale = Math.sqrt(3) / 2 ** 32;
