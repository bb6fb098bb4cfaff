import type { VAEProgress } from './options.ts';
import { judged, type VAEEpoch, type VAEQuality } from './quality.ts';

const UNKNOWN: VAEQuality = {
  loss: Number.NaN,
  reconstruction: Number.NaN,
  kl: Number.NaN,
  r2: Number.NaN,
  activeUnits: Number.NaN,
};

/** Calls a fit's `onProgress` after epochs, and within them. */
export class TrainingProgress {
  readonly #epochs: number;
  readonly #tell: (progress: VAEProgress) => void;
  #epoch: number;
  #figures: VAEQuality;

  /** @param before - the epochs of the checkpoint that the fit resumes. */
  constructor(epochs: number, before: readonly VAEEpoch[], tell: (progress: VAEProgress) => void) {
    this.#epochs = epochs;
    this.#tell = tell;
    this.#epoch = before.length;
    this.#figures = before.length > 0 ? judged(before[before.length - 1]) : UNKNOWN;
  }

  readonly onEpoch = (epoch: number, figures: VAEEpoch): void => {
    this.#epoch = epoch + 1;
    this.#figures = judged(figures);
    this.onRows(this.#epoch);
  };

  readonly onRows = (done: number): void => this.#report(Math.min(1, done / this.#epochs));

  /** The end, which can come before the last epoch. */
  finish(): void {
    this.#report(1);
  }

  #report(fraction: number): void {
    this.#tell({ phase: 'train', fraction, epoch: this.#epoch, epochs: this.#epochs, ...this.#figures });
  }
}
