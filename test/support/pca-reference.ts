import type { Matrix } from '../../src/index.ts';

/** Mean, eigenvalues (descending) and eigenvectors of the covariance of the rows of X, in float64 throughout. */
export interface ReferencePca {
  mean: Float64Array;
  variances: Float64Array;
  vectors: Float64Array[];
}

/** Two passes for the covariance, cyclic Jacobi rotations (Golub and Van Loan, section 8.5) for its eigenvectors. */
export function referencePca(X: Matrix): ReferencePca {
  const { rows, cols } = X;
  const mean = new Float64Array(cols);
  for (let e = 0; e < X.data.length; e++) mean[e % cols] += X.data[e] / rows;
  const A = Array.from({ length: cols }, () => new Float64Array(cols));
  const row = new Float64Array(cols);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < cols; j++) row[j] = X.data[r * cols + j] - mean[j];
    for (let i = 0; i < cols; i++) {
      for (let j = i; j < cols; j++) A[i][j] += (row[i] * row[j]) / Math.max(rows - 1, 1);
    }
  }
  for (let i = 0; i < cols; i++) for (let j = 0; j < i; j++) A[i][j] = A[j][i];
  const V = jacobi(A);
  const order = [...A.keys()].sort((a, b) => A[b][b] - A[a][a]);
  return {
    mean,
    variances: Float64Array.from(order, (i) => A[i][i]),
    vectors: order.map((i) => Float64Array.from(V, (vRow) => vRow[i])),
  };
}

/** Diagonalizes `A` in place and returns the rotation, whose columns are eigenvectors. */
function jacobi(A: Float64Array[]): Float64Array[] {
  const n = A.length;
  const V = A.map((_, i) => new Float64Array(n).fill(1, i, i + 1));
  for (let sweep = 0; sweep < 20; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(A, V, p, q);
  }
  return V;
}

function rotate(A: Float64Array[], V: Float64Array[], p: number, q: number): void {
  if (A[p][q] === 0) return;
  const tau = (A[q][q] - A[p][p]) / (2 * A[p][q]);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
  const c = 1 / Math.hypot(1, t);
  const s = t * c;
  for (const M of [A, V]) {
    for (const row of M) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
  }
  for (let k = 0; k < A.length; k++) {
    [A[p][k], A[q][k]] = [c * A[p][k] - s * A[q][k], s * A[p][k] + c * A[q][k]];
  }
}

/** 1 - |cos| of the angle between row `i` of `components` and another vector, independent of rounding in their lengths. */
export function angleError(components: Matrix, i: number, vector: ArrayLike<number>): number {
  let dot = 0;
  let squares = 0;
  let others = 0;
  for (let j = 0; j < vector.length; j++) {
    const loading = components.data[i * components.cols + j];
    dot += loading * vector[j];
    squares += loading * loading;
    others += vector[j] * vector[j];
  }
  return 1 - Math.abs(dot) / Math.sqrt(squares * others);
}

/** The largest relative error of rounding to float32. */
const U32 = 2 ** -24;

/**
 * How large {@link angleError} may be of the eigenvector of variance `i`, computed from a covariance matrix that is wrong by
 * `error` (in the spectral norm), beside the right one. Davis and Kahan's theorem as Yu, Wang and Samworth put it ("A useful
 * variant of the Davis-Kahan theorem", Biometrika 2015): the sine is at most 2 error / gap. Loadings rounded to float32, on both
 * sides, turn it by 2^-23 more; the angle itself is computed in float64.
 */
export function angleBound(variances: ArrayLike<number>, i: number, error: number): number {
  const gaps = [i - 1, i + 1].filter((e) => e >= 0 && e < variances.length);
  const gap = Math.min(...gaps.map((e) => Math.abs(variances[i] - variances[e])));
  const sine = (2 * error) / gap + 2 * U32;
  return 1 - Math.sqrt(1 - sine ** 2) + variances.length * 2 ** -52;
}
