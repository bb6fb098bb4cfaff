import { type Matrix, matrix } from '../../src/index.ts';

/** Rows of 20 hidden factors, variances 1.7 to 9, each spread over all columns by a rotation; no noise. */
export function factorRows(rows: number, cols: number): Matrix {
  const factors = 20;
  const data = new Float32Array(rows * cols);
  const bell = bellCurve();
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

/** Nearly normal numbers: sums of 12 uniform ones. */
function bellCurve(): () => number {
  let state = 1;
  return () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      sum += state / 2 ** 32;
    }
    return sum;
  };
}
