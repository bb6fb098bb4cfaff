import { readFileSync } from 'node:fs';
import { type Matrix, matrix } from '../../src/index.ts';

/** The bytes of a file in a buffer of their own, so that numbers of any width can be read in place. */
export function fileBuffer(file: string): ArrayBuffer {
  return new Uint8Array(readFileSync(file)).buffer;
}

/** A file of float32 numbers as a matrix. */
export function fileMatrix(file: string, cols: number): Matrix {
  const data = new Float32Array(fileBuffer(file));
  return matrix(data, data.length / cols, cols);
}
