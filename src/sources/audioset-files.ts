import { basename, join } from 'node:path';
import { DataError } from '../errors.ts';
import { readTar } from '../files/archive.ts';
import { openTree } from '../files/file-tree.ts';
import { fileKind, HEAD_BYTES } from '../files/kind.ts';
import { peek, readBytes, statPath } from '../files/read.ts';
import { readTFRecords, type TFRecord } from '../formats/tfrecord.ts';
import { CLASS_FILE } from './audioset-classes.ts';

/** The .tfrecord files of a folder in their order, or undefined for a single file or archive. */
export async function recordFiles(path: string): Promise<string[] | undefined> {
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
    (name) => !isRecordFile(name) && !/(^|\/)\./.test(name) && basename(name) !== CLASS_FILE,
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

/** A record, and its file for messages. */
export interface PlacedRecord {
  readonly record: TFRecord;
  readonly file: string;
}

/** All records of a folder, a tar archive or a single file, in order. */
export async function* records(path: string): AsyncGenerator<PlacedRecord> {
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

/** What else a folder contains beside its records, and which shards are missing. */
export async function folderNotes(path: string): Promise<string[]> {
  if (!(await statPath(path)).isDirectory()) return [];
  const { names } = await openTree(path);
  const others = otherFiles(names);
  const notes = missingShards(names.filter(isRecordFile));
  if (others.length > 0) notes.push(`files that are not TFRecords were skipped: ${listed(others)}`);
  return notes;
}
