import type { Machine } from '../harness/machine.ts';
import type { Defaults } from '../quality/defaults.ts';
import { barText, type Figure, number } from '../quality/figure.ts';
import { markdownTable, provenance } from './markdown.ts';

/** What bench/quality.ts writes. */
export interface QualityResults {
  readonly machine: Machine;
  readonly threads: number;
  /** The options that the VAEs were fitted with, by the set's name. */
  readonly defaults?: Readonly<Record<string, Defaults>>;
  readonly figures: readonly Figure[];
}

export function qualitySection({ machine, threads, defaults = {}, figures }: QualityResults): string {
  const met = figures.filter(({ ok }) => ok).length;
  const rows = figures.map(({ stage, figure, bar, measured, ok }) => [
    stage,
    figure,
    barText(bar),
    number(measured),
    ok ? 'met' : '**missed**',
  ]);
  return [
    `${met} of ${figures.length} bars are met.`,
    markdownTable(['stage', 'figure', 'bar', 'measured', ''], rows, 'llrrl'),
    ...defaultsTable(defaults),
    provenance(machine, 'npx tsx bench/quality.ts --data FOLDER', threads),
  ].join('\n\n');
}

/** Both sets of defaults side by side: an option for each row. */
function defaultsTable(sets: Readonly<Record<string, Defaults>>): string[] {
  const names = Object.keys(sets);
  if (names.length === 0) return [];
  const rows = Object.keys(sets[names[0]]).map((option) => [
    `\`${option}\``,
    ...names.map((name) => String(sets[name][option])),
  ]);
  return [
    "The VAE's defaults in these measurements:",
    markdownTable(['', ...names], rows, `l${'r'.repeat(names.length)}`),
  ];
}
