import { types } from 'node:util';
import { describe } from '../errors.ts';
import type { Metric } from '../neighbors/options.ts';
import type { CallOptions, OptionReader } from '../options.ts';

/** Options of `trustworthiness`. */
export interface TrustworthinessOptions extends CallOptions {
  /** Size of the neighborhoods that are compared, an integer in [1, rows / 2). Default 15, or less for fewer than 31 rows. */
  neighbors?: number;
}

/** Options of `silhouette` and `medoids`. */
export interface ClusterMetricOptions extends CallOptions {
  /** Default 'euclidean'. By 'cosine', a row of zeros is at distance 1 from other rows, and at 0 from rows of zeros. */
  metric?: Metric;
}

const DEFAULT_NEIGHBORS = 15;

/** @throws RangeError when there are too few rows, or the size is too large for them. */
export function readNeighborhood(read: OptionReader<TrustworthinessOptions>, rows: number): number {
  const most = Math.ceil(rows / 2) - 1;
  if (most < 1) throw new RangeError(`Expected \`X\` to have at least 3 rows but received ${rows}`);
  return read.integer('neighbors', Math.min(DEFAULT_NEIGHBORS, most), {
    min: 1,
    max: most,
    context: `for ${rows} rows`,
  });
}

/** @throws RangeError or TypeError when `labels` are not an integer in [0, rows) for each row. */
export function ownedLabels(labels: unknown, rows: number): Int32Array {
  if (!types.isInt32Array(labels) && !Array.isArray(labels)) {
    throw new TypeError(
      `Expected \`labels\` to be an Int32Array or an array but received ${describe(labels)}`,
    );
  }
  if (labels.length !== rows) {
    throw new RangeError(`Expected \`labels\` to hold ${rows} values but received ${labels.length}`);
  }
  const wrong = labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= rows);
  if (wrong >= 0) {
    throw new RangeError(
      `Expected \`labels\` to hold integers in [0, ${rows}) but row ${wrong} has ${describe(labels[wrong])}`,
    );
  }
  return Int32Array.from(labels);
}
