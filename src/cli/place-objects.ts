import { DataError } from '../errors.ts';
import { csvLine } from '../formats/csv.ts';
import { modalitiesOf } from '../pipeline/fitted.ts';
import type { GOD } from '../pipeline/god.ts';
import type { Place } from '../pipeline/place.ts';
import { gathering } from '../pipeline/stages/gather.ts';
import { costSince, type StageListener } from '../pipeline/stages/stage.ts';
import type { Gathered, Source } from '../sources/source.ts';
import { UsageError } from './failure.ts';
import { checkNetwork } from './place-network.ts';

/** How places are written. */
export interface PlaceLines {
  readonly ending: 'csv' | 'jsonl';
  /** What stands before the first place. */
  readonly head: string;
  readonly lineOf: (record: PlaceRecord) => string;
}

/** JSON Lines, or a table. */
export function placeLines(god: GOD, json: boolean | undefined): PlaceLines {
  return json
    ? { ending: 'jsonl', head: '', lineOf: jsonLine }
    : { ending: 'csv', head: headLine(god), lineOf: tableLine };
}

export function checkModality(god: GOD, modality: string): void {
  const known = god.modalities.map(({ name }) => name);
  if (known.includes(modality)) return;
  throw new UsageError(`The model was fitted to ${known.join(', ')}, not to ${modality}`);
}

/** All objects of a source. */
export async function gather(
  source: Source,
  progress: StageListener,
  signal: AbortSignal,
): Promise<Gathered> {
  const name = `gather-${source.modality}`;
  const start = performance.now();
  progress.started?.(name);
  const onProgress = (rows: number, total: number | undefined) => {
    const { phase: step, ...done } = gathering(rows, total);
    progress.progressed?.({ ...done, phase: name, step });
  };
  const objects = await source.gather({ limit: Number.POSITIVE_INFINITY, seed: 0, signal, onProgress });
  progress.finished?.({ ...costSince(start, name), cached: false });
  return objects;
}

/** @throws DataError, naming `file`, for vectors of another length than the model's, or from another network. */
export function checkObjects(god: GOD, objects: Gathered, file: string): void {
  checkNetwork(god, objects);
  const { modality, vectors } = objects;
  const expected = god.modalities.find(({ name }) => name === modality)?.pca.mean.length;
  if (vectors.cols === expected) return;
  throw new DataError(
    `has vectors of ${vectors.cols} values, where the model's ${modality} has ${expected}`,
    { file },
  );
}

/** Rows that are placed at once: memory stays bounded, and lines are printed as they are found. */
const BATCH = 4096;

/** Writes the lines of all objects. */
export async function placeAll(
  god: GOD,
  objects: Gathered,
  { lineOf }: PlaceLines,
  write: (text: string) => Promise<void>,
  progress: StageListener,
  signal: AbortSignal,
): Promise<void> {
  const { modality, vectors } = objects;
  const { data, rows, cols } = vectors;
  const name = `place-${modality}`;
  const start = performance.now();
  progress.started?.(name);
  for (let begin = 0; begin < rows; begin += BATCH) {
    const end = Math.min(rows, begin + BATCH);
    const batch = { data: data.subarray(begin * cols, end * cols), rows: end - begin, cols };
    const places = await god.place(modality, batch, { signal });
    await write(places.map((place, i) => lineOf(recordOf(god, objects, begin + i, place))).join(''));
    progress.progressed?.({ phase: name, fraction: end / rows, step: 'place' });
  }
  progress.finished?.({ ...costSince(start, name), cached: false });
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
