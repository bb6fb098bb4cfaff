import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { optionOf } from '../errors.ts';
import { type ClusterSpace, type GODOptions, readOptions, type Sampling } from '../pipeline/options.ts';
import { runInDirectory } from '../pipeline/run/run.ts';
import type { Source } from '../sources/source.ts';
import { synthetic } from '../sources/synthetic.ts';
import { UsageError } from './failure.ts';
import { interruptible } from './interruptible.ts';
import { ProgressLines } from './progress.ts';
import { inFlags, openSources, type SourceFlags, withSourceOptions } from './source-options.ts';

interface RunFlags extends SourceFlags {
  out: string;
  seed: number;
  perModality?: number;
  components?: number;
  latent?: number;
  samples?: number;
  sampling?: Sampling;
  perplexity?: number;
  clusters?: number;
  clusterSpace?: ClusterSpace;
  threads?: number;
  fresh?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  god run                                   the built-in synthetic data, into god-run/
  god run --audio bal_train.tar.gz --text enwiki_100d.txt.bz2 --image features.npy -o paradise
  god run --image tiny-imagenet-200 --model resnet18.onnx --output /avgpool/GlobalAveragePool_output_0
  god run --samples 2000 --clusters 8 --seed 7 --json

Stages that an earlier run into the same directory has finished with the same data and parameters are not done again.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** The command `god run`. */
export function runCommand(): Command {
  return withSourceOptions(new Command('run'))
    .description('Embed audio, text and images, embed the embeddings, and find their place in the zodiac')
    .option('-o, --out <directory>', 'run directory', 'god-run')
    .option('--seed <n>', 'seed of everything random', integer, 0)
    .option('--per-modality <n>', 'most rows taken from each modality (default: 25000)', integer)
    .option('--components <n>', 'common dimension after PCA (default: 100, or the smallest)', integer)
    .option('--latent <n>', 'latent dimensions of the VAE (default: 42)', integer)
    .option('--samples <n>', 'rows of the New Reality (default: 7183)', integer)
    .addOption(
      new Option(
        '--sampling <how>',
        'posterior means, or draws from posterior or prior (default: mean)',
      ).choices(['mean', 'posterior', 'prior']),
    )
    .option('--perplexity <p>', 'perplexity of t-SNE (default: 30, or a third of the rows)', number)
    .option('--clusters <n>', 'number of clusters (default: 12)', integer)
    .addOption(
      new Option('--cluster-space <space>', 'clusters that figures and signs show (default: map)').choices([
        'map',
        'latent',
      ]),
    )
    .option('--threads <n>', 'threads (default: one per processor); results do not depend on it', integer)
    .option('--fresh', 'run every stage again, even if its result is kept')
    .option('--json', 'print a summary as JSON on stdout')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(run);
}

async function run(flags: RunFlags): Promise<void> {
  const progress = new ProgressLines(process.stderr);
  const interruption = interruptible(
    'Interrupted. Finished stages are kept; run the same command again to resume',
  );
  try {
    const options = godOptions(flags);
    readOptions(options); // wrong ones are reported before any file is opened
    const summary = await runInDirectory(flags.out, await sourcesOf(flags), {
      ...options,
      fresh: flags.fresh === true,
      signal: interruption.signal,
      listener: progress,
      onNote: (note) => progress.line(note),
    });
    const report = join(flags.out, 'report.html');
    process.stdout.write(flags.json ? `${JSON.stringify({ ...summary, report })}\n` : `${report}\n`);
  } catch (error) {
    progress.clear();
    throw asUsage(error);
  } finally {
    interruption.release();
  }
}

async function sourcesOf(flags: RunFlags): Promise<Source[]> {
  const sources = await openSources(flags, 'run');
  return sources.length > 0 ? sources : synthetic({ seed: flags.seed });
}

/** The flags that were given and are options of GOD. */
function godOptions(flags: RunFlags): GODOptions {
  const given = GOD_FLAGS.map((name) => [name, flags[name]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

const GOD_FLAGS = [
  'seed',
  'perModality',
  'components',
  'latent',
  'samples',
  'sampling',
  'perplexity',
  'clusters',
  'clusterSpace',
  'threads',
] as const satisfies readonly (keyof RunFlags & keyof GODOptions)[];

/** An option out of range is wrong usage: exit code 2. Errors about data are not. */
function asUsage(error: unknown): unknown {
  if (!(error instanceof RangeError || error instanceof TypeError)) return error;
  const option = optionOf(error);
  if (!GOD_FLAGS.some((name) => name === option)) return error;
  return new UsageError(`${inFlags(error.message)}. See god run --help`, { cause: error });
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

function integer(text: string): number {
  const value = number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected an integer.');
  return value;
}
