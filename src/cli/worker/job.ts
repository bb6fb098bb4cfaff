import type { ArrowStream } from '../../formats/arrow/stream-read.ts';
import type { WorkerFlags } from './options.ts';

/** One run of `god worker`. */
export interface WorkerJob {
  readonly flags: WorkerFlags;
  readonly threads: number;
  readonly partition: number;
  /** Reads the schema of standard input. */
  open(): ArrowStream;
  /** Writes to standard output. */
  write(bytes: Uint8Array): void;
  /** Prints a line on stderr. */
  note(text: string): void;
}
