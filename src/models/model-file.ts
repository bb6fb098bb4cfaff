import { types } from 'node:util';
import { DataError } from '../errors.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import {
  parseSafetensors,
  readSafetensors,
  type Safetensors,
  safetensorsChunks,
} from '../formats/safetensors.ts';
import type { Json, ModelState, StateArray } from './model-state.ts';

/** The metadata entry of a safetensors file that holds the state without its arrays, as JSON. */
const ENTRY = 'global-object-embedder';

/** A state as the bytes of a safetensors file, in chunks: see {@link safetensorsChunks}. The same state gives the same bytes. */
export function stateToChunks({ kind, version, values, arrays }: ModelState): Uint8Array[] {
  const metadata: [string, string][] = [
    ['format', 'global-object-embedder model'],
    [ENTRY, JSON.stringify({ kind, version, values })],
  ];
  return safetensorsChunks(Object.entries(arrays), metadata);
}

/** @throws DataError when the bytes are not such a file; the message names `file`. */
export function stateFromBytes(bytes: Uint8Array, file: string): ModelState {
  return stateFromTensors(parseSafetensors(bytes, file), file);
}

/**
 * Writes a model, or its state, as one safetensors file, atomically and without a second copy of it in memory.
 *
 * @throws the error of the file system.
 * @example
 * await saveModel(pca, 'pca.safetensors');
 */
export async function saveModel(model: { state(): ModelState }, file: string): Promise<void> {
  await writeFileAtomically(file, stateToChunks(model.state()));
}

/**
 * Reads the state that `saveModel` wrote, of a model of any class: `load` of a class does this and makes the model.
 *
 * @throws DataError when the file is missing, damaged or not written by `saveModel`.
 * @example
 * const { kind, arrays } = await readModelState('pca.safetensors'); // 'PCA', and its mean, components, ...
 */
export async function readModelState(file: string): Promise<ModelState> {
  return stateFromTensors(await readSafetensors(file), file);
}

function stateFromTensors({ tensors, metadata }: Safetensors, file: string): ModelState {
  const text = metadata.get(ENTRY);
  if (text === undefined)
    throw new DataError(`is not a model of global-object-embedder (no \`${ENTRY}\` entry)`, { file });
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new DataError('has an entry that is not JSON', { file }, { cause });
  }
  if (
    typeof header !== 'object' ||
    header === null ||
    !('kind' in header && 'version' in header && 'values' in header)
  ) {
    throw new DataError('lacks the kind, version or values of its model', { file });
  }
  const arrays: Record<string, StateArray> = Object.create(null);
  for (const [name, { data, shape }] of tensors) {
    if (types.isBigInt64Array(data))
      throw new DataError(`has an array \`${name}\` of 64-bit integers`, { file });
    arrays[name] = { data, shape };
  }
  const { kind, version, values } = header;
  return { kind: String(kind), version: Number(version), values: values as Record<string, Json>, arrays };
}
