import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DataError, describe } from '../errors.ts';
import type { MatrixLike } from '../matrix.ts';
import { readMatrix } from '../matrix-files/read.ts';
import { type Exchange, HttpError } from './http.ts';

/** What a client wants to place. */
export interface PlaceRequest {
  readonly modality: string;
  /** Computes the vectors if they come as a picture. */
  readonly vectors: () => Promise<MatrixLike>;
}

/** Most bytes of a body, by its kind. The limit for JSON is lower because it is parsed on the event loop. */
export interface BodyLimits {
  readonly json: number;
  readonly npy: number;
  readonly image: number;
}

/** Turns pictures into vectors of one modality. */
export interface ImageEncoder {
  /** A fitted modality. */
  readonly modality: string;
  /** The vector of a picture's bytes (JPEG, PNG, WebP, ...); undefined when they cannot be decoded. */
  encode(picture: Uint8Array): Promise<Float32Array | undefined>;
}

/**
 * Reads the vectors of `POST /place`: JSON `{ modality, vectors }`, an .npy matrix with the modality in the query, or a picture
 * if there is an encoder.
 *
 * @throws HttpError 413 for a body over its limit, 415 for another type, 400 for malformed JSON, 422 for anything else that
 *   is not such a request.
 */
export async function readPlaceRequest(
  exchange: Exchange,
  limits: BodyLimits,
  images: ImageEncoder | undefined,
): Promise<PlaceRequest> {
  const { request, url } = exchange;
  const inQuery = url.searchParams.getAll('modality');
  if (inQuery.length > 1)
    throw new HttpError(422, 'Expected one `modality` in the query but received several');
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase();
  switch (type) {
    case 'application/json':
      return placeRequestOf(parsed(await readText(request, limits.json)), inQuery[0]);
    case 'application/octet-stream':
    case 'application/x-npy': {
      const [modality] = inQuery;
      if (modality === undefined) {
        throw new HttpError(422, 'Expected `modality` in the query, e.g. /place?modality=text');
      }
      const matrix = await readNpyBody(request, limits.npy, exchange.signal);
      return { modality, vectors: async () => matrix };
    }
    default: {
      if (images !== undefined && type.startsWith('image/')) {
        return placePicture(await readBytes(request, limits.image), images, inQuery[0]);
      }
      const known = ['application/json', 'application/x-npy', ...(images === undefined ? [] : ['image/*'])];
      throw new HttpError(
        415,
        `Expected content-type ${known.join(' or ')} but received ${type === '' ? 'none' : type}`,
      );
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpError(400, `The body is not JSON: ${(error as Error).message}`);
  }
}

function placeRequestOf(value: unknown, inQuery: string | undefined): PlaceRequest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(422, `Expected an object { modality, vectors } but received ${describe(value)}`);
  }
  const unknown = Object.keys(value).find((key) => key !== 'modality' && key !== 'vectors');
  if (unknown !== undefined) {
    throw new HttpError(422, `Expected \`modality\` and \`vectors\` but received ${describe(unknown)}`);
  }
  const { modality, vectors } = value as { modality?: unknown; vectors?: unknown };
  if (typeof modality !== 'string') {
    throw new HttpError(422, `Expected \`modality\` to be a string but received ${describe(modality)}`);
  }
  if (inQuery !== undefined && inQuery !== modality) {
    throw new HttpError(
      422,
      `The query says \`modality\` ${describe(inQuery)}, the body ${describe(modality)}`,
    );
  }
  if (!Array.isArray(vectors)) {
    throw new HttpError(422, `Expected \`vectors\` to be an array of rows but received ${describe(vectors)}`);
  }
  return { modality, vectors: async () => vectors };
}

function placePicture(
  picture: Uint8Array,
  { modality, encode }: ImageEncoder,
  inQuery: string | undefined,
): PlaceRequest {
  if (inQuery !== undefined && inQuery !== modality) {
    throw new HttpError(
      422,
      `Pictures are ${modality}, but the query says \`modality\` ${describe(inQuery)}`,
    );
  }
  const vectors = async () => {
    const vector = await encode(picture);
    if (vector === undefined) throw new HttpError(422, 'The body is not a picture that can be decoded');
    return [vector];
  };
  return { modality, vectors };
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limited(request, limit)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readText(request: IncomingMessage, limit: number): Promise<string> {
  const bytes = await readBytes(request, limit);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpError(400, 'The body is not UTF-8 text');
  }
}

/** Uses a temporary file, because the reader of .npy files needs their length before their content. */
async function readNpyBody(
  request: IncomingMessage,
  limit: number,
  signal: AbortSignal,
): Promise<MatrixLike> {
  const folder = await mkdtemp(join(tmpdir(), 'god-body-'));
  const file = join(folder, 'body.npy');
  try {
    await pipeline(limited(request, limit), createWriteStream(file), { signal });
    return await readMatrix(file, { format: 'npy', signal });
  } catch (error) {
    if (error instanceof DataError) throw new HttpError(422, error.message.replace(file, 'The body'));
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The bytes of a body, counted as they arrive: the declared length is not trusted. */
async function* limited(request: IncomingMessage, limit: number): AsyncGenerator<Uint8Array> {
  const refuse = () => {
    // The rest is not read; the connection closes after the answer.
    throw new HttpError(413, `The body is larger than ${limit} bytes`, { connection: 'close' });
  };
  if (Number(request.headers['content-length'] ?? 0) > limit) refuse();
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) refuse();
    yield chunk;
  }
}
