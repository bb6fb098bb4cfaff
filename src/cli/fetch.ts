import { Command, Option } from 'commander';
import { DATASET_NAMES, DATASETS, type Dataset, type DatasetName } from '../datasets/catalogue.ts';
import {
  type FetchedFile,
  type FetchOptions,
  type FetchProgress,
  fetchDataset,
  inBytes,
} from '../datasets/fetch.ts';
import { FetchError } from '../errors.ts';
import { printable, reportFailure, UsageError } from './failure.ts';
import { asUsage, type FlagTable, integerFlag, numberFlag, textFlag, withFlags } from './flags.ts';
import { interruptible } from './interruptible.ts';
import { duration, ProgressLines } from './progress.ts';

/** Options of `fetchDataset` that a command line can give; GOD_MIRROR gives the mirror. */
const FETCH_FLAGS: FlagTable<Pick<FetchOptions, 'to' | 'url' | 'attempts' | 'stall'>> = {
  to: textFlag('directory', 'where the files go (default: data)'),
  url: textFlag('address', "another address of the data set's largest file"),
  attempts: integerFlag('failures in a row after which an address is given up (default: 8)'),
  stall: numberFlag('seconds without a byte after which a connection counts as broken (default: 30)'),
};

interface FetchFlags extends Pick<FetchOptions, 'to' | 'url' | 'attempts' | 'stall'> {
  json?: boolean;
}

const EXAMPLES = `
Data sets:
${DATASET_NAMES.map(describeDataset).join('\n')}
  all                  all of them

Examples:
  god fetch all --to data && god run --data data
  GOD_MIRROR=https://files.example.org/god god fetch audioset

Files that are there are kept, and a transfer that was interrupted continues. GOD_MIRROR is the address of a folder with the files, and
replaces the publishers' addresses.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** The command `god fetch`. */
export function fetchCommand(): Command {
  const command = new Command('fetch')
    .summary('fetch the corpora and the network of the paper')
    .description('Fetch the corpora of the paper, and the network for its images, from their publishers')
    .argument('<name>', `data set: ${[...DATASET_NAMES, 'all'].join(', ')}`)
    .addOption(new Option('--json', 'print a summary as JSON on stdout'));
  return withFlags(command, FETCH_FLAGS)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(run);
}

function describeDataset(name: DatasetName): string {
  const { title, files, license } = DATASETS[name];
  const size = inBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
  return `  ${name.padEnd(20)} ${title}; ${size}. License: ${license}`;
}

async function run(name: string, { json, ...flags }: FetchFlags): Promise<void> {
  const names = namesOf(name, flags);
  const progress = new ProgressLines(process.stderr);
  const interruption = interruptible(
    'Interrupted. What came is kept; run the same command again to continue',
  );
  const mirror = process.env.GOD_MIRROR;
  const options = {
    ...flags,
    to: flags.to ?? 'data',
    ...(mirror && { mirror }),
    signal: interruption.signal,
  };
  const fetched: (FetchedFile & { readonly dataset: DatasetName })[] = [];
  const failures: FetchError[] = [];
  try {
    for (const dataset of names) {
      progress.line(licenseLine(DATASETS[dataset]));
      try {
        const files = await fetchDataset(dataset, { ...options, ...watching(progress) });
        fetched.push(...files.map((file) => ({ dataset, ...file })));
      } catch (error) {
        progress.clear();
        if (!(error instanceof FetchError)) throw error;
        failures.push(error);
      }
    }
    process.stdout.write(
      json ? `${JSON.stringify({ files: fetched })}\n` : fetched.map(({ path }) => `${path}\n`).join(''),
    );
  } catch (error) {
    throw mirrorUsage(asUsage(error, FETCH_FLAGS, 'fetch'), mirror);
  } finally {
    interruption.release();
  }
  // One line for each data set that failed; the last one is printed by the caller.
  for (const failure of failures.slice(0, -1)) reportFailure(failure);
  if (failures.length > 0) throw failures[failures.length - 1];
}

function namesOf(name: string, { url }: FetchFlags): readonly DatasetName[] {
  if (name === 'all') {
    if (url === undefined) return DATASET_NAMES;
    throw new UsageError('--url is the address of one file, not of all. See god fetch --help');
  }
  const found = DATASET_NAMES.find((known) => known === name);
  if (found !== undefined) return [found];
  throw new UsageError(
    `expected a data set, ${[...DATASET_NAMES, 'all'].join(', ')}, but received ${printable(name)}. See god fetch --help`,
  );
}

/** An address that is wrong in the environment is wrong usage, too. */
function mirrorUsage(error: unknown, mirror: string | undefined): unknown {
  if (!(error instanceof RangeError) || mirror === undefined) return error;
  return new UsageError(error.message.replace('`mirror`', 'GOD_MIRROR'), { cause: error });
}

function licenseLine({ title, license, page }: Dataset): string {
  return `${title}: ${page}. License: ${license}`;
}

/** Shows each file as it comes, with the rate of this call and the time left. */
function watching(progress: ProgressLines): Pick<FetchOptions, 'onProgress' | 'onNote'> {
  let current: string | undefined;
  return {
    onProgress: ({ phase, bytes, total, received }: FetchProgress) => {
      if (current !== phase) {
        current = phase;
        progress.started(`fetch-${phase}`);
      }
      progress.show((seconds) => {
        const rate = received / seconds;
        const left = received > 0 ? `, ${duration((total - bytes) / rate)} left` : '';
        const share = `${Math.floor((100 * bytes) / total)} % of ${inBytes(total)}`;
        return `${phase} ${share}, ${inBytes(Math.round(rate))}/s${left}`;
      });
    },
    onNote: (note) => progress.line(note),
  };
}
