import { join } from 'node:path';
import { Command } from 'commander';
import { readOptions } from '../pipeline/options.ts';
import { runInDirectory } from '../pipeline/run/run.ts';
import type { Source } from '../sources/source.ts';
import { synthetic } from '../sources/synthetic.ts';
import { type DataFlags, withData, withDataOption } from './data-flags.ts';
import { UsageError } from './failure.ts';
import { asUsage, givenOptions, textFlag, withFlags } from './flags.ts';
import { interruptible } from './interruptible.ts';
import { ProgressLines } from './progress.ts';
import { RUN_FLAGS, type RunOptions } from './run-flags.ts';
import { openSources, withSourceOptions } from './source-options.ts';
import { readStateFiles } from './state-files.ts';

interface RunFlags extends DataFlags, RunOptions {
  out: string;
  moments?: string[];
  fresh?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  god run                                   the built-in synthetic data, into god-run/
  god run --data data                       the paper: all that god fetch all --to data put there
  god run --audio bal_train.tar.gz --text enwiki_100d.txt.bz2 --image features.npy -o paradise
  god run --image tiny-imagenet-200 --model resnet18.onnx --output /avgpool/GlobalAveragePool_output_0
  god run --embedding smell=smells.parquet --embedding taste=tastes.csv --labels smell=kinds.csv
  god run --embedding words=words.parquet --moments words=sums.arrows   PCA of all rows, the rest of a sample
  god run --samples 2000 --clusters 8 --seed 7 --json

Stages that an earlier run finished in the same directory with the same data and parameters are not repeated.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** The command `god run`. */
export function runCommand(): Command {
  return withFlags(withSourceOptions(withDataOption(new Command('run'))), RUN_FLAGS)
    .summary('make a New Reality from audio, text, images or any vectors')
    .description('Embed audio, text and images, embed the embeddings, and find their place in the zodiac')
    .option('-o, --out <directory>', 'run directory', 'god-run')
    .option(
      '--moments <name=file>',
      'sums of all rows of a modality, from god moments: its PCA is of them, not of the sample; repeatable',
      (entry: string, before: string[] = []) => [...before, entry],
    )
    .option('--fresh', 'run every stage again, even if its result is kept')
    .option('--json', 'print a summary as JSON on stdout')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(run);
}

async function run(flags: RunFlags & Readonly<Record<string, unknown>>): Promise<void> {
  const progress = new ProgressLines(process.stderr);
  const interruption = interruptible(
    'Interrupted. Finished stages are kept; run the same command again to resume',
  );
  try {
    const options = givenOptions(RUN_FLAGS, flags);
    readOptions(options); // wrong ones are reported before any file is opened
    const moments = await readMoments(flags.moments ?? [], (note) => progress.line(note));
    const summary = await runInDirectory(flags.out, await sourcesOf(flags, progress), {
      ...options,
      moments,
      fresh: flags.fresh === true,
      signal: interruption.signal,
      listener: progress,
      onNote: (note) => progress.line(note),
    });
    const report = join(flags.out, 'report.html');
    process.stdout.write(flags.json ? `${JSON.stringify({ ...summary, report })}\n` : `${report}\n`);
  } catch (error) {
    progress.clear();
    throw asUsage(error, { ...RUN_FLAGS, moments: textFlag('name=file', '') }, 'run');
  } finally {
    interruption.release();
  }
}

async function sourcesOf(flags: RunFlags, progress: ProgressLines): Promise<Source[]> {
  const sources = await openSources(await withData(flags, (note) => progress.line(note)), 'run');
  return sources.length > 0 ? sources.map(({ source }) => source) : synthetic({ seed: flags.seed ?? 0 });
}

/** The states in the files of --moments, by the names of their modalities. */
async function readMoments(
  entries: readonly string[],
  note: (text: string) => void,
): Promise<Record<string, Uint8Array>> {
  const states: Record<string, Uint8Array> = Object.create(null);
  for (const entry of entries) {
    const [, name, file] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
    if (name === undefined)
      throw new UsageError(`--moments: expected NAME=FILE, e.g. text=states.arrows, but received ${entry}`);
    if (name in states) throw new UsageError(`--moments ${entry}: there are two files of ${name}`);
    states[name] = (await readStateFiles([file], { note })).state;
  }
  return states;
}
