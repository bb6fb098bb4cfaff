import { once } from 'node:events';
import { Command } from 'commander';
import { DataError } from '../errors.ts';
import { csvLine } from '../formats/csv.ts';
import { modalitiesOf } from '../pipeline/fitted.ts';
import { GOD } from '../pipeline/god.ts';
import type { Place } from '../pipeline/place.ts';
import { gathering } from '../pipeline/stages/gather.ts';
import { costSince } from '../pipeline/stages/stage.ts';
import type { Gathered, Source } from '../sources/source.ts';
import { UsageError } from './failure.ts';
import { interruptible } from './interruptible.ts';
import { checkNetwork, throughNetwork } from './place-network.ts';
import { ProgressLines } from './progress.ts';
import { openSources, type SourceFlags, withSourceOptions } from './source-options.ts';

interface PlaceFlags extends SourceFlags {
  json?: boolean;
}

const EXAMPLES = `
Examples:
  god place --audio songs.npy > places.csv         places for new objects, by the model in god-run/
  god place paradise --text words.txt --json       by another run's model, one JSON object a line

Columns: id, modality, label, x and y on the map, cluster and its sign, spread (how far apart its neighbors are on the map), outside
(the share of known objects that have a nearer neighbor), the nearest object, and for each modality the nearest object as seen from
both ends with its mutual proximity. --json gives three of each modality.
Images go through the network that the model's own went through, and another one is refused. Vectors must come from the same.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** The command `god place`. */
export function placeCommand(): Command {
  return withSourceOptions(new Command('place'))
    .summary('find the place of new objects in it')
    .description('Find the place of new objects in a New Reality: point, cluster, sign and nearest objects')
    .argument('[directory]', 'run directory, or a model saved by GOD.save', 'god-run')
    .option('--json', 'print JSON Lines instead of CSV')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(run);
}

async function run(directory: string, flags: PlaceFlags): Promise<void> {
  const progress = new ProgressLines(process.stderr);
  const interruption = interruptible('Interrupted');
  try {
    const sources = await openSources(flags, 'place');
    if (sources.length === 0) {
      throw new UsageError(
        'Name what to place: --audio, --text, --image or --embedding. See god place --help',
      );
    }
    const god = await GOD.load(directory);
    for (const { source } of sources) checkModality(god, source.modality);
    if (!flags.json) await write(headLine(god));
    for (const { source: given, path } of sources) {
      const source = await throughNetwork(given, god, directory);
      const objects = await gather(source, progress, interruption.signal);
      checkNetwork(god, objects);
      checkColumns(god, objects, path);
      for (const note of objects.notes) progress.line(`${source.modality}: ${note}`);
      await placeAll(god, objects, flags.json ? jsonLine : tableLine, progress, interruption.signal);
    }
  } catch (error) {
    progress.clear();
    // The reader of the output can stop before its end.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    interruption.release();
  }
}

function checkModality(god: GOD, modality: string): void {
  const known = god.modalities.map(({ name }) => name);
  if (known.includes(modality)) return;
  throw new UsageError(`The model was fitted to ${known.join(', ')}, not to ${modality}`);
}

async function gather(source: Source, progress: ProgressLines, signal: AbortSignal): Promise<Gathered> {
  const name = `gather-${source.modality}`;
  const start = performance.now();
  progress.started(name);
  const onProgress = (rows: number, total: number | undefined) => {
    const { phase: step, ...done } = gathering(rows, total);
    progress.progressed({ ...done, phase: name, step });
  };
  const objects = await source.gather({ limit: Number.POSITIVE_INFINITY, seed: 0, signal, onProgress });
  progress.finished({ ...costSince(start, name), cached: false });
  return objects;
}

/** @throws DataError, naming `file`, for vectors of another length than the model's. */
function checkColumns(god: GOD, { modality, vectors }: Gathered, file: string): void {
  const expected = god.modalities.find(({ name }) => name === modality)?.pca.mean.length;
  if (vectors.cols === expected) return;
  throw new DataError(
    `has vectors of ${vectors.cols} values, where the model's ${modality} has ${expected}`,
    { file },
  );
}

/** Rows that are placed at once: memory stays bounded, and lines are printed as they are found. */
const BATCH = 4096;

type Line = (record: PlaceRecord) => string;

async function placeAll(
  god: GOD,
  objects: Gathered,
  lineOf: Line,
  progress: ProgressLines,
  signal: AbortSignal,
): Promise<void> {
  const { modality, vectors } = objects;
  const { data, rows, cols } = vectors;
  const name = `place-${modality}`;
  const start = performance.now();
  progress.started(name);
  for (let begin = 0; begin < rows; begin += BATCH) {
    const end = Math.min(rows, begin + BATCH);
    const batch = { data: data.subarray(begin * cols, end * cols), rows: end - begin, cols };
    const places = await god.place(modality, batch, { signal });
    await write(places.map((place, i) => lineOf(recordOf(god, objects, begin + i, place))).join(''));
    progress.progressed({ phase: name, fraction: end / rows, step: 'place' });
  }
  progress.finished({ ...costSince(start, name), cached: false });
}

/** Waits until the reader has taken it. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** The output for one object. Nine digits distinguish all float32 numbers. */
function recordOf(
  god: GOD,
  { ids, labels, modality }: Gathered,
  i: number,
  { map: [x, y], cluster, sign, nearest, spread, outside, neighbors }: Place,
) {
  const rounded = (value: number) => Number(value.toPrecision(9));
  return {
    id: ids[i],
    modality,
    label: labels[i],
    x: rounded(x),
    y: rounded(y),
    cluster,
    sign,
    spread: rounded(spread),
    outside: rounded(outside),
    nearest: god.objects[nearest],
    neighbors: neighbors.map((near) => ({
      modality: near.modality,
      objects: near.objects.map(({ row, proximity, distance }) => ({
        id: god.objects[row].id,
        label: god.objects[row].label,
        proximity: rounded(proximity),
        distance: rounded(distance),
      })),
    })),
  };
}

type PlaceRecord = ReturnType<typeof recordOf>;

function jsonLine(record: PlaceRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** A table shows the best neighbor of each modality. */
function tableLine({ nearest, neighbors, ...plain }: PlaceRecord): string {
  const best = neighbors.flatMap(({ objects: [first] }) => [first?.id ?? '', first?.proximity ?? '']);
  return csvLine([...Object.values(plain), nearest.id, nearest.modality, nearest.label, ...best]);
}

function headLine(god: GOD): string {
  const kinds = modalitiesOf(god.objects);
  return csvLine([
    ...['id', 'modality', 'label', 'x', 'y', 'cluster', 'sign', 'spread', 'outside'],
    ...['nearest_id', 'nearest_modality', 'nearest_label'],
    ...kinds.flatMap((kind) => [`near_${kind}_id`, `near_${kind}_proximity`]),
  ]);
}
