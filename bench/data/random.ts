/** Uniform numbers in [0, 1): a linear congruential generator of 32 bits, which is fast and good enough for data to time. */
export function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Normal numbers, from two uniform ones each (Box and Muller). */
export function normals(seed: number): () => number {
  const uniform = uniforms(seed);
  const above0 = () => uniform() + 2 ** -33;
  return () => Math.sqrt(-2 * Math.log(above0())) * Math.cos(2 * Math.PI * above0());
}
