import { endianness } from 'node:os';

const NATIVE = endianness() === 'LE';

/** Copies little-endian float32 of any alignment into `out` from index `at` on. */
export function copyFloats(bytes: Buffer, out: Float32Array, at: number): void {
  const count = bytes.length / 4;
  if (NATIVE) {
    new Uint8Array(out.buffer, out.byteOffset + 4 * at, bytes.length).set(bytes);
    return;
  }
  for (let i = 0; i < count; i++) out[at + i] = bytes.readFloatLE(4 * i);
}
