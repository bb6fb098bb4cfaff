import type { Machine } from '../harness/machine.ts';
import { bytesText, markdownTable, provenance, secondsText, significant } from './markdown.ts';

/** Decompression of one file. */
export interface Unpacking {
  readonly kind: 'bz2' | 'gz';
  /** Of the text. */
  readonly megabytes: number;
  /** Of the file. */
  readonly packed: number;
  /** By 'ours' and each peer. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** One corpus as the pipeline reads it. */
export interface Reading {
  readonly name: string;
  /** Of the text, or of the archive. */
  readonly megabytes: number;
  readonly seconds: number;
  /** Of the whole process, at most. */
  readonly residentBytes: number;
  /** Seconds by which the event loop was late, in 99 of 100 cases at most. */
  readonly delay99: number;
}

/** What bench/corpora.ts writes. */
export interface CorporaResults {
  readonly command: string;
  readonly machine: Machine;
  readonly rows: number;
  readonly pictures: number;
  readonly corpora: {
    readonly unpacking: readonly Unpacking[];
    readonly reading: readonly Reading[];
    /** From an abort to the end of the call. */
    readonly abortSeconds: number;
  };
}

/** The paper's corpora, read in place. */
export function corporaSection({ command, machine, rows, pictures, corpora }: CorporaResults): string {
  const unpacked = corpora.unpacking.flatMap(({ kind, megabytes, packed, seconds }) =>
    Object.entries(seconds).map(([name, time]) => [
      kind,
      name,
      secondsText(time),
      `${significant(megabytes / time, 3)} MB/s`,
      `${significant(packed / time, 3)} MB/s`,
      significant(time / seconds.ours, 3),
    ]),
  );
  const read = corpora.reading.map(({ name, megabytes, seconds, residentBytes, delay99 }) => [
    name,
    `${significant(megabytes, 3)} MB`,
    secondsText(seconds),
    `${significant(megabytes / seconds, 3)} MB/s`,
    bytesText(residentBytes),
    secondsText(Math.max(0, delay99)),
  ]);
  return [
    `${rows.toLocaleString('en-US')} word and entity vectors of 100 numbers as text, decompressed beside other programs; ours includes the copy into Node's memory.`,
    markdownTable(['file', 'by', 'time', 'of text', 'of the file', 'time / ours'], unpacked, 'llrrrr'),
    `The same files, of which \`wikipedia2vec\` keeps 25,000 rows, and a zip archive of ${pictures.toLocaleString('en-US')} images that are listed and read, ` +
      'not decoded. Memory is that of the whole process; the event loop is late by at most so much in 99 of 100 cases.',
    markdownTable(['corpus', 'size', 'time', 'rate', 'memory', 'event loop'], read, 'lrrrrr'),
    `An abort ends the reading of the bzip2 file within ${secondsText(corpora.abortSeconds)}.`,
    provenance(machine, command),
  ].join('\n\n');
}
