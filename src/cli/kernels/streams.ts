import { DataError } from '../../errors.ts';
import type { Matrix } from '../../matrix.ts';
import {
  type NamedMatrix,
  type ReadRowsOptions,
  readMatrix,
  readRows,
  type WrittenFile,
  writeMatrix,
  writeRows,
} from '../../matrix-files/index.ts';
import type { WriteRowsOptions } from '../../matrix-files/writing.ts';
import type { Job } from './job.ts';
import type { Target } from './temporary.ts';

type Report = (fraction: number, rows?: number) => void;

/** What is known of a file's rows before they are read. */
export interface Ahead {
  readonly cols: number;
  /** Undefined if only the end shows it. */
  readonly rows: number | undefined;
}

/**
 * Reads all rows of a job's input.
 *
 * @throws DataError for a file without rows, or a damaged one.
 */
export async function readInput({
  input,
  reading,
  stage,
}: Pick<Job<object>, 'input' | 'reading' | 'stage'>): Promise<NamedMatrix> {
  const X = await stage('read', () => readMatrix(input, reading));
  checkRows(X, input);
  return X;
}

function checkRows({ rows }: { rows: number }, file: string): void {
  if (rows === 0) throw new DataError('holds no rows', { file });
}

/** Looks at the first rows of a file. */
export async function lookAhead(input: string, reading: ReadRowsOptions): Promise<Ahead> {
  for await (const batch of readRows(input, reading)) {
    checkRows(batch, input);
    return { cols: batch.cols, rows: batch.total };
  }
  throw new Error('unreachable: there is at least one batch');
}

/** Calls `take` with every batch of a file, in order. */
export async function eachBatch(
  input: string,
  reading: ReadRowsOptions,
  report: Report,
  take: (batch: NamedMatrix) => Promise<void>,
): Promise<number> {
  let rows = 0;
  for await (const batch of readRows(input, reading)) {
    if (batch.start === 0) checkRows(batch, input);
    await take(batch);
    rows += batch.rows;
    report(batch.total === undefined ? 0 : rows / batch.total, rows);
  }
  return rows;
}

/** A file's rows, made into others and written batch by batch, with the names that they have. */
export async function streamRows(
  { input, reading, target }: { input: string; reading: ReadRowsOptions; target: Target },
  rows: number | undefined,
  report: Report,
  change: (batch: NamedMatrix) => Promise<Matrix | NamedMatrix>,
): Promise<WrittenFile> {
  const writer = await writeRows(target.path, {
    ...writing(target, reading),
    ...(rows !== undefined && { rows }),
  });
  try {
    let names: Names | undefined;
    await eachBatch(input, reading, report, async (batch) => {
      names ??= { ids: batch.ids !== undefined, labels: batch.labels !== undefined };
      await writer.write({ ...(await change(batch)), ...namesOf(batch, names) });
    });
    return await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** Writes a matrix with the names of the rows that it was made of. */
export function writeNamed(
  target: Target,
  reading: ReadRowsOptions,
  { data, rows, cols }: Matrix,
  { ids, labels }: Pick<NamedMatrix, 'ids' | 'labels'>,
): Promise<WrittenFile> {
  return writeMatrix(target.path, { data, rows, cols, ids, labels }, writing(target, reading));
}

/** What a summary says of a file, and a note of what its format cannot hold. */
export function wrote({ leftOut, ...output }: WrittenFile, note: (text: string) => void): object {
  if (leftOut.length > 0) note(`${output.format} files do not hold ${leftOut.join(' or ')}: left out`);
  return { ...output, leftOut };
}

interface Names {
  readonly ids: boolean;
  readonly labels: boolean;
}

/** Every batch of a file gets names if the first one has them. */
function namesOf({ ids, labels, rows }: NamedMatrix, has: Names): Pick<NamedMatrix, 'ids' | 'labels'> {
  const none = () => new Array<string>(rows).fill('');
  return { ...(has.ids && { ids: ids ?? none() }), ...(has.labels && { labels: labels ?? none() }) };
}

function writing({ format }: Target, { signal }: ReadRowsOptions): WriteRowsOptions {
  return { ...(format !== undefined && { format: format as WriteRowsOptions['format'] }), signal };
}
