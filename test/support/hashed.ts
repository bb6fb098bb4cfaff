/**
 * The finalizer of MurmurHash3, of `count` numbers from `seed` 2^24 on, in [0, 1). Python has the same numbers
 * (test/sources/torchvision/make.py).
 */
export function hashed(count: number, seed: number): Float64Array {
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = i + (seed << 24);
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    numbers[i] = ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  }
  return numbers;
}
