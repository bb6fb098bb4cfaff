import { DataError } from '../../errors.ts';
import type { Matrix } from '../../matrix.ts';
import {
  type FormatName,
  type NamedMatrix,
  type ReadRowsOptions,
  type WrittenFile,
  writeMatrix,
  writeRows,
} from '../../matrix-files/index.ts';
import type { WriteRowsOptions } from '../../matrix-files/writing.ts';
import type { InputRows } from './input.ts';
import type { Report } from './job.ts';
import type { Target } from './temporary.ts';

/** Rows made into others and written batch by batch, with the names that they have. */
export async function streamRows(
  rows: InputRows,
  { reading, target }: { reading: ReadRowsOptions; target: Target },
  /** How many rows there are, if it is known. */
  total: number | undefined,
  report: Report,
  change: (batch: NamedMatrix) => Promise<Matrix | NamedMatrix>,
): Promise<WrittenFile> {
  const { ids, labels } = rows.first;
  const names = { ids: ids !== undefined, labels: labels !== undefined };
  const writer = await writeRows(target.path, {
    ...writing(target, reading),
    ...(total !== undefined && { rows: total }),
  });
  try {
    await rows.each(report, async (batch) => {
      const { data, rows: count, cols } = await change(batch);
      await writer.write({ data, rows: count, cols, ...namesOf(batch, names, rows.file) });
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

/** Every batch of a file gets names if the first one has them. @throws DataError when only a later one has them. */
function namesOf(
  { ids, labels, rows }: NamedMatrix,
  has: Names,
  file: string,
): Pick<NamedMatrix, 'ids' | 'labels'> {
  for (const [name, names] of Object.entries({ ids, labels }))
    if (names !== undefined && !has[name as keyof Names])
      throw new DataError(`has ${name}, but not from its first rows on`, { file });
  const none = () => new Array<string>(rows).fill('');
  return { ...(has.ids && { ids: ids ?? none() }), ...(has.labels && { labels: labels ?? none() }) };
}

function writing({ format }: Target, { signal }: ReadRowsOptions): WriteRowsOptions {
  return { format: format as FormatName, signal };
}
