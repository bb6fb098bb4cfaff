import type { Machine } from '../harness/machine.ts';
import { markdownTable, provenance, secondsText } from './markdown.ts';

/** Seconds of wall-clock time. */
export interface PhaseSeconds {
  readonly neighbors: number;
  readonly start: number;
  readonly affinities: number;
  readonly cells: number;
  readonly reorder: number;
  readonly walk: number;
  readonly repulsion: number;
  readonly attraction: number;
  readonly grid: number;
  readonly step: number;
  readonly total: number;
}

/** What bench/tsne-phases.ts writes. */
export interface PhaseResults {
  readonly command: string;
  readonly machine: Machine;
  readonly threads: number;
  readonly iterations: number;
  readonly phases: readonly { readonly title: string; readonly seconds: PhaseSeconds }[];
}

const NAMES: Readonly<Record<Exclude<keyof PhaseSeconds, 'total'>, string>> = {
  neighbors: 'nearest neighbors',
  start: 'first layout, by PCA',
  affinities: 'affinities',
  cells: 'quadtree: order, cells, centers',
  reorder: 'putting memory in order',
  walk: 'walking the tree',
  repulsion: 'repulsion',
  grid: 'repulsion by interpolation',
  attraction: 'attraction',
  step: 'moving the points',
};

/** Where the time of t-SNE goes: a column for each size. */
export function phasesSection({ command, machine, threads, iterations, phases }: PhaseResults): string {
  const rows = (Object.keys(NAMES) as (keyof typeof NAMES)[]).map((phase) => [
    NAMES[phase],
    ...phases.map(({ seconds }) => withShare(seconds[phase], seconds.total)),
  ]);
  const total = ['all', ...phases.map(({ seconds }) => secondsText(seconds.total))];
  return [
    `${iterations} iterations. Repulsion, attraction and the walk run at the same time; their time is divided in proportion to what the threads spent on each.`,
    markdownTable(
      ['', ...phases.map(({ title }) => title)],
      [...rows, total],
      `l${'r'.repeat(phases.length)}`,
    ),
    provenance(machine, command, threads),
  ].join('\n\n');
}

function withShare(seconds: number, total: number): string {
  return `${secondsText(seconds)} (${Math.round((100 * seconds) / total)} %)`;
}
