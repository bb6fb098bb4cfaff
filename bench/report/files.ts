import type { Machine } from '../harness/machine.ts';
import { bytesText, markdownTable, provenance, secondsText, significant } from './markdown.ts';

/** Seconds of ours and of the peer. */
interface Times {
  readonly own: number;
  readonly peer?: number;
}

/** One format. */
export interface Rates {
  readonly format: string;
  readonly rows: number;
  /** Of the file. */
  readonly megabytes: number;
  readonly peer: string;
  readonly read: Times;
  readonly write: Times;
}

/** What bench/files.ts writes. */
export interface FilesResults {
  readonly command: string;
  readonly machine: Machine;
  readonly cols: number;
  readonly files: readonly Rates[];
  /** Seconds to fit and to project an .npy file batch by batch, on one thread. */
  readonly stream: {
    readonly rows: number;
    readonly megabytes: number;
    readonly components: number;
    readonly fit: number;
    readonly project: number;
    readonly residentBytes: number;
  };
}

/** Reading and writing of files. */
export function filesSection({ command, machine, cols, files, stream }: FilesResults): string {
  const rows = files.map(({ format, rows: count, megabytes, peer, read, write }) => [
    format,
    `${count.toLocaleString('en-US')} x ${cols}`,
    rate(megabytes, read.own),
    rate(megabytes, read.peer),
    rate(megabytes, write.own),
    rate(megabytes, write.peer),
    peer,
  ]);
  const both = stream.fit + stream.project;
  return [
    'MB of the file a second on one thread, into and from a float32 matrix. Our files are on the disk when a write ends; those of the peers may still be in the cache of the system.',
    markdownTable(['format', 'rows', 'read', 'peer reads', 'write', 'peer writes', 'peer'], rows, 'lrrrrrl'),
    `An .npy file of ${stream.rows.toLocaleString('en-US')} x ${cols} float32 (${significant(stream.megabytes, 3)} MB) through \`PCA.accumulator\` in ` +
      `${secondsText(stream.fit)}, then projected to ${stream.components} components into a second .npy file in ${secondsText(stream.project)}: ` +
      `${significant((2 * stream.megabytes) / both, 2)} MB read a second, in a process of ${bytesText(stream.residentBytes)} at most.`,
    provenance(machine, command, 1),
  ].join('\n\n');
}

function rate(megabytes: number, seconds: number | undefined): string {
  return seconds === undefined ? '' : `${significant(megabytes / seconds, 2)} MB/s`;
}
