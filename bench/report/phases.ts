import type { Machine } from '../harness/machine.ts';
import { markdownTable, provenance, secondsText } from './markdown.ts';

/** What bench/tsne-phases.ts and bench/pca-phases.ts write: where the time of a kernel goes. */
export interface PhaseResults {
  readonly command: string;
  readonly machine: Machine;
  readonly threads: number;
  /** E.g. 't-SNE'. */
  readonly kernel: string;
  /** What was run, and how the phases are to be read. */
  readonly note: string;
  readonly phases: readonly SizePhases[];
}

/** Seconds of wall-clock time by the name of their phase; all sizes have the same names. */
export interface SizePhases {
  readonly title: string;
  readonly seconds: Readonly<Record<string, number>>;
  readonly total: number;
}

/** Runs `measure` `runs` times and keeps the run that took least. */
export async function fastest(
  title: string,
  runs: number,
  measure: () => Promise<Omit<SizePhases, 'title'>>,
): Promise<SizePhases> {
  let best = await measure();
  for (let run = 1; run < runs; run++) {
    const next = await measure();
    if (next.total < best.total) best = next;
  }
  console.log(title, best);
  return { title, ...best };
}

/** The seconds of `phases` in place of the sums over threads: their shares of the wall-clock time that they took together. */
export function sharedOut(wall: number, phases: Readonly<Record<string, number>>): Record<string, number> {
  const sum = Object.values(phases).reduce((a, b) => a + b, 0);
  return Object.fromEntries(
    Object.entries(phases).map(([name, seconds]) => [name, sum > 0 ? (seconds / sum) * wall : 0]),
  );
}

/** A column for each size. */
export function phasesSection({ command, machine, threads, kernel, note, phases }: PhaseResults): string {
  const rows = Object.keys(phases[0].seconds).map((phase) => [
    phase,
    ...phases.map(({ seconds, total }) => withShare(seconds[phase], total)),
  ]);
  const total = ['all', ...phases.map((size) => secondsText(size.total))];
  return [
    `### ${kernel}`,
    note,
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
