/** How well a model fits some rows. In nats per row, except `r2` and `activeUnits`. */
export interface VAEQuality {
  /** `reconstruction` + beta x `kl` (with free bits, each unit's share counts as at least that much). */
  readonly loss: number;
  /** Half the squared error, summed over columns, of decoding one sampled code per row. */
  readonly reconstruction: number;
  /** Divergence of the posterior from the prior, summed over units. */
  readonly kl: number;
  /** Share of the rows' variance around their mean that decoding restores; 0 when the rows do not vary. */
  readonly r2: number;
  /** Units whose posterior mean varies by more than .01 (variance) over the rows. */
  readonly activeUnits: number;
}

/** The quality on a group of rows, measured like that of all rows. `r2` is relative to the group's own mean. */
export interface VAEGroupQuality extends VAEQuality {
  readonly group: string | number;
}

/** One epoch of a fit. */
export interface VAEEpoch {
  /** Weight of the divergence in the epoch's last step. */
  readonly beta: number;
  /** Means over the epoch's steps, as the weights moved: sampled codes (also for `r2`) and each step's own beta. */
  readonly training: VAEQuality;
  /**
   * The held-out rows after the epoch, with the final beta and always the same noise; `r2` is that of decoding the
   * posterior means. Absent when no rows are held out.
   */
  readonly validation: VAEQuality | undefined;
  /** The held-out rows of each group; absent if the fit had no groups or no rows are held out. */
  readonly groups?: readonly VAEGroupQuality[];
}

/** Numbers of one VAEQuality in the kernels' order. */
export const QUALITY_SIZE = 5;
/** Numbers of one VAEEpoch without its groups: beta, training, validation. */
export const EPOCH_SIZE = 1 + 2 * QUALITY_SIZE;

export function qualityFrom(values: Float64Array, at: number): VAEQuality {
  const [loss, reconstruction, kl, r2, activeUnits] = values.subarray(at, at + QUALITY_SIZE);
  return { loss, reconstruction, kl, r2, activeUnits };
}

/** The figures of each group, from one VAEQuality after the other. */
export function groupsFrom(
  values: Float64Array,
  at: number,
  names: readonly (string | number)[],
): VAEGroupQuality[] {
  return names.map((group, g) => ({ group, ...qualityFrom(values, at + g * QUALITY_SIZE) }));
}

export function epochFrom(values: Float64Array, epoch: number): VAEEpoch {
  const at = epoch * EPOCH_SIZE;
  const validation = qualityFrom(values, at + 1 + QUALITY_SIZE);
  return {
    beta: values[at],
    training: qualityFrom(values, at + 1),
    validation: Number.isNaN(validation.loss) ? undefined : validation,
  };
}

/** The inverse of {@link epochFrom}, but for groups. */
export function epochValues({ beta, training, validation }: VAEEpoch): number[] {
  const values = (q: VAEQuality) => [q.loss, q.reconstruction, q.kl, q.r2, q.activeUnits];
  return [
    beta,
    ...values(training),
    ...(validation === undefined ? new Array<number>(QUALITY_SIZE).fill(Number.NaN) : values(validation)),
  ];
}

/** The figures that judge an epoch. */
export function judged(epoch: VAEEpoch): VAEQuality {
  return epoch.validation ?? epoch.training;
}

/**
 * Index of the judged epoch with the least loss, the first of equals; -1 if none is judged. An epoch is judged if all its steps
 * had the final beta.
 */
export function bestEpoch(history: readonly VAEEpoch[], warmup: number): number {
  let best = -1;
  history.forEach((epoch, i) => {
    if (i >= warmup && (best < 0 || judged(epoch).loss < judged(history[best]).loss)) best = i;
  });
  return best;
}

/** Below these nats, codes say almost nothing; below this share of variance, decoding restores almost nothing. */
const LEAST = { kl: 0.5, r2: 0.05 };
/** From this share of the training rows' variance on, the rows count as learned. */
const LEARNED = 0.1;

/** Warnings about a model whose best epoch is this one, and what to change. Empty if all is well. */
export function qualityWarnings(
  epoch: VAEEpoch,
  { latent, warmup, epochs }: { latent: number; warmup: number; epochs: number },
): string[] {
  const warnings: string[] = [];
  const { kl, r2, activeUnits } = judged(epoch);
  const figures = `KL ${kl.toFixed(2)} nats, R^2 ${r2.toFixed(3)}, ${activeUnits} of ${latent} units active`;
  if (kl < LEAST.kl) {
    warnings.push(
      `The posterior has collapsed onto the prior: ${figures}. The codes say almost nothing about the rows. Lower \`beta\`, ` +
        'lengthen `warmup`, or scale the columns up: a column whose variance is far below 1 counts as noise.',
    );
  } else if (r2 < LEAST.r2 && epoch.training.r2 >= LEARNED) {
    warnings.push(
      `The model has learned the training rows by heart: R^2 ${epoch.training.r2.toFixed(3)} on them, but ${figures} on the ` +
        'rows held out. Fit more rows, use fewer or narrower `hidden` layers, or raise `beta`.',
    );
  } else if (r2 < LEAST.r2) {
    warnings.push(
      `The model has not learned to restore the rows: ${figures}. The codes carry information, but the decoder makes little ` +
        'use of it. Train for more `epochs`, or scale the columns to variances from 1 to 10. If columns do not depend on each ' +
        'other, a short code cannot restore them: `latent` must be nearly as large as their number.',
    );
  }
  if (warmup >= epochs) {
    warnings.push(
      `Training ended after ${epochs} epochs, within the warm-up of ${warmup}: no epoch could be judged and the last ` +
        'weights are used. Raise `epochs` or lower `warmup`.',
    );
  }
  return warnings;
}
