import { basename } from 'node:path';
import { DataError } from '../errors.ts';
import { fileKind, HEAD_BYTES } from '../files/kind.ts';
import { peek, readBytes } from '../files/read.ts';
import type { Format, FormatName } from './format.ts';
import { FORMATS } from './formats.ts';
import { isProjectorPair } from './projector.ts';

const COMPRESSED = /\.(gz|bz2|zst)$/i;

/** The format that the ending of a name says, whether or not an ending of a compression follows. */
export function formatByName(file: string): Format | undefined {
  const ending = /\.([^.]+)$/.exec(basename(file).replace(COMPRESSED, ''))?.[1].toLowerCase();
  return FORMATS.find(({ endings }) => ending !== undefined && endings.includes(ending));
}

export function formatNamed(name: FormatName): Format {
  return FORMATS.find((format) => format.name === name) as Format;
}

/**
 * The format of a file: what its content shows, else what its name says, else text of word vectors.
 *
 * @throws DataError when it is missing or of another kind.
 */
export async function detectFormat(file: string): Promise<Format> {
  const found = await knownFormat(file);
  if (found !== undefined) return found;
  const kind = fileKind(await headOf(file));
  if (kind === undefined) return formatNamed('word2vec');
  throw new DataError(`is ${kind}, expected a file of rows: ${FORMATS.map(({ name }) => name).join(', ')}`, {
    file,
  });
}

/** The format that the content of a file shows, or its name says. @throws DataError when it is missing. */
export async function knownFormat(file: string): Promise<Format | undefined> {
  if (await isProjectorPair(file)) return formatNamed('projector');
  const head = await headOf(file);
  return FORMATS.find(({ recognizes }) => recognizes?.(head)) ?? formatByName(file);
}

async function headOf(file: string): Promise<Buffer> {
  const { head, chunks } = await peek(readBytes(file), HEAD_BYTES);
  await (chunks as AsyncGenerator<Uint8Array>).return(undefined);
  return head;
}
