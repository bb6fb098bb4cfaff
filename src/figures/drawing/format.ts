const MISSING = '\u2013';
const NARROW_SPACE = '\u202f';

/** 7183 -> '7,183'. Anything but a finite number becomes a dash. */
export function count(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : MISSING;
}

/** A number with a fixed number of decimals, thousands separated: 1234.5 -> '1,234.50'. */
export function decimal(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return MISSING;
  const shown = value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return Number(shown.replaceAll(',', '')) === 0 ? shown.replace('-', '') : shown.replace('-', '\u2212');
}

/** A share as a percentage: 0.9262 -> '92.6 %'. */
export function percent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${decimal(share * 100, digits)}${NARROW_SPACE}%` : MISSING;
}

/** '7,183 x 42' with a proper sign. */
export function shape(rows: number, columns: number): string {
  return `${count(rows)}${NARROW_SPACE}\u00d7${NARROW_SPACE}${count(columns)}`;
}

/** '1 cluster', '12 clusters'. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}
