import { type Matrix, matrix } from '../../src/index.ts';
import { uniforms } from './random.ts';

/** Normal columns of falling scale, mixed with their neighbors, about a mean that is not zero: a plausible spectrum. */
export function correlatedRows(rows: number, cols: number): Matrix {
  const data = new Float32Array(rows * cols);
  const scale = Float32Array.from({ length: cols }, (_, j) => 3 / (1 + 0.05 * j));
  const uniform = uniforms(1);
  for (let i = 0; i < rows; i++) {
    let previous = 0;
    for (let j = 0; j < cols; j++) {
      previous = 0.5 * previous + scale[j] * (2 * uniform() - 1);
      data[i * cols + j] = previous + 0.5 + 0.01 * j;
    }
  }
  return matrix(data, rows, cols);
}
