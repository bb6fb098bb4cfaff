import { join } from 'node:path';
import { makeFolder } from '../../files/atomic-file.ts';
import { FORMATS } from '../../matrix-files/formats.ts';
import { partName } from '../../matrix-files/parts.ts';
import { UsageError } from '../failure.ts';
import { type Shard, shardOf } from '../shard.ts';
import type { Job, KernelCommand } from './job.ts';
import { resultFormat } from './result-format.ts';

/** What is read and written at once. */
export type Piece = Pick<Job<object>, 'input' | 'target' | 'part'>;

interface Flags {
  readonly out?: string;
  readonly outFormat?: string;
  readonly shard?: Shard;
}

/** The files of a shard, and for each of them the part of the result, in the folder that `-o` names. */
export async function piecesOf(
  inputs: readonly string[],
  { out, outFormat = 'parquet', shard }: Flags,
  kernel: Pick<KernelCommand<never>, 'name' | 'formats'>,
): Promise<Piece[]> {
  const see = `See god ${kernel.name} --help`;
  if (out === undefined || out === '-' || inputs.includes('-'))
    throw new UsageError(`Many files are read from files, into a folder: -o FOLDER. ${see}`);
  const format = resultFormat('', outFormat, kernel);
  const [ending] = FORMATS.find(({ name }) => name === format)?.endings ?? [];
  if (ending === undefined) throw new UsageError(`--out-format ${format} is not for many files. ${see}`);
  const { files, total } = await shardOf(inputs, shard);
  await makeFolder(out);
  return files.map(({ file, number }) => ({
    input: file,
    target: { path: join(out, partName(number, total, ending)), format },
    part: true,
  }));
}
