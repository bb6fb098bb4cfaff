import { InvalidArgumentError } from 'commander';
import { partsOf } from '../matrix-files/parts.ts';
import type { Flag } from './flags.ts';

/** One of the parts into which files are divided: `index` of `count`, from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const SHARD_FLAG: Flag = {
  value: 'i/n',
  text: 'only files i, i + n, i + 2n, ... of those that are given, counted from 0 (default: 0/1, all)',
  parse: (text): Shard => {
    const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
    if (index < count) return { index, count };
    throw new InvalidArgumentError('Expected I/N with I from 0 to N - 1, e.g. 0/8.');
  },
};

/** A file of a shard, and its number among all files. */
export interface ShardFile {
  readonly file: string;
  readonly number: number;
}

/**
 * The files of a shard, and how many there are in all shards.
 *
 * @param filesIn what a path stands for. Default: a folder stands for the files in it.
 */
export async function shardOf(
  paths: readonly string[],
  { index, count }: Shard = { index: 0, count: 1 },
  filesIn: (path: string) => Promise<readonly string[]> = partsOf,
): Promise<{ files: ShardFile[]; total: number }> {
  const all: string[] = [];
  for (const path of paths) all.push(...(await filesIn(path)));
  const files = all
    .map((file, number) => ({ file, number }))
    .filter(({ number }) => number % count === index);
  return { files, total: all.length };
}
