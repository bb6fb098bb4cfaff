let table: Float32Array | undefined;

/** Binary16 numbers of IEEE 754 from their bits. float32 holds all of them. */
export function halfFloats(bits: Uint16Array): Float32Array<ArrayBuffer> {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, i) => halfFloat(i));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]];
  return values;
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
