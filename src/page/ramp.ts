/** Shares of the objects that lie below the bounds between the classes of a measure: fine where objects stand out. */
const SHARES = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;

/** A measure of objects in classes, for a sequential ramp of colors. */
export interface Ramp {
  /** For each object its class, 0 for the smallest values. */
  readonly classes: Uint8Array;
  /** Values between the classes, ascending. */
  readonly bounds: readonly number[];
}

/** Classes of a measure by its own quantiles, to three digits. */
export function rampOf(values: ArrayLike<number>): Ramp {
  const sorted = Float64Array.from(values).sort();
  const bounds = SHARES.map((share) =>
    Number((sorted[Math.floor(share * sorted.length)] ?? 0).toPrecision(3)),
  );
  const classOf = (value: number) => bounds.filter((bound) => value >= bound).length;
  return { classes: Uint8Array.from(values, classOf), bounds };
}
