import type { Matrix } from '../../matrix.ts';
import type { VAEQuality } from '../quality.ts';

/** Sums over rows, in double precision. */
export class Sums {
  rows = 0;
  loss = 0;
  squaredError = 0;
  divergence = 0;
  readonly mean: Float64Array;
  readonly meanSquares: Float64Array;

  constructor(latent: number) {
    this.mean = new Float64Array(latent);
    this.meanSquares = new Float64Array(latent);
  }

  /** `figures` as TfjsModel's `figures` lays them out. */
  add(figures: Float32Array, rows: number, beta: number): void {
    const latent = this.mean.length;
    const [squaredError, divergence, charged] = figures;
    this.rows += rows;
    this.loss += squaredError / 2 + beta * charged;
    this.squaredError += squaredError;
    this.divergence += divergence;
    for (let j = 0; j < latent; j++) {
      this.mean[j] += figures[3 + j];
      this.meanSquares[j] += figures[3 + latent + j];
    }
  }

  quality(squaredError: number, variation: number): VAEQuality {
    if (this.rows === 0) return { loss: 0, reconstruction: 0, kl: 0, r2: 0, activeUnits: 0 };
    const active = this.meanSquares.filter(
      (squares, j) => squares / this.rows - (this.mean[j] / this.rows) ** 2 > 0.01,
    );
    return {
      loss: this.loss / this.rows,
      reconstruction: this.squaredError / 2 / this.rows,
      kl: this.divergence / this.rows,
      r2: variation > 0 ? 1 - squaredError / variation : 0,
      activeUnits: active.length,
    };
  }
}

/** Sum over columns of the squared distances of the rows from their mean. */
export function variation({ data, cols }: Matrix, rows: Uint32Array): number {
  const mean = new Float64Array(cols);
  for (const row of rows) for (let j = 0; j < cols; j++) mean[j] += data[row * cols + j] / rows.length;
  let total = 0;
  for (const row of rows) for (let j = 0; j < cols; j++) total += (data[row * cols + j] - mean[j]) ** 2;
  return total;
}
