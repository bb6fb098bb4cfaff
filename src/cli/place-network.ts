import { join } from 'node:path';
import { DataError } from '../errors.ts';
import { isFile, readWhole } from '../files/read.ts';
import type { GOD } from '../pipeline/god.ts';
import { openImageNetwork } from '../sources/image-network.ts';
import { preprocessingIn } from '../sources/preprocessing.ts';
import type { Gathered, NetworkRecord, Source } from '../sources/source.ts';

/** The source with the network, layer and preprocessing of the model's own images, unless an option named others. */
export async function throughNetwork(source: Source, god: GOD, directory: string): Promise<Source> {
  const network = networkOf(god, source.modality);
  if (network === undefined || source.through === undefined) return source;
  return source.through({ ...network, model: await findNetwork(network, directory) });
}

/** The network that made a modality's vectors, ready for single pictures; undefined if there is none or it is not found. */
export async function openNetwork(god: GOD, directory: string) {
  const modality = god.modalities.find(({ network }) => network !== undefined);
  if (modality?.network === undefined) return undefined;
  const path = await findNetwork(modality.network, directory);
  if (path === undefined) return undefined;
  const { output, preprocessing } = modality.network;
  const opened = await openImageNetwork(path, { output, preprocessing: preprocessingIn(preprocessing) });
  try {
    checkRecord(modality.network, opened.record, modality.name);
  } catch (error) {
    await opened.close();
    throw error;
  }
  const encode = async (picture: Uint8Array) => {
    const prepared = await opened.prepare(picture);
    return prepared && (await opened.run([prepared]))[0];
  };
  return { modality: modality.name, encode, close: () => opened.close() };
}

/** @throws DataError when the images went through another network, layer or preprocessing than the model's. */
export function checkNetwork(god: GOD, { modality, network }: Gathered): void {
  const expected = networkOf(god, modality);
  if (expected !== undefined && network !== undefined) checkRecord(expected, network, modality);
}

function checkRecord(
  expected: NetworkRecord,
  network: NonNullable<Gathered['network']>,
  modality: string,
): void {
  const differs = (['sha256', 'output', 'preprocessing'] as const).find(
    (name) => network[name] !== expected[name],
  );
  if (differs === undefined) return;
  const what = { sha256: 'network', output: 'layer', preprocessing: 'preprocessing' }[differs];
  throw new DataError(
    `is another ${what} than the one that made the model's ${modality} vectors: expected ${described(expected)}, not ${described(network)}`,
    { file: network.path },
  );
}

function described({ file, sha256, output, preprocessing }: NetworkRecord): string {
  return `${file} (SHA-256 ${sha256.slice(0, 12)}, layer ${JSON.stringify(output)}, ${preprocessing})`;
}

function networkOf(god: GOD, modality: string): NetworkRecord | undefined {
  return god.modalities.find(({ name }) => name === modality)?.network;
}

/** The network where the run found it; or a file of that name in the run directory or the working directory. */
async function findNetwork({ file, sha256 }: NetworkRecord, directory: string): Promise<string | undefined> {
  for (const path of [await pathInRun(directory, sha256), join(directory, file), file]) {
    if (path !== undefined && (await isFile(path))) return path;
  }
  return undefined;
}

/** The path of the network in run.json; undefined for a model that is not in a run directory. */
async function pathInRun(directory: string, sha256: string): Promise<string | undefined> {
  for (const folder of [directory, join(directory, '..')]) {
    const file = join(folder, 'run.json');
    if (!(await isFile(file))) continue;
    const { modalities } = JSON.parse((await readWhole(file)).toString()) as {
      modalities?: readonly { network?: { sha256?: string; path?: string } }[];
    };
    const found = modalities?.find(({ network }) => network?.sha256 === sha256)?.network?.path;
    if (found !== undefined) return found;
  }
  return undefined;
}
