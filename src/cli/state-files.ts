import { closeSync, openSync } from 'node:fs';
import { DataError } from '../errors.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { BlockingReader } from '../files/blocking.ts';
import { asDataError, messageOf } from '../files/file-error.ts';
import { ArrowStream, StreamCutError } from '../formats/arrow/stream-read.ts';
import { mergeStates, type PartState, readStates, writeStates } from './worker/states.ts';

/** Writes states as an Arrow stream, as `god worker` does. The file appears when it is complete. */
export async function writeStateFile(file: string, parts: readonly PartState[]): Promise<void> {
  const pieces: Uint8Array[] = [];
  writeStates((bytes) => pieces.push(bytes.slice()), parts);
  await writeFileAtomically(file, pieces);
}

/** All states of files that `god moments` or `god worker` wrote, joined in the order of their numbers. @throws DataError if there are none. */
export async function readStateFiles(
  files: readonly string[],
  options: { threads?: number | undefined; note(text: string): void },
): Promise<PartState> {
  const merged = await mergeStates(files.flatMap(statesIn), options);
  if (merged !== undefined) return merged;
  throw new DataError('holds no state', { file: files.join(', ') });
}

function statesIn(file: string) {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    throw asDataError(error, file);
  }
  try {
    return readStates(new ArrowStream(new BlockingReader(descriptor)));
  } catch (error) {
    if (error instanceof StreamCutError) throw new DataError('is cut short', { file }, { cause: error });
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`is not a file of states: ${messageOf(error)}`, { file }, { cause: error });
  } finally {
    closeSync(descriptor);
  }
}
