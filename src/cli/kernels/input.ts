import { NoRowsError } from '../../errors.ts';
import { joined } from '../../matrix-files/batches.ts';
import {
  type NamedMatrix,
  type ReadRowsOptions,
  type RowBatch,
  readMatrix,
  readRows,
} from '../../matrix-files/index.ts';
import type { Job, Report } from './job.ts';

/** Bytes of numbers that are kept for a second pass. */
export const KEPT_BYTES = 128 << 20;

/** The rows of a job's input, batch by batch. A second pass reads the file again unless its rows are kept in memory. */
export class InputRows {
  /** The first batch, read ahead. */
  readonly first: RowBatch;
  readonly #input: string;
  readonly #reading: ReadRowsOptions;
  /** What follows the first batch, until the first pass. */
  #rest: AsyncGenerator<RowBatch> | undefined;
  /** The batches so far, while they are kept. */
  #kept: RowBatch[] | undefined;
  #room: number;

  private constructor(
    { input, reading }: Pick<Job<object>, 'input' | 'reading'>,
    first: RowBatch,
    rest: AsyncGenerator<RowBatch>,
    keep: number,
  ) {
    this.#input = input;
    this.#reading = reading;
    this.first = first;
    this.#rest = rest;
    this.#kept = [];
    this.#room = keep;
  }

  /**
   * @param keep most bytes of numbers to keep for a second pass.
   * @throws NoRowsError for a file without rows; DataError for a damaged one.
   */
  static async open(job: Pick<Job<object>, 'input' | 'reading'>, keep = 0): Promise<InputRows> {
    const rest = readRows(job.input, job.reading);
    const { value } = await rest.next();
    const first = value as RowBatch; // there is at least one
    if (first.rows === 0) {
      await rest.return(undefined);
      throw new NoRowsError(job.input);
    }
    return new InputRows(job, first, rest, keep);
  }

  /** What is read. */
  get file(): string {
    return this.#input;
  }

  /** Calls `take` with every batch, in order. */
  async each(report: Report, take: (batch: NamedMatrix) => Promise<void>): Promise<void> {
    for await (const batch of this.#batches()) {
      await take(batch);
      const rows = batch.start + batch.rows;
      report(batch.total === undefined ? 0 : rows / batch.total, rows);
    }
  }

  /** All rows, which then stay in memory. */
  async all(): Promise<NamedMatrix> {
    const batches: RowBatch[] = [];
    for await (const batch of this.#batches()) batches.push(batch);
    this.#kept = [joined(batches)];
    return this.#kept[0];
  }

  async *#batches(): AsyncGenerator<RowBatch> {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest === undefined) {
      yield* this.#kept ?? readRows(this.#input, this.#reading);
      return;
    }
    try {
      this.#keep(this.first);
      yield this.first;
      for await (const batch of rest) {
        this.#keep(batch);
        yield batch;
      }
    } finally {
      await rest.return(undefined);
    }
  }

  #keep(batch: RowBatch): void {
    this.#room -= batch.data.byteLength;
    if (this.#room < 0) this.#kept = undefined;
    this.#kept?.push(batch);
  }
}

/**
 * Reads all rows of a job's input.
 *
 * @throws NoRowsError for a file without rows; DataError for a damaged one.
 */
export async function readInput({
  input,
  reading,
  stage,
}: Pick<Job<object>, 'input' | 'reading' | 'stage'>): Promise<NamedMatrix> {
  const X = await stage('read', () => readMatrix(input, reading));
  if (X.rows === 0) throw new NoRowsError(input);
  return X;
}
