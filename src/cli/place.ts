import { once } from 'node:events';
import { Command } from 'commander';
import { GOD } from '../pipeline/god.ts';
import { UsageError } from './failure.ts';
import { withFlags } from './flags.ts';
import { interruptible } from './interruptible.ts';
import { checkFlags, type PlaceFlags, placeFiles } from './place-files.ts';
import { throughNetwork } from './place-network.ts';
import { checkModality, checkObjects, gather, placeAll, placeLines } from './place-objects.ts';
import { ProgressLines } from './progress.ts';
import { SHARD_FLAG } from './shard.ts';
import { openSources, withSourceOptions } from './source-options.ts';

const EXAMPLES = `
Examples:
  god place --audio songs.npy > places.csv         places for new objects, by the model in god-run/
  god place paradise --text words.txt --json       by another run's model, one JSON object a line
  god place paradise words-*.parquet --modality text --shard 0/2 -o places/      many files on one machine; 1/2 on another

Columns: id, modality, label, x and y on the map, cluster and its sign, spread (how far apart its neighbors are on the map), outside
(the share of known objects that have a nearer neighbor), the nearest object, and for each modality the nearest object as seen from
both ends with its mutual proximity. --json gives three of each modality.
Images go through the network that the model's own went through, and another one is refused. Vectors must come from the same.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** The command `god place`. */
export function placeCommand(): Command {
  return withFlags(withSourceOptions(new Command('place')), { shard: SHARD_FLAG })
    .summary('find the place of new objects in it')
    .description('Find the place of new objects in a New Reality: point, cluster, sign and nearest objects')
    .argument('[directory]', 'run directory, or a model saved by GOD.save', 'god-run')
    .argument('[files...]', 'many files of one modality; a folder stands for the files in it')
    .option('--json', 'print JSON Lines instead of CSV')
    .option('--modality <name>', 'what the files are of')
    .option('-o, --out <folder>', 'folder of the results for the files, one for each')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(run);
}

async function run(directory: string, files: readonly string[], flags: PlaceFlags): Promise<void> {
  const progress = new ProgressLines(process.stderr);
  const interruption = interruptible('Interrupted');
  try {
    checkFlags(files, flags);
    if (files.length > 0) await placeFiles(directory, files, flags, progress, interruption.signal);
    else await placeSources(directory, flags, progress, interruption.signal);
  } catch (error) {
    progress.clear();
    // The reader of the output can stop before its end.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    interruption.release();
  }
}

async function placeSources(
  directory: string,
  flags: PlaceFlags,
  progress: ProgressLines,
  signal: AbortSignal,
): Promise<void> {
  const sources = await openSources(flags, 'place');
  if (sources.length === 0)
    throw new UsageError(
      'Name what to place: --audio, --text, --image or --embedding, or files. See god place --help',
    );
  const god = await GOD.load(directory);
  for (const { source } of sources) checkModality(god, source.modality);
  const lines = placeLines(god, flags.json);
  await write(lines.head);
  for (const { source, path } of sources) {
    const objects = await gather(await throughNetwork(source, god, directory), progress, signal);
    checkObjects(god, objects, path);
    for (const note of objects.notes) progress.line(`${source.modality}: ${note}`);
    await placeAll(god, objects, lines, write, progress, signal);
  }
}

/** Waits until the reader has taken it. */
async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}
