import type { Machine } from '../harness/machine.ts';
import { bytesText, markdownTable, provenance, secondsText, significant } from './markdown.ts';

/** What bench/audioset.ts writes: reading AudioSet at its real size. */
export interface AudioSetResults {
  readonly command: string;
  readonly machine: Machine;
  readonly audioset: string;
  readonly readings: readonly AudioSetReading[];
}

export interface AudioSetReading {
  readonly title: string;
  /** Rows of the corpus, and those that were kept. */
  readonly rows: number;
  readonly kept: number;
  readonly clipsPerSecond: number;
  readonly seconds: number;
  readonly processorSeconds: number;
  /** Memory of the process at its peak, and how much of it is the result's vectors. */
  readonly peakBytes: number;
  readonly resultBytes: number;
  /** Milliseconds: 99 % of the event loop's turns waited less. */
  readonly delayP99: number;
}

export function audiosetSection({ command, machine, audioset, readings }: AudioSetResults): string {
  const rows = readings.map((reading) => [
    reading.title,
    reading.rows.toLocaleString('en-US'),
    secondsText(reading.seconds),
    significant(reading.clipsPerSecond, 3),
    bytesText(reading.peakBytes),
    bytesText(reading.resultBytes),
    `${reading.delayP99.toFixed(1)} ms`,
  ]);
  const head = ['kept', 'rows', 'time', 'clips/s', 'memory', 'of it vectors', 'event loop, p99'];
  return [`### ${audioset}`, markdownTable(head, rows, 'lrrrrrr'), provenance(machine, command)].join('\n\n');
}
