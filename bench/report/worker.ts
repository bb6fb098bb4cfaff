import type { Machine } from '../harness/machine.ts';
import { markdownTable, provenance } from './markdown.ts';

/** One command of `god worker` on one stream. */
export interface WorkerCase {
  readonly command: string;
  readonly rows: number;
  readonly columns: number;
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** CPU seconds of the worker, with its start. */
  readonly cpu: number;
  /** Most memory, in MB. */
  readonly memory: number;
  /** CPU seconds of a process that reads the same rows from a raw file and adds them to an accumulator. */
  readonly accumulator?: number;
}

/** What bench/worker.ts writes. */
export interface WorkerResults {
  readonly command: string;
  readonly machine: Machine;
  /** CPU seconds that a worker takes to start, beyond those of Node. */
  readonly start: number;
  readonly worker: readonly WorkerCase[];
}

/** What one process of an engine does. */
export function workerSection({ command, machine, start, worker }: WorkerResults): string {
  const rows = worker.map(({ command: name, rows, columns, seconds, cpu, memory, accumulator }) => [
    `\`${name}\``,
    `${rows} x ${columns}`,
    `${seconds.toFixed(2)} s`,
    `${cpu.toFixed(2)} s`,
    String(Math.round(rows / seconds)),
    String(Math.round(rows / cpu)),
    accumulator === undefined ? '' : (cpu / accumulator).toFixed(2),
    `${Math.round(memory)} MB`,
  ]);
  return [
    '`god worker` with one thread, fed through a pipe in batches of 10,000 rows, as engines do it. The model of `place` has 7,183 objects.',
    markdownTable(
      [
        ...['command', 'rows', 'time', 'CPU', 'rows a second', 'rows a CPU second'],
        ...['CPU, times that of an accumulator fed from a raw file', 'memory'],
      ],
      rows,
      'lrrrrrrr',
    ),
    `A worker takes ${start.toFixed(2)} s of CPU to start, beyond Node's own.`,
    provenance(machine, command),
  ].join('\n\n');
}
