import type { Defaults } from './defaults.ts';

/** What a figure must reach; both ends count. */
export interface Bar {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One measured number and its bar. */
export interface Figure {
  readonly stage: string;
  readonly figure: string;
  readonly bar: Bar;
  readonly measured: number;
  readonly ok: boolean;
}

/** What a stage gives. */
export interface Measured {
  readonly figures: readonly Figure[];
  /** The options that it ran with, by the name of the set of defaults. */
  readonly defaults?: Readonly<Record<string, Defaults>>;
}

/** Judges `measured`. NaN meets no bar. */
export function figure(stage: string, name: string, measured: number, bar: Bar): Figure {
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = bar;
  return { stage, figure: name, bar, measured, ok: measured >= atLeast && measured <= atMost };
}

/** The figures as lines of a table: figure | bar | measured | ok. */
export function table(figures: readonly Figure[]): string[] {
  const rows = figures.map(({ stage, figure, bar, measured, ok }) => [
    `${stage}: ${figure}`,
    barText(bar),
    number(measured),
    ok ? 'ok' : 'MISSED',
  ]);
  const all = [['figure', 'bar', 'measured', 'ok'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join(' | ')
      .trimEnd(),
  );
}

/** A bar in words: '>= 0.8', '43 to 49'. */
export function barText({ atLeast, atMost }: Bar): string {
  if (atLeast === undefined) return `<= ${atMost === undefined ? '' : number(atMost)}`;
  if (atMost === undefined) return `>= ${number(atLeast)}`;
  return atLeast === atMost ? number(atLeast) : `${number(atLeast)} to ${number(atMost)}`;
}

/** Four significant digits, and integers in full. */
export function number(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
