import { Command, Option } from 'commander';
import {
  type BadImage,
  type EmbeddedImages,
  type EmbedImagesOptions,
  type EmbedImagesProgress,
  embedImages,
} from '../sources/embed-images.ts';
import { VECTOR_FORMATS } from '../sources/embedded-file.ts';
import { PREPROCESSINGS } from '../sources/preprocessing.ts';
import { UsageError } from './failure.ts';
import {
  asUsage,
  choiceFlag,
  type FlagTable,
  givenOptions,
  switchFlag,
  THREADS_FLAG,
  textFlag,
  withFlags,
} from './flags.ts';
import { interruptible } from './interruptible.ts';
import { duration, ProgressLines } from './progress.ts';

/** Options of `embedImages` that a command line can give. */
const IMAGE_FLAGS: FlagTable<Omit<EmbedImagesOptions, 'signal' | 'onProgress' | 'onNote'>> = {
  model: textFlag(
    'file',
    'the ONNX network (default: resnet18.onnx or resnet18-v1-7.onnx, beside the images or here)',
  ),
  externalData: textFlag('path', "the network's weights, if they are not beside it (file or folder)"),
  output: textFlag('name', 'layer that gives the vectors (default: before the last fully connected one)'),
  preprocessing: choiceFlag(
    PREPROCESSINGS,
    'torchvision: scale to 8/7 of the network and cut out the middle; cover: as god run (default: torchvision)',
  ),
  split: choiceFlag(['train', 'val'], "which images of Tiny ImageNet's layout (default: train)"),
  skipBad: switchFlag(
    'list images that cannot be decoded and leave them out, instead of failing at the first',
  ),
  format: choiceFlag(VECTOR_FORMATS, 'format of the vectors (default: that of the ending)'),
  threads: THREADS_FLAG,
};

const EXAMPLES = `
Examples:
  god embed images photos -o features.npy --model resnet18.onnx
  god embed images data/tiny-imagenet-200.zip -o features.parquet --skip-bad
  god embed images photos.tar.gz -o features.csv --model mobilenet.onnx --output pooled

Images are in one folder for each class, or in Tiny ImageNet's layout. Ids are their paths, labels their classes. If the format does not hold
them, as .npy, they are in a table beside it: features.names.csv. Vectors so far are in features.npy.part: after an
interruption, run the same command again to continue.
Exit codes: 0 done, 1 failed, 2 wrong usage, 65 an image cannot be decoded, 130 interrupted.`;

/** The command `god embed`. */
export function embedCommand(): Command {
  return new Command('embed')
    .summary('turn images into vectors by a network')
    .description('Turn objects into vectors by a network')
    .addCommand(imagesCommand());
}

function imagesCommand(): Command {
  const command = new Command('images')
    .summary('images through an ONNX network, ResNet-18 by default')
    .description('Put images through an ONNX network, ResNet-18 by default, and write their vectors')
    .argument('<path>', 'folder, tar archive or zip archive of images')
    .requiredOption('-o, --out <file>', 'file of the vectors, in the format of its ending')
    .addOption(new Option('--json', 'print a summary as JSON on stdout'));
  return withFlags(command, IMAGE_FLAGS)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(run);
}

type Flags = Readonly<Record<string, unknown>> & { readonly out: string; readonly json?: boolean };

async function run(path: string, flags: Flags): Promise<void> {
  const { out, json } = flags;
  if (out === '-')
    throw new UsageError('-o must be a file, in which an interrupted run continues. See god embed --help');
  const progress = new ProgressLines(process.stderr);
  const interruption = interruptible(
    'Interrupted. The vectors so far are kept; run the same command again to continue',
  );
  try {
    progress.started('embed-images');
    const embedded = await embedImages(path, out, {
      ...givenOptions(IMAGE_FLAGS, flags),
      signal: interruption.signal,
      onProgress: (state) => progress.show((seconds) => progressText(state, seconds)),
      onNote: (note) => progress.line(note),
    });
    progress.clear();
    for (const line of badLines(embedded.bad)) progress.line(line);
    const { file, names } = embedded;
    const files = names === undefined ? [file] : [file, names];
    process.stdout.write(json ? `${JSON.stringify(summaryOf(path, embedded))}\n` : `${files.join('\n')}\n`);
  } catch (error) {
    progress.clear();
    throw asUsage(error, { ...IMAGE_FLAGS, out: textFlag('file', '') }, 'embed images');
  } finally {
    interruption.release();
  }
}

function progressText({ done, total, kept, fraction }: EmbedImagesProgress, seconds: number): string {
  const rate = (done - kept) / seconds;
  const left = rate > 0 && done < total ? `, ${duration((total - done) / rate)} left` : '';
  return `Embed images: ${Math.floor(100 * fraction)} % of ${total}, ${rate.toPrecision(3)} images/s${left}`;
}

/** Bad images that are listed one by one; --json lists them all. */
const MOST_LISTED = 100;

function badLines(bad: readonly BadImage[]): string[] {
  if (bad.length === 0) return [];
  const listed = bad.slice(0, MOST_LISTED).map(({ file, problem }) => `left out ${file}: ${problem}`);
  const more = bad.length - listed.length;
  return more > 0 ? [...listed, `and ${more} more, which --json lists`] : listed;
}

function summaryOf(input: string, { file, format, rows, cols, ...rest }: EmbeddedImages) {
  return { command: 'embed images', input, output: { file, format, rows, cols }, ...rest };
}
