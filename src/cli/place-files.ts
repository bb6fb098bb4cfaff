import { join } from 'node:path';
import { NoRowsError } from '../errors.ts';
import { makeFolder, moveSealed, Replacement } from '../files/atomic-file.ts';
import { partName, partsOf } from '../matrix-files/parts.ts';
import { GOD } from '../pipeline/god.ts';
import { costSince, type StageListener } from '../pipeline/stages/stage.ts';
import type { Gathered } from '../sources/source.ts';
import { UsageError } from './failure.ts';
import { throughNetwork } from './place-network.ts';
import {
  checkModality,
  checkObjects,
  gather,
  type PlaceLines,
  placeAll,
  placeLines,
} from './place-objects.ts';
import type { ProgressLines } from './progress.ts';
import { type Shard, shardOf } from './shard.ts';
import { openSources, type SourceFlags } from './source-options.ts';

export interface PlaceFlags extends SourceFlags {
  json?: boolean;
  /** What many files are of, and the folder of their results. */
  modality?: string;
  out?: string;
  shard?: Shard;
}

const MODALITIES = ['audio', 'text', 'image'] as const;
/** Their folders are corpora, which are not divided. */
const CORPORA = ['audio', 'image'];

/** @throws UsageError when flags of many files are given without files, or the other way round. */
export function checkFlags(files: readonly string[], flags: PlaceFlags): void {
  const see = 'See god place --help';
  if (files.length === 0) {
    const only = (['modality', 'out', 'shard'] as const).find((flag) => flags[flag] !== undefined);
    if (only !== undefined)
      throw new UsageError(`--${only} is only for files: god place DIRECTORY FILES. ${see}`);
    return;
  }
  const source = ([...MODALITIES, 'embedding'] as const).find((flag) => flags[flag] !== undefined);
  if (source !== undefined) throw new UsageError(`--${source} and files exclude each other. ${see}`);
  if (flags.modality === undefined)
    throw new UsageError(`Name what the files are of: --modality NAME. ${see}`);
  if (flags.out === undefined) throw new UsageError(`Name the folder of the results: -o FOLDER. ${see}`);
}

/** Places the objects of each file of a shard, and writes them as a part of the result, which appears when it is complete. */
export async function placeFiles(
  directory: string,
  paths: readonly string[],
  flags: PlaceFlags,
  progress: ProgressLines,
  signal: AbortSignal,
): Promise<void> {
  const { modality = '', out = '', shard } = flags;
  const god = await GOD.load(directory);
  checkModality(god, modality);
  const whole = async (path: string) => [path];
  const { files, total } = await shardOf(paths, shard, CORPORA.includes(modality) ? whole : partsOf);
  await makeFolder(out);
  const lines = placeLines(god, flags.json);
  const name = `place-${modality}`;
  const start = performance.now();
  progress.started(name);
  for (const [done, { file, number }] of files.entries()) {
    const listener: StageListener = {
      progressed: ({ fraction, ...rest }) =>
        progress.progressed({ ...rest, phase: name, fraction: (done + fraction) / files.length }),
    };
    const objects = await objectsIn(file, flags, { god, directory, signal });
    for (const note of objects?.notes ?? []) progress.line(`${file}: ${note}`);
    const part = join(out, partName(number, total, lines.ending));
    await writePart(part, lines, async (write) => {
      if (objects !== undefined) await placeAll(god, objects, lines, write, listener, signal);
    });
  }
  progress.finished({ ...costSince(start, name), cached: false });
  process.stdout.write(`${out}\n`);
}

/** The objects in a file; undefined if there are none. */
async function objectsIn(
  file: string,
  flags: PlaceFlags,
  { god, directory, signal }: { god: GOD; directory: string; signal: AbortSignal },
): Promise<Gathered | undefined> {
  const { modality = '' } = flags;
  const named = (MODALITIES as readonly string[]).includes(modality)
    ? { [modality]: file }
    : { embedding: [`${modality}=${file}`] };
  const [{ source }] = await openSources({ ...flags, ...named }, 'place');
  try {
    const objects = await gather(await throughNetwork(source, god, directory), {}, signal);
    checkObjects(god, objects, file);
    return objects;
  } catch (error) {
    if (error instanceof NoRowsError) return undefined;
    throw error;
  }
}

async function writePart(
  path: string,
  { head }: PlaceLines,
  work: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const part = new Replacement(path);
  const write = (text: string) => part.append(Buffer.from(text));
  try {
    await part.open();
    await write(head);
    await work(write);
    await part.seal();
    await moveSealed([part]);
  } catch (error) {
    await part.discard();
    throw error;
  }
}
