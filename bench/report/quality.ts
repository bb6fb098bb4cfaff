import type { Machine } from '../machine.ts';
import { barText, type Figure, number } from '../quality/figure.ts';
import { markdownTable, provenance } from './markdown.ts';

/** What bench/quality.ts writes. */
export interface QualityResults {
  readonly machine: Machine;
  readonly threads: number;
  readonly figures: readonly Figure[];
}

export function qualitySection({ machine, threads, figures }: QualityResults): string {
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
    provenance(machine, 'npx tsx bench/quality.ts --data FOLDER', threads),
  ].join('\n\n');
}
