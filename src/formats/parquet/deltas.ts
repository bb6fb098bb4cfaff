import type { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import type { Leaf } from './leaf.ts';
import type { PageBytes } from './levels.ts';
import { numbersFrom, type Origin, takeBytes, utf8, type Values } from './values.ts';

/** Bytes of all texts of a page at most: a text can repeat the one before it in a few bytes. */
const MOST_TEXT = 1 << 28;

/** What decodes differences: the package is loaded when a Parquet file is read. */
export type UnpackDeltas = typeof deltaBinaryUnpack;

/** Whole numbers as differences. @throws Error when the page is damaged; DataError for an integer beyond 2^53. */
export function readDeltas(
  page: PageBytes,
  leaf: Leaf,
  count: number,
  asText: boolean,
  origin: Origin,
  decode: UnpackDeltas,
): Values {
  const { type } = leaf.element;
  if (type !== 'INT32' && type !== 'INT64') throw new Error(`values of the type ${type} as differences`);
  const values = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
  unpack(page, values, decode);
  return numbersFrom(Buffer.from(values.buffer), leaf, asText, origin);
}

/**
 * Texts whose lengths are differences. With `prefixes`, each begins with so many bytes of the one before it.
 *
 * @throws Error when the page is damaged.
 */
export function readDeltaTexts(
  page: PageBytes,
  { element }: Leaf,
  count: number,
  prefixes: boolean,
  decode: UnpackDeltas,
): string[] {
  if (element.type !== 'BYTE_ARRAY') throw new Error(`values of the type ${element.type} as texts`);
  const shared = new Int32Array(count);
  const own = new Int32Array(count);
  if (prefixes) unpack(page, shared, decode);
  unpack(page, own, decode);
  let text: Uint8Array = Buffer.alloc(0);
  let bytes = 0;
  return Array.from(own, (length, i) => {
    if (length < 0 || shared[i] < 0 || shared[i] > text.length) throw new Error('a length is damaged');
    const rest = takeBytes(page, length);
    text = shared[i] === 0 ? rest : Buffer.concat([text.subarray(0, shared[i]), rest]);
    bytes += text.length;
    if (bytes > MOST_TEXT) throw new Error(`texts of more than ${MOST_TEXT} bytes`);
    return utf8.decode(text);
  });
}

function unpack(page: PageBytes, values: Int32Array | BigInt64Array, decode: UnpackDeltas): void {
  if (values.length === 0) return;
  const { bytes, at } = page;
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: at };
  decode(reader, values.length, values);
  if (reader.offset > bytes.length) throw new Error('the page ends early');
  page.at = reader.offset;
}
