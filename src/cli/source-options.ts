import { type Command, Option } from 'commander';
import { UnknownOptionError } from '../errors.ts';
import { type OpenOptions, openSource } from '../sources/open.ts';
import type { Source } from '../sources/source.ts';
import { UsageError } from './failure.ts';
import { flagOf, inFlags } from './flags.ts';

/** The options of the command line that say where objects come from. */
export interface SourceFlags {
  audio?: string;
  text?: string;
  image?: string;
  frames?: boolean;
  textWithoutNames?: boolean;
  textWithNames?: boolean;
  encoding?: string;
  labels?: string[];
  labelColumn?: string;
  model?: string;
  externalData?: string;
  output?: string;
}

export function withSourceOptions(command: Command): Command {
  return command
    .option(
      '--audio <path>',
      'AudioSet embeddings (folder, .tfrecord or .tar.gz), or an .npy matrix or .jsonl file',
    )
    .option(
      '--text <path>',
      'word vectors as text (wikipedia2vec, word2vec, GloVe, fastText; also .gz or .bz2), or an .npy matrix or .jsonl file',
    )
    .option(
      '--image <path>',
      'a folder or archive of images as in Tiny ImageNet, or an .npy matrix or .jsonl file',
    )
    .option('--frames', 'audio: one row for each second instead of the mean of each clip')
    .option('--text-without-names', 'text: lines hold vectors only (numpy.savetxt, vectors.tsv)')
    .option('--text-with-names', 'text: lines begin with a name, even if all names are numbers')
    .addOption(
      new Option('--encoding <name>', 'text: how the file is encoded (default: utf8)').choices([
        'utf8',
        'latin1',
      ]),
    )
    .option(
      '--labels <[modality=]file>',
      'labels, by row or by a column `id` (.npy, .csv, .tsv, .json or one a line); e.g. image=labels.csv; can be repeated',
      (value: string, before: string[] = []) => [...before, value],
    )
    .option('--label-column <name>', 'heading of the column with the labels (default: label)')
    .option('--model <file>', 'image: the ONNX network (default: resnet18.onnx)')
    .option(
      '--external-data <path>',
      "image: the network's weights, if they are not beside it (file or folder)",
    )
    .option(
      '--output <name>',
      'image: which output of the network to take (default: the layer before the last)',
    );
}

/**
 * The sources that the flags name.
 *
 * @throws UsageError for options without their modality, and for options that this kind of source does not have; DataError for
 *   damaged files.
 */
export async function openSources(flags: SourceFlags, command: string): Promise<Source[]> {
  const see = `See god ${command} --help`;
  const labels = labelFiles(flags, see);
  const options: Readonly<Record<Modality, OpenOptions>> = {
    audio: { frames: flags.frames },
    text: { names: namesOf(flags, see), encoding: flags.encoding as OpenOptions['encoding'] },
    image: { model: flags.model, externalData: flags.externalData, output: flags.output },
  };
  const sources: Source[] = [];
  for (const modality of MODALITIES) {
    const path = flags[modality];
    const misplaced = Object.entries(options[modality]).find(([, value]) => value !== undefined)?.[0];
    if (path === undefined && misplaced !== undefined)
      throw new UsageError(`${sourceFlagOf(misplaced)} is only for --${modality}. ${see}`);
  }
  for (const modality of MODALITIES) {
    const path = flags[modality];
    const file = labels.get(modality);
    const labeled = file === undefined ? {} : { labels: file, labelColumn: flags.labelColumn };
    if (path !== undefined)
      sources.push(await open(modality, path, { ...options[modality], ...labeled }, command));
  }
  return sources;
}

const MODALITIES = ['audio', 'text', 'image'] as const;
type Modality = (typeof MODALITIES)[number];

function namesOf({ textWithNames, textWithoutNames }: SourceFlags, see: string): boolean | undefined {
  if (textWithNames && textWithoutNames)
    throw new UsageError(`--text-with-names and --text-without-names exclude each other. ${see}`);
  return textWithNames ? true : textWithoutNames ? false : undefined;
}

/** The list of labels of each modality: `image=labels.csv`, or `labels.csv` where there is one modality only. */
function labelFiles(flags: SourceFlags, see: string): Map<Modality, string> {
  const files = new Map<Modality, string>();
  const given = MODALITIES.filter((modality) => flags[modality] !== undefined);
  for (const entry of flags.labels ?? []) {
    const named = MODALITIES.find((modality) => entry.startsWith(`${modality}=`));
    const modality = named ?? (given.length === 1 ? given[0] : undefined);
    if (modality === undefined)
      throw new UsageError(
        `--labels: expected MODALITY=FILE, e.g. image=${entry}, but received ${entry}. ${see}`,
      );
    if (!given.includes(modality))
      throw new UsageError(`--labels ${entry} is only for --${modality}. ${see}`);
    if (files.has(modality)) throw new UsageError(`--labels: ${modality} has two lists. ${see}`);
    files.set(modality, named === undefined ? entry : entry.slice(named.length + 1));
  }
  if (flags.labelColumn !== undefined && files.size === 0)
    throw new UsageError(`--label-column is only for --labels. ${see}`);
  return files;
}

/** The flag of an option of a source; one has two flags. */
function sourceFlagOf(option: string): string {
  return option === 'names' ? '--text-without-names or --text-with-names' : flagOf(option);
}

async function open(modality: string, path: string, options: OpenOptions, command: string): Promise<Source> {
  try {
    return await openSource(modality, path, options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const problem =
      error instanceof UnknownOptionError
        ? `${sourceFlagOf(error.option)} does not apply to data of this kind`
        : inFlags(error.message, sourceFlagOf);
    throw new UsageError(`--${modality} ${path}: ${problem}. See god ${command} --help`, { cause: error });
  }
}
