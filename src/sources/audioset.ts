import { basename, dirname, join } from 'node:path';
import { DataError } from '../errors.ts';
import { readTar } from '../files/archive.ts';
import { openTree } from '../files/file-tree.ts';
import { fileKind, HEAD_BYTES } from '../files/kind.ts';
import { isFile, peek, readBytes, statPath } from '../files/read.ts';
import { readText } from '../files/text.ts';
import { readCsv } from '../formats/csv.ts';
import {
  decodeSequenceExample,
  type Feature,
  readTFRecords,
  type SequenceExample,
  type TFRecord,
} from '../formats/tfrecord.ts';
import { OptionReader } from '../options.ts';
import { fileIdentity, filesIdentity, fingerprintOf } from './fingerprint.ts';
import { LABEL_OPTIONS, type LabelOptions, withNames } from './names.ts';
import { RowSample } from './sampling.ts';
import type { Gathered, GatherOptions, Source } from './source.ts';

export interface AudioSetOptions extends LabelOptions {
  /** One row for each second instead of the mean of each clip. Default false. */
  frames?: boolean;
  /**
   * class_labels_indices.csv, which names the classes. Default: that file in the folder of the data or in the folder above. Any
   * other list gives each row a label, as in `LabelOptions`.
   */
  labels?: string;
}

const labelsName = 'class_labels_indices.csv';

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

/** Whether a file has the columns of class_labels_indices.csv. */
async function isClassTable(file: string): Promise<boolean> {
  if (!/\.csv(\.gz|\.bz2)?$/i.test(file)) return false;
  for await (const { fields } of readCsv(readText(file), file))
    return fields.includes('index') && (fields.includes('mid') || fields.includes('display_name'));
  return false;
}

function clips(path: string, frames: boolean, labels: string | undefined): Source {
  return {
    modality: 'audio',
    description: `AudioSet VGGish vectors, ${frames ? 'one row a second' : 'mean of each clip'}, from ${basename(path)}`,
    synthetic: false,
    fingerprint: async () => {
      const labelsFile = await findLabels(path, labels);
      const files = await recordFiles(path);
      const data = files === undefined ? await fileIdentity(path) : await filesIdentity(path, files);
      const classes = labelsFile === undefined ? null : await fileIdentity(labelsFile);
      return {
        vectors: fingerprintOf(['audioset 3', frames, data]),
        names: fingerprintOf(['audioset names 1', frames, data, classes]),
      };
    },
    gather: (gatherOptions) => gather(path, frames, labels, gatherOptions),
  };
}

/** The .tfrecord files of a folder in their order, or undefined for a single file or archive. */
async function recordFiles(path: string): Promise<string[] | undefined> {
  if (!(await statPath(path)).isDirectory()) return undefined;
  const { names } = await openTree(path);
  const records = names.filter(isRecordFile);
  if (records.length === 0)
    throw new DataError(`holds no .tfrecord files${names.length > 0 ? `, but ${listed(names)}` : ''}`, {
      file: path,
    });
  return records;
}

/** The files of a folder that are not read, without the list of classes and hidden files. */
function otherFiles(names: readonly string[]): string[] {
  return names.filter(
    (name) => !isRecordFile(name) && !/(^|\/)\./.test(name) && basename(name) !== labelsName,
  );
}

function listed(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

/** Shards say how many there are: `-00000-of-00002`. */
function missingShards(names: readonly string[]): string[] {
  const sets = new Map<string, { count: number; found: Set<number> }>();
  for (const name of names) {
    const shard = /^(.*)-(\d+)-of-(\d+)((?:\.gz|\.bz2)?)$/i.exec(name);
    if (shard === null) continue;
    const key = `${shard[1]}-of-${shard[3]}${shard[4]}`;
    const set = sets.get(key) ?? { count: Number(shard[3]), found: new Set<number>() };
    set.found.add(Number(shard[2]));
    sets.set(key, set);
  }
  return [...sets].flatMap(([key, { count, found }]) =>
    found.size < count ? [`${key} has ${found.size} of its ${count} shards`] : [],
  );
}

function isRecordFile(name: string): boolean {
  // macOS adds files whose names begin with `._` to archives; they do not contain records.
  return /(^|\/)(?!\._)[^/]*\.tfrecords?(-\d+-of-\d+)?(\.gz|\.bz2)?$/i.test(name);
}

async function findLabels(path: string, given: string | undefined): Promise<string | undefined> {
  if (given !== undefined) return given;
  const folder = (await statPath(path)).isDirectory() ? path : dirname(path);
  for (const candidate of [join(folder, labelsName), join(folder, '..', labelsName)]) {
    if (await isFile(candidate)) return candidate;
  }
  return undefined;
}

async function readClassNames(file: string): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  let columns: readonly string[] | undefined;
  for await (const { line, fields } of readCsv(readText(file), file)) {
    columns ??= fields;
    if (fields === columns) continue;
    const index = fields[columns.indexOf('index')];
    const name = fields[columns.indexOf('display_name')];
    if (index === undefined || !/^\d{1,6}$/.test(index) || name === undefined) {
      throw new DataError('expected the columns index and display_name', { file, line });
    }
    names.set(Number(index), name);
  }
  if (names.size === 0) throw new DataError('holds no classes', { file });
  return names;
}

interface PlacedRecord {
  readonly record: TFRecord;
  readonly file: string;
}

async function* records(path: string): AsyncGenerator<PlacedRecord> {
  const files = await recordFiles(path);
  if (files !== undefined) {
    for (const name of files) yield* recordsOf(join(path, name), readBytes(join(path, name)));
  } else if (isTar(path)) {
    let found = false;
    for await (const { name, chunks } of readTar(path)) {
      if (!isRecordFile(name)) continue;
      found = true;
      yield* recordsOf(`${path}: ${name}`, chunks);
    }
    if (!found) throw new DataError('holds no .tfrecord files', { file: path });
  } else yield* recordsOf(path, readBytes(path));
}

function isTar(path: string): boolean {
  return /\.(tar|tgz|tbz2?|tar\.gz|tar\.bz2)$/i.test(path);
}

async function* recordsOf(file: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<PlacedRecord> {
  const { head, chunks } = await peek(source, HEAD_BYTES);
  const kind = fileKind(head);
  if (kind !== undefined) throw new DataError(`is ${kind}, expected TFRecords`, { file });
  for await (const record of readTFRecords(chunks, file)) yield { record, file };
}

async function gather(
  path: string,
  perFrame: boolean,
  labels: string | undefined,
  options: GatherOptions,
): Promise<Gathered> {
  const labelsFile = await findLabels(path, labels);
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
    notes.push(`${labelsName} was not found, so classes are named by their numbers`);
  return sample.finish('audio', path, notes);
}

/** What else a folder contains beside its records, and which shards are missing. */
async function folderNotes(path: string): Promise<string[]> {
  if (!(await statPath(path)).isDirectory()) return [];
  const { names } = await openTree(path);
  const others = otherFiles(names);
  const notes = missingShards(names.filter(isRecordFile));
  if (others.length > 0) notes.push(`files that are not TFRecords were skipped: ${listed(others)}`);
  return notes;
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
      sample.put(slot, clipId(video, start + second), label, Float32Array.from(frame, dequantise));
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
    Float32Array.from(sums, (sum) => dequantise(sum / frames.length)),
  );
}

/** AudioSet stores [-2, 2] in a byte. */
function dequantise(value: number): number {
  return (value * 4) / 255 - 2;
}

function clipId(video: string, seconds: number): string {
  return `${video}@${seconds}s`;
}
