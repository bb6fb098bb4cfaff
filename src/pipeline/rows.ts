import type { Matrix } from '../matrix.ts';

/** The rows of all matrices one after another. Those of the modalities are the union that the VAE embeds. */
export function union(matrices: readonly Matrix[]): Matrix {
  const cols = matrices[0].cols;
  const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
  const data = new Float32Array(rows * cols);
  let offset = 0;
  for (const matrix of matrices) {
    data.set(matrix.data, offset);
    offset += matrix.data.length;
  }
  return { data, rows, cols };
}

/** For each row of the union, the number of its modality. */
export function modalityOfRows(sizes: readonly number[]): Int32Array {
  const modality = new Int32Array(sizes.reduce((sum, size) => sum + size, 0));
  let offset = 0;
  sizes.forEach((size, m) => {
    modality.fill(m, offset, offset + size);
    offset += size;
  });
  return modality;
}

/** The given rows of a matrix. */
export function pickRows({ data, cols }: Matrix, rows: Int32Array): Matrix {
  const picked = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    picked.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  });
  return { data: picked, rows: rows.length, cols };
}
