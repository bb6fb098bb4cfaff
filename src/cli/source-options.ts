import { type Command, Option } from 'commander';
import { UnknownOptionError } from '../errors.ts';
import { statPath } from '../files/read.ts';
import { featureMatrix } from '../sources/feature-matrix.ts';
import type { NameOptions } from '../sources/names.ts';
import { type OpenOptions, openSource } from '../sources/open.ts';
import { PREPROCESSINGS } from '../sources/preprocessing.ts';
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
  embedding?: string[];
  labels?: string[];
  labelColumn?: string;
  ids?: string[];
  idColumn?: string;
  model?: string;
  externalData?: string;
  output?: string;
  preprocessing?: string;
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
    .option(
      '--embedding <name=file>',
      'vectors of anything, with their ids and labels: .npy, .npz, Parquet, Arrow, CSV, TSV, JSON Lines, safetensors, word vectors; can be repeated',
      repeated,
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
      repeated,
    )
    .option('--label-column <name>', 'heading of the column with the labels (default: label)')
    .option('--ids <[modality=]file>', 'ids, by row, in the same formats; can be repeated', repeated)
    .option('--id-column <name>', 'heading of the column with the ids (default: id)')
    .option('--model <file>', 'image: the ONNX network (default: resnet18.onnx or resnet18-v1-7.onnx)')
    .option(
      '--external-data <path>',
      "image: the network's weights, if they are not beside it (file or folder)",
    )
    .option(
      '--output <name>',
      'image: which output of the network to take (default: the layer before the last)',
    )
    .addOption(
      new Option(
        '--preprocessing <name>',
        "image: cover scales the shorter side to the network's size, torchvision to 8/7 of it and cuts out the middle (default: cover)",
      ).choices(PREPROCESSINGS),
    );
}

/**
 * The sources that the flags name.
 *
 * @throws UsageError for options without their modality, and for options that this kind of source does not have; DataError for
 *   damaged files.
 */
export async function openSources(flags: SourceFlags, command: string): Promise<OpenedSource[]> {
  const see = `See god ${command} --help`;
  const embeddings = embeddingFiles(flags, see);
  const lists = {
    labels: listFiles('labels', flags, [...embeddings.keys()], see),
    ids: listFiles('ids', flags, [...embeddings.keys()], see),
  };
  const options: Readonly<Record<Modality, OpenOptions>> = {
    audio: { frames: flags.frames },
    text: { names: namesOf(flags, see), encoding: flags.encoding as OpenOptions['encoding'] },
    image: {
      model: flags.model,
      externalData: flags.externalData,
      output: flags.output,
      preprocessing: flags.preprocessing as OpenOptions['preprocessing'],
    },
  };
  for (const modality of MODALITIES) {
    const misplaced = Object.entries(options[modality]).find(([, value]) => value !== undefined)?.[0];
    if (flags[modality] === undefined && misplaced !== undefined)
      throw new UsageError(`${sourceFlagOf(misplaced)} is only for --${modality}. ${see}`);
  }
  const opened: OpenedSource[] = [];
  const namesOfModality = (modality: string) => {
    const [labels, ids] = [lists.labels.get(modality), lists.ids.get(modality)];
    return {
      ...(labels !== undefined && { labels, labelColumn: flags.labelColumn }),
      ...(ids !== undefined && { ids, idColumn: flags.idColumn }),
    };
  };
  for (const modality of MODALITIES) {
    const path = flags[modality];
    if (path === undefined) continue;
    const all = { ...options[modality], ...namesOfModality(modality) };
    const source = await asUsage(`--${modality} ${path}`, command, () => openSource(modality, path, all));
    opened.push({ source, path });
  }
  for (const [modality, path] of embeddings) {
    const open = () => openVectors(modality, path, namesOfModality(modality));
    opened.push({ source: await asUsage(`--embedding ${modality}=${path}`, command, open), path });
  }
  return opened;
}

/** A source, and the path that was given for it. */
export interface OpenedSource {
  readonly source: Source;
  readonly path: string;
}

/** The files of --embedding by the names of their modalities. */
function embeddingFiles(flags: SourceFlags, see: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of flags.embedding ?? []) {
    const [, name, path] = /^([^=]{1,40})=(.+)$/s.exec(entry) ?? [];
    if (name === undefined || path === undefined)
      throw new UsageError(
        `--embedding: expected NAME=FILE, e.g. smell=vectors.csv, but received ${entry}. ${see}`,
      );
    if (files.has(name) || flags[name as Modality] !== undefined)
      throw new UsageError(`--embedding ${entry}: there are two files of ${name}. ${see}`);
    files.set(name, path);
  }
  return files;
}

async function openVectors(modality: string, path: string, names: Partial<NameOptions>): Promise<Source> {
  await statPath(path);
  const given = Object.entries(names).filter(([, value]) => value !== undefined);
  return featureMatrix(path, { ...Object.fromEntries(given), modality });
}

function repeated(value: string, before: string[] = []): string[] {
  return [...before, value];
}

const MODALITIES = ['audio', 'text', 'image'] as const;
type Modality = (typeof MODALITIES)[number];

function namesOf({ textWithNames, textWithoutNames }: SourceFlags, see: string): boolean | undefined {
  if (textWithNames && textWithoutNames)
    throw new UsageError(`--text-with-names and --text-without-names exclude each other. ${see}`);
  return textWithNames ? true : textWithoutNames ? false : undefined;
}

/** The lists of each modality: `image=labels.csv`, or `labels.csv` where there is one modality only. */
function listFiles(
  list: 'labels' | 'ids',
  flags: SourceFlags,
  embeddings: readonly string[],
  see: string,
): Map<string, string> {
  const files = new Map<string, string>();
  const given = [...MODALITIES.filter((modality) => flags[modality] !== undefined), ...embeddings];
  for (const entry of flags[list] ?? []) {
    const named = [...MODALITIES, ...embeddings].find((modality) => entry.startsWith(`${modality}=`));
    const modality = named ?? (given.length === 1 ? given[0] : undefined);
    if (modality === undefined)
      throw new UsageError(
        `--${list}: expected MODALITY=FILE, e.g. image=${entry}, but received ${entry}. ${see}`,
      );
    if (!given.includes(modality))
      throw new UsageError(`--${list} ${entry} is only for --${modality}. ${see}`);
    if (files.has(modality)) throw new UsageError(`--${list}: ${modality} has two lists. ${see}`);
    files.set(modality, named === undefined ? entry : entry.slice(named.length + 1));
  }
  const column = list === 'labels' ? 'labelColumn' : 'idColumn';
  if (flags[column] !== undefined && files.size === 0)
    throw new UsageError(`${flagOf(column)} is only for --${list}. ${see}`);
  return files;
}

/** The flag of an option of a source; one has two flags. */
function sourceFlagOf(option: string): string {
  return option === 'names' ? '--text-without-names or --text-with-names' : flagOf(option);
}

async function asUsage(what: string, command: string, open: () => Promise<Source>): Promise<Source> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const problem =
      error instanceof UnknownOptionError
        ? `${sourceFlagOf(error.option)} does not apply to data of this kind`
        : inFlags(error.message, sourceFlagOf);
    throw new UsageError(`${what}: ${problem}. See god ${command} --help`, { cause: error });
  }
}
