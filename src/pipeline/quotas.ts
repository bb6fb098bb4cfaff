import { chooseRows } from '../sources/sampling.ts';

/** Which rows of the union are in the New Reality: indices into the union, ascending. */
export interface SampledRows {
  readonly rows: Int32Array;
  /** Sampled rows of each modality. */
  readonly perModality: readonly number[];
}

/**
 * Samples `samples` rows equally from the modalities. A modality with too few rows gives all it has, and the others give more.
 * If all together have fewer, all rows are taken.
 *
 * @param sizes - rows of each modality, in the order of the union.
 */
export function sampleRows(sizes: readonly number[], samples: number, seed: number): SampledRows {
  const quotas = equalQuotas(sizes, samples);
  const rows: number[] = [];
  let offset = 0;
  sizes.forEach((size, m) => {
    // Another stream than the one that chose the rows to gather: otherwise both would prefer the same rows.
    for (const row of chooseRows(size, { limit: quotas[m], seed: seed + m + 1 })) rows.push(offset + row);
    offset += size;
  });
  return { rows: Int32Array.from(rows), perModality: quotas };
}

/** Divides `total` as evenly as the sizes allow; the first ones get the remainder. */
export function equalQuotas(sizes: readonly number[], total: number): number[] {
  const quotas = sizes.map(() => 0);
  let left = Math.min(
    total,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  while (left > 0) {
    const open = sizes.flatMap((size, m) => (quotas[m] < size ? [m] : []));
    const share = Math.max(1, Math.floor(left / open.length));
    for (const m of open) {
      const more = Math.min(share, sizes[m] - quotas[m], left);
      quotas[m] += more;
      left -= more;
    }
  }
  return quotas;
}
