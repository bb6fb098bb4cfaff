/** How well a model serves some rows. All in nats per row, except `r2` and `activeUnits`. */
export interface VAEQuality {
  /** `reconstruction` + beta x `kl` (with free bits each unit's share counts as that much at least). */
  readonly loss: number;
  /** Half the squared error, summed over columns, of decoding one sampled code per row. */
  readonly reconstruction: number;
  /** Divergence of the posterior from the prior, summed over units. */
  readonly kl: number;
  /** Share of the rows' variance around their mean that decoding gives back; 0 when the rows do not vary. */
  readonly r2: number;
  /** Units whose posterior mean varies by more than .01 (variance) over the rows. */
  readonly activeUnits: number;
}

/** The quality on a group of rows, measured as the whole's; `r2` is against the group's own mean. */
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
  /** The held-out rows of each group; absent when the fit was not told of groups, or no rows are held out. */
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

/** The figures by which an epoch is judged. */
export function judged(epoch: VAEEpoch): VAEQuality {
  return epoch.validation ?? epoch.training;
}

/**
 * Index of the judged epoch of least loss, the first of equals; -1 when none is judged. Epochs are judged whose every
 * step had the final beta.
 */
export function bestEpoch(history: readonly VAEEpoch[], warmup: number): number {
  let best = -1;
  history.forEach((epoch, i) => {
    if (i >= warmup && (best < 0 || judged(epoch).loss < judged(history[best]).loss)) best = i;
  });
  return best;
}

/** Nats below which codes say next to nothing, and a share of variance below which decoding gives back next to nothing. */
const LEAST = { kl: 0.5, r2: 0.05 };
/** Share of the training rows' variance from which on they were learned. */
const LEARNED = 0.1;

/** What a user should know of a model whose best epoch is this one, with what to change. Empty when all is well. */
export function qualityWarnings(
  epoch: VAEEpoch,
  { latent, warmup, epochs }: { latent: number; warmup: number; epochs: number },
): string[] {
  const warnings: string[] = [];
  const { kl, r2, activeUnits } = judged(epoch);
  const figures = `KL ${kl.toFixed(2)} nats, R^2 ${r2.toFixed(3)}, ${activeUnits} of ${latent} units active`;
  if (kl < LEAST.kl) {
    warnings.push(
      `The posterior has collapsed onto the prior: ${figures}. The codes say next to nothing about the rows. Lower \`beta\`, ` +
        'lengthen `warmup`, or scale the columns up: a column whose variance is far below 1 counts as noise.',
    );
  } else if (r2 < LEAST.r2 && epoch.training.r2 >= LEARNED) {
    warnings.push(
      `The model has learned the training rows by heart: R^2 ${epoch.training.r2.toFixed(3)} on them, but ${figures} on the ` +
        'rows held out. Fit more rows, use fewer or narrower `hidden` layers, or raise `beta`.',
    );
  } else if (r2 < LEAST.r2) {
    warnings.push(
      `The model has not learned to restore the rows: ${figures}. The codes carry something, but the decoder makes little of ` +
        'it. Train for more `epochs`, or scale the columns to variances from 1 to 10. Columns that do not depend on each other ' +
        'cannot be restored from a short code: they need as large a `latent`.',
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
