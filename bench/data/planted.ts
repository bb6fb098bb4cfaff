import { type Matrix, matrix } from '../../src/index.ts';
import { uniforms } from './random.ts';

/** Rows of 20 hidden factors, variances 1.7 to 9, each spread over all columns by a rotation; no noise. */
export function factorRows(rows: number, cols: number): Matrix {
  const factors = 20;
  const data = new Float32Array(rows * cols);
  const uniform = uniforms(1);
  /** Nearly normal: the sum of 12 uniform numbers. */
  const bell = () => Array.from({ length: 12 }, uniform).reduce((sum, u) => sum + u, -6);
  // Cosines of different frequencies are orthogonal.
  const direction = Array.from({ length: factors * cols }, (_, at) => {
    const frequency = Math.floor(at / cols) + 1;
    return Math.sqrt(2 / cols) * Math.cos((Math.PI * frequency * ((at % cols) + 0.5)) / cols);
  });
  for (let i = 0; i < rows; i++) {
    for (let f = 0; f < factors; f++) {
      const factor = Math.sqrt(1.7 + (7.3 * f) / (factors - 1)) * bell();
      for (let j = 0; j < cols; j++) data[i * cols + j] += factor * direction[f * cols + j];
    }
  }
  return matrix(data, rows, cols);
}
