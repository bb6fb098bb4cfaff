import { basename, join } from 'node:path';
import { DataError } from '../errors.ts';
import { firstBytes, isCompressed, statPath } from '../files/read.ts';
import {
  decodeSequenceExample,
  type Feature,
  RECORD_FRAME,
  type SequenceExample,
} from '../formats/tfrecord.ts';
import { OptionReader } from '../options.ts';
import { CLASS_FILE, findClassFile, isClassTable, readClassNames } from './audioset-classes.ts';
import { folderNotes, type PlacedRecord, recordFiles, records } from './audioset-files.ts';
import { fileIdentity, filesIdentity, fingerprintOf } from './fingerprint.ts';
import { LABEL_OPTIONS, type LabelOptions, withNames } from './names.ts';
import { RowSample } from './sampling.ts';
import type { Gathered, GatherOptions, Source, SourceSize } from './source.ts';

export interface AudioSetOptions extends LabelOptions {
  /** One row for each second instead of the mean of each clip. Default false. */
  frames?: boolean;
  /**
   * class_labels_indices.csv, which names the classes. Default: that file in the folder of the data or in the folder above. Any
   * other list gives each row a label, as in `LabelOptions`.
   */
  labels?: string;
}

/**
 * AudioSet's VGGish embeddings: a folder of .tfrecord files, one such file, or a tar archive of them. Each clip is a
 * SequenceExample with one 8-bit vector for each second; a row is the mean of a clip's vectors after x * 4 / 255 - 2
 * (or each of them, with `frames`). Ids are `video@start`, labels the display name of a clip's first class.
 *
 * @throws TypeError or RangeError for wrong options. `gather` throws DataError for a damaged file.
 * @example
 * const sounds = await audioset('bal_train.tar.gz').gather({ limit: 25_000, seed: 0 });
 */
export function audioset(path: string, options: AudioSetOptions = {}): Source {
  const reader = new OptionReader(options, ['frames', ...LABEL_OPTIONS]);
  const frames = reader.boolean('frames', false);
  const names = { labels: reader.text('labels'), labelColumn: reader.text('labelColumn') };
  const { labels } = names;
  const classes = clips(path, frames, labels);
  if (labels === undefined) return classes;
  const chosen = async () =>
    (await isClassTable(labels))
      ? classes
      : withNames(clips(path, frames, undefined), names, { byRow: true, byId: true });
  return {
    ...classes,
    fingerprint: async () => (await chosen()).fingerprint(),
    gather: async (gatherOptions) => (await chosen()).gather(gatherOptions),
  };
}

function clips(path: string, frames: boolean, labels: string | undefined): Source {
  return {
    modality: 'audio',
    description: `AudioSet VGGish vectors, ${frames ? 'one row a second' : 'mean of each clip'}, from ${basename(path)}`,
    synthetic: false,
    fingerprint: async () => {
      const labelsFile = await findClassFile(path, labels);
      const files = await recordFiles(path);
      const data = files === undefined ? await fileIdentity(path) : await filesIdentity(path, files);
      const classes = labelsFile === undefined ? null : await fileIdentity(labelsFile);
      return {
        vectors: fingerprintOf(['audioset 3', frames, data]),
        names: fingerprintOf(['audioset names 1', frames, data, classes]),
      };
    },
    gather: (gatherOptions) => gather(path, frames, labels, gatherOptions),
    size: () => sizeOf(path, frames),
  };
}

/** Clips that are read to estimate how many there are. */
const FIRST_CLIPS = 200;
/** Bytes of a compressed archive for each byte of its records: vectors of sounds hardly become smaller. */
const COMPRESSED = 0.83;

/** Estimated from the length of the first records. */
async function sizeOf(path: string, perFrame: boolean): Promise<SourceSize | undefined> {
  let bytes = 0;
  let clips = 0;
  let frames = 0;
  let cols = 0;
  for await (const placed of records(path)) {
    const clip = readClip(placed, undefined);
    bytes += placed.record.data.length + RECORD_FRAME;
    frames += clip.frames.length;
    cols ||= clip.frames[0]?.length ?? 0;
    if (++clips === FIRST_CLIPS) break;
  }
  if (cols === 0) return undefined;
  const files = await recordFiles(path);
  const stored = await storedBytes(files === undefined ? [path] : files.map((name) => join(path, name)));
  const all = stored.plain + stored.compressed / COMPRESSED;
  return { rows: Math.round((all / bytes) * (perFrame ? frames : clips)), cols, exact: false };
}

/** Bytes of files, those of compressed ones apart. */
async function storedBytes(files: readonly string[]): Promise<{ plain: number; compressed: number }> {
  const sum = { plain: 0, compressed: 0 };
  for (const file of files) {
    const kind = isCompressed(await firstBytes(file, 10)) ? 'compressed' : 'plain';
    sum[kind] += (await statPath(file)).size;
  }
  return sum;
}

async function gather(
  path: string,
  perFrame: boolean,
  labels: string | undefined,
  options: GatherOptions,
): Promise<Gathered> {
  const labelsFile = await findClassFile(path, labels);
  const classNames = labelsFile === undefined ? undefined : await readClassNames(labelsFile);
  const sample = new RowSample(options);
  let width: number | undefined;
  let clips = 0;
  let empty = 0;
  for await (const placed of records(path)) {
    if (clips++ % 256 === 0) options.signal?.throwIfAborted();
    if (clips % 1000 === 0) options.onProgress?.(sample.total, undefined);
    const clip = readClip(placed, classNames);
    width ??= clip.frames[0]?.length;
    checkFrames(clip.frames, width, placed);
    if (clip.frames.length === 0) empty++;
    else if (perFrame) addFrames(sample, clip);
    else addMean(sample, clip);
  }
  const notes = await folderNotes(path);
  if (empty > 0) notes.push(`${empty} of ${clips} clips have no frames and were skipped`);
  if (classNames === undefined)
    notes.push(`${CLASS_FILE} was not found, so classes are named by their numbers`);
  return sample.finish('audio', path, notes);
}

interface Clip {
  readonly video: string;
  readonly start: number;
  readonly label: string;
  /** One 8-bit vector for each second. */
  readonly frames: readonly Uint8Array[];
}

function readClip({ record, file }: PlacedRecord, classNames: ReadonlyMap<number, string> | undefined): Clip {
  const example = decodeSequenceExample(record, file);
  const video = contextBytes(example, 'video_id');
  if (video === undefined) throw new DataError('the record has no video_id', { file, offset: record.offset });
  const label = contextNumber(example, 'labels');
  return {
    video: Buffer.from(video).toString(),
    start: contextNumber(example, 'start_time_seconds') ?? 0,
    label: label === undefined ? '' : (classNames?.get(label) ?? `class ${label}`),
    frames: (example.lists.get('audio_embedding') ?? []).map((feature) => frameOf(feature, { record, file })),
  };
}

function contextBytes({ context }: SequenceExample, name: string): Uint8Array | undefined {
  const feature = context.get(name);
  return feature?.kind === 'bytes' ? feature.values[0] : undefined;
}

function contextNumber({ context }: SequenceExample, name: string): number | undefined {
  const feature = context.get(name);
  return feature === undefined || feature.kind === 'bytes' ? undefined : feature.values[0];
}

function frameOf(feature: Feature, { record, file }: PlacedRecord): Uint8Array {
  const value = feature.kind === 'bytes' && feature.values.length === 1 ? feature.values[0] : undefined;
  if (value !== undefined && value.length > 0) return value;
  throw new DataError('a frame of the record is not one byte string', { file, offset: record.offset });
}

function checkFrames(
  frames: readonly Uint8Array[],
  width: number | undefined,
  { record, file }: PlacedRecord,
): void {
  for (const frame of frames) {
    if (frame.length === width) continue;
    const problem = `a frame has ${frame.length} dimensions where those before have ${width}`;
    throw new DataError(problem, { file, offset: record.offset });
  }
}

function addFrames(sample: RowSample, { video, start, label, frames }: Clip): void {
  frames.forEach((frame, second) => {
    const slot = sample.offer();
    if (slot !== -1)
      sample.put(slot, clipId(video, start + second), label, Float32Array.from(frame, dequantize));
  });
}

function addMean(sample: RowSample, { video, start, label, frames }: Clip): void {
  const slot = sample.offer();
  if (slot === -1) return;
  // Sums of bytes are exact, so the mean is rounded once.
  const sums = new Float64Array(frames[0].length);
  for (const frame of frames)
    frame.forEach((value, i) => {
      sums[i] += value;
    });
  sample.put(
    slot,
    clipId(video, start),
    label,
    Float32Array.from(sums, (sum) => dequantize(sum / frames.length)),
  );
}

/** AudioSet stores [-2, 2] in a byte. */
function dequantize(value: number): number {
  return (value * 4) / 255 - 2;
}

function clipId(video: string, seconds: number): string {
  return `${video}@${seconds}s`;
}
