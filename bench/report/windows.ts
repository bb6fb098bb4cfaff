import type { Machine } from '../harness/machine.ts';
import { markdownTable, provenance, significant } from './markdown.ts';

/** What bench/windows.ts measured. */
export interface WindowsResults {
  readonly machine: Machine;
  readonly command: string;
  /** The version of Node on both systems. */
  readonly node: string;
  readonly runs: number;
  /** Medians, in seconds. */
  readonly windows: readonly { readonly name: string; readonly linux: number; readonly windows: number }[];
}

export function windowsSection({ machine, command, node, runs, windows }: WindowsResults): string {
  const table = markdownTable(
    [`Node ${node}, median of ${runs}`, 'Linux', 'Windows under Wine', 'ratio'],
    windows.map((times) => [
      times.name,
      `${significant(times.linux, 3)} s`,
      `${significant(times.windows, 3)} s`,
      significant(times.windows / times.linux, 3),
    ]),
    'lrrr',
  );
  return [table, provenance(machine, command)].join('\n\n');
}
