/** Columns as rows; float64 if any of them is. */
export function interleaved(
  columns: readonly (Float32Array | Float64Array)[],
  rows: number,
): Float32Array | Float64Array {
  const cols = columns.length;
  const double = columns.some(({ BYTES_PER_ELEMENT }) => BYTES_PER_ELEMENT === 8);
  const data = double ? new Float64Array(rows * cols) : new Float32Array(rows * cols);
  columns.forEach((column, j) => {
    for (let i = 0; i < rows; i++) data[i * cols + j] = column[i];
  });
  return data;
}
