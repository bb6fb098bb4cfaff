import { Command } from 'commander';
import { DataError, NoRowsError } from '../errors.ts';
import { readRows } from '../matrix-files/index.ts';
import { saveModel } from '../models/model-file.ts';
import type { PCAFinishOptions } from '../pca/options.ts';
import { PCA } from '../pca/pca.ts';
import { UsageError } from './failure.ts';
import {
  asUsage,
  type FlagTable,
  givenOptions,
  numberFlag,
  switchFlag,
  THREADS_FLAG,
  textFlag,
  withFlags,
} from './flags.ts';
import { interruptible } from './interruptible.ts';
import { READ_FLAGS } from './kernels/file-flags.ts';
import { ProgressLines } from './progress.ts';
import { SHARD_FLAG, type Shard, shardOf } from './shard.ts';
import { readStateFiles, writeStateFile } from './state-files.ts';
import { type PartState, partState } from './worker/states.ts';

const FINISH: FlagTable<Pick<PCAFinishOptions, 'components' | 'scale' | 'whiten'>> = {
  components: numberFlag(
    '--save: how many to keep, or in (0, 1) the share of variance to explain (default: all)',
  ),
  scale: switchFlag('--save: divide every column by its standard deviation'),
  whiten: switchFlag('--save: scale the projections to unit variance'),
};

const EXAMPLES = `
Examples:
  god moments part-*.parquet --shard 0/2 -o sums-0.arrows      on one machine
  god moments part-*.parquet --shard 1/2 -o sums-1.arrows      on another
  god moments merge sums-*.arrows --save pca.safetensors --components 100 -o sums.arrows

Each file is summed up by itself, so the merged sum has the same bits for any number of shards. Give all shards the same files in the
same order. The result appears when it is complete: a command that was killed is run again.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** The commands `god moments` and `god moments merge`. */
export function momentsCommand(): Command {
  const command = new Command('moments')
    .summary('sum up files for a PCA, in shards')
    .description(
      'Sum up the rows of files for a PCA of all of them: what god moments merge and god run --moments take',
    )
    .argument('<files...>', 'files of rows, in any format; a folder stands for the files in it')
    .option('-o, --out <file>', 'file of the sums');
  withFlags(command, { shard: SHARD_FLAG, threads: THREADS_FLAG, ...READ_FLAGS });
  return command.addHelpText('after', EXAMPLES).addCommand(mergeCommand()).action(sumUp);
}

type Flags = Readonly<Record<string, unknown>> & { readonly out?: string; readonly shard?: Shard };

async function sumUp(files: readonly string[], flags: Flags): Promise<void> {
  const { out, shard } = flags;
  if (out === undefined) throw new UsageError('Name the result: -o FILE. See god moments --help');
  const threads = flags.threads as number | undefined;
  await withProgress('moments', { ...READ_FLAGS, threads: THREADS_FLAG }, async (progress, signal) => {
    const reading = { ...givenOptions(READ_FLAGS, flags), signal };
    const parts: PartState[] = [];
    const { files: mine } = await shardOf(files, shard);
    for (const { file, number } of mine) {
      progress.progressed({ phase: 'moments', step: file, fraction: parts.length / mine.length });
      const sum = await sumOf(file, reading, { signal, ...(threads !== undefined && { threads }) });
      if (sum === undefined) continue;
      const [first] = parts;
      if (first !== undefined && sum.columns !== first.columns)
        throw new DataError(
          `has vectors of ${sum.columns} numbers, where the files before have ${first.columns}`,
          {
            file,
          },
        );
      parts.push(partState(number, sum));
    }
    await writeStateFile(out, parts);
    process.stdout.write(`${out}\n`);
  });
}

/** The sum of a file's rows; undefined if it has none. */
async function sumOf(
  file: string,
  reading: Parameters<typeof readRows>[1],
  call: { signal: AbortSignal; threads?: number },
) {
  let sum: ReturnType<typeof PCA.accumulator> | undefined;
  try {
    for await (const batch of readRows(file, reading)) {
      if (batch.rows === 0) continue;
      sum ??= PCA.accumulator(batch.cols);
      await sum.add(batch, call);
    }
  } catch (error) {
    if (!(error instanceof NoRowsError)) throw error;
  }
  await sum?.fold(call);
  return sum;
}

function mergeCommand(): Command {
  const command = new Command('merge')
    .summary('join sums')
    .description('Join what god moments or god worker wrote, in the order of the files that were summed up')
    .argument('<parts...>', 'files of sums')
    .option('-o, --out <file>', 'file of the joined sum');
  withFlags(command, {
    save: textFlag('file', 'save the PCA, for god apply and god worker transform'),
    ...FINISH,
    threads: THREADS_FLAG,
  });
  // Flags that god moments has too are read there.
  return command.action((files: readonly string[]) => join(files, command.optsWithGlobals()));
}

async function join(files: readonly string[], flags: Flags): Promise<void> {
  const { out, save } = flags as { out?: string; save?: string };
  if (out === undefined && save === undefined)
    throw new UsageError('Name the result: -o FILE or --save FILE. See god moments merge --help');
  const table = { ...FINISH, threads: THREADS_FLAG };
  await withProgress('moments merge', table, async (progress, signal) => {
    const threads = flags.threads as number | undefined;
    const merged = await readStateFiles(files, { threads, note: (text) => progress.line(text) });
    if (save !== undefined) {
      const sum = PCA.accumulatorFromBytes(merged.state);
      await saveModel(
        await sum.finish({
          ...givenOptions(FINISH, flags),
          ...(threads !== undefined && { threads }),
          signal,
        }),
        save,
      );
    }
    if (out !== undefined) await writeStateFile(out, [merged]);
    for (const file of [out, save]) if (file !== undefined) process.stdout.write(`${file}\n`);
  });
}

async function withProgress(
  name: string,
  table: Parameters<typeof asUsage>[1],
  work: (progress: ProgressLines, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const progress = new ProgressLines(process.stderr);
  const interruption = interruptible('Interrupted');
  try {
    await work(progress, interruption.signal);
    progress.clear();
  } catch (error) {
    progress.clear();
    throw asUsage(error, table, name);
  } finally {
    interruption.release();
  }
}
