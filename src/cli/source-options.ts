import type { Command } from 'commander';
import { type OpenOptions, openSource } from '../sources/open.ts';
import type { Source } from '../sources/source.ts';
import { UsageError } from './failure.ts';

/** What says where objects come from, on the command line. */
export interface SourceFlags {
  audio?: string;
  text?: string;
  image?: string;
  frames?: boolean;
  labels?: string;
  model?: string;
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
      "wikipedia2vec text (plain, .gz or .bz2; any of its writer's variants), or an .npy matrix or .jsonl file",
    )
    .option(
      '--image <path>',
      'a folder or archive of images as in Tiny ImageNet, or an .npy matrix or .jsonl file',
    )
    .option('--frames', 'audio: a row for each second instead of the mean of each clip')
    .option('--labels <file>', 'labels of the rows of an --image .npy matrix (.npy, .csv or one a line)')
    .option('--model <file>', 'image: the ONNX network (default: resnet18.onnx)')
    .option(
      '--output <name>',
      'image: the output of the network to take (default: the layer before the last)',
    );
}

/**
 * The sources that the flags name, none where they name none.
 *
 * @throws UsageError for options without their modality, or that this kind of source does not have; DataError for files.
 */
export async function openSources(flags: SourceFlags, command: string): Promise<Source[]> {
  const paths: readonly (readonly [string, string | undefined, OpenOptions])[] = [
    ['audio', flags.audio, { frames: flags.frames }],
    ['text', flags.text, {}],
    ['image', flags.image, { labels: flags.labels, model: flags.model, output: flags.output }],
  ];
  for (const [modality, path, options] of paths) {
    const misplaced = Object.entries(options).find(([, value]) => value !== undefined)?.[0];
    if (path === undefined && misplaced !== undefined)
      throw new UsageError(`--${misplaced} only goes with --${modality}. See god ${command} --help`);
  }
  const sources: Source[] = [];
  for (const [modality, path, options] of paths) {
    if (path !== undefined) sources.push(await open(modality, path, options, command));
  }
  return sources;
}

async function open(modality: string, path: string, options: OpenOptions, command: string): Promise<Source> {
  try {
    return await openSource(modality, path, options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /^Unknown option `(\w+)`/.exec(error.message)?.[1];
    const problem =
      unknown === undefined ? inFlags(error.message) : `--${unknown} does not go with data of this kind`;
    throw new UsageError(`--${modality} ${path}: ${problem}. See god ${command} --help`, { cause: error });
  }
}

/** A message with the names of options as the command line has them: `perModality` is --per-modality. */
export function inFlags(message: string): string {
  return message.replace(
    /`([a-zA-Z]+)`/g,
    (_, name: string) => `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`,
  );
}
