import { InvalidArgumentError } from 'commander';
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

/** The files of a shard, each with its number among all. */
export function filesOf<T>(files: readonly T[], { index, count }: Shard): { file: T; number: number }[] {
  return files.map((file, number) => ({ file, number })).filter(({ number }) => number % count === index);
}
