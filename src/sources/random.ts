import { mix32 } from './sampling.ts';

/**
 * xoshiro128** (Blackman and Vigna 2021), seeded from a list of integers. Uses 32-bit integer arithmetic only, so the numbers
 * are the same on every machine and engine.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(...seeds: number[]) {
    let state = 0x243f6a88;
    for (const seed of seeds) state = mix32(mix32(state ^ seed) + Math.floor(seed / 2 ** 32) + 0x9e3779b9);
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      return mix32(state);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    // A state of zeros would stay zero.
    this.#d = next() | 1;
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const times5 = Math.imul(this.#b, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
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
    return (this.uint32() + this.uint32() + this.uint32() + this.uint32() - 2 ** 33) * bellScale;
  }
}

/** Four uniform numbers have variance 1/3 together. */
const bellScale = Math.sqrt(3) / 2 ** 32;
