import type { FileHandle } from 'node:fs/promises';
import { brotliDecompressSync, crc32, gunzipSync } from 'node:zlib';
import type { CompressionCodec, PageHeader } from 'hyparquet/src/types.js';
import { DataError } from '../../errors.ts';
import { asBuffer } from '../../files/byte-queue.ts';
import { messageOf } from '../../files/file-error.ts';
import { readAt } from '../../files/read.ts';
import { unzstd } from '../../files/zstd.ts';
import { unlz4Block } from '../lz4.ts';
import { readDeltas, readDeltaTexts, type UnpackDeltas } from './deltas.ts';
import type { ColumnMetaData, Leaf } from './leaf.ts';
import { type PageBytes, readRowStarts, readUnlessSame } from './levels.ts';
import { joinByteStreams, readFromDictionary, readPlain, readRuns, type Values } from './values.ts';

/** What a page holds. */
export interface Page {
  readonly values: Values;
  /** Values and nulls. */
  readonly slots: number;
  /** The slots at which rows begin; undefined for single values: then every slot is a row. */
  readonly starts: Uint32Array | undefined;
  /** For each slot its definition level; undefined if every slot has a value. */
  readonly definition: Uint32Array | undefined;
}

const HEADER_BYTES = 4096;
/** Bytes of a page at most; writers make pages of about 1 MB. */
const MAX_PAGE = 1 << 30;
/** Slots of a page at most; those of a run take no bytes. */
const MAX_SLOTS = 1 << 26;

/** Reads the pages of one leaf in one row group, one after another. */
export async function* readPages(
  handle: FileHandle,
  file: string,
  leaf: Leaf,
  chunk: ColumnMetaData,
  asText: boolean,
): AsyncGenerator<Page> {
  const { parquetHeader } = await import('hyparquet/src/column.js');
  const { snappyUncompress } = await import('hyparquet');
  const { deltaBinaryUnpack } = await import('hyparquet/src/delta.js');
  const scratch = new Scratch(handle);
  let offset = firstPage(chunk);
  const end = offset + Number(chunk.total_compressed_size);
  let slots = 0;
  let dictionary: Values | undefined;
  while (slots < Number(chunk.num_values)) {
    const { header, length } = await readHeader(scratch, file, offset, end, parquetHeader);
    const at = offset + length;
    const bytes = await pageBytes(scratch, file, header, at, end);
    try {
      const decompressed = (part: Buffer, size: number) =>
        decompress(part, size, chunk.codec, snappyUncompress);
      if (header.type === 'DICTIONARY_PAGE') {
        const count = countOf(header.dictionary_page_header?.num_values);
        const plain = { bytes: decompressed(bytes, header.uncompressed_page_size), at: 0 };
        dictionary = scratch.kept(readPlain(plain, leaf, count, asText, { file, offset: at }));
      } else if (header.type !== 'INDEX_PAGE') {
        const decode: Decode = { decompressed, deltas: deltaBinaryUnpack };
        const page = decodePage(bytes, header, leaf, dictionary, asText, { file, offset: at }, decode);
        slots += page.slots;
        yield { ...page, values: scratch.kept(page.values) };
      }
    } catch (error) {
      if (error instanceof DataError) throw error;
      throw new DataError(
        `damaged Parquet page (${messageOf(error)})`,
        { file, offset: at },
        { cause: error },
      );
    }
    offset = at + bytes.length;
  }
}

/** Memory for the bytes of a page at a time, because new memory for each page takes longer than reading it. */
class Scratch {
  readonly #handle: FileHandle;
  #memory = new ArrayBuffer(0);

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Bytes that hold until the next call. */
  read(offset: number, size: number): Promise<Buffer> {
    if (this.#memory.byteLength < size) this.#memory = new ArrayBuffer(Math.max(size, HEADER_BYTES));
    return readAt(this.#handle, offset, size, Buffer.from(this.#memory, 0, size));
  }

  /** The values, copied if they lie in this memory. */
  kept(values: Values): Values {
    return !Array.isArray(values) && values.buffer === this.#memory ? values.slice() : values;
  }
}

function firstPage({ dictionary_page_offset: dictionary, data_page_offset: data }: ColumnMetaData): number {
  const offset = dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data;
  return Number(offset);
}

type ParseHeader = (reader: { view: DataView; offset: number }) => PageHeader;

async function readHeader(
  scratch: Scratch,
  file: string,
  offset: number,
  end: number,
  parse: ParseHeader,
): Promise<{ header: PageHeader; length: number }> {
  const bytes = await scratch.read(offset, Math.max(0, Math.min(HEADER_BYTES, end - offset)));
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  try {
    return { header: parse(reader), length: reader.offset };
  } catch (cause) {
    throw new DataError(`damaged Parquet page header (${messageOf(cause)})`, { file, offset }, { cause });
  }
}

async function pageBytes(
  scratch: Scratch,
  file: string,
  { compressed_page_size: size, uncompressed_page_size: plainSize, crc }: PageHeader,
  offset: number,
  end: number,
): Promise<Buffer> {
  const fits = Number.isSafeInteger(size) && size >= 0 && offset + size <= end && size <= MAX_PAGE;
  if (!fits || !(plainSize >= 0 && plainSize <= MAX_PAGE))
    throw new DataError(`a Parquet page should be ${size} bytes long but ${end - offset} are left`, {
      file,
      offset,
    });
  const bytes = await scratch.read(offset, size);
  if (bytes.length < size) throw new DataError('the file ends inside a Parquet page', { file, offset });
  if (crc !== undefined && crc >>> 0 !== crc32(bytes))
    throw new DataError('the checksum of a Parquet page is wrong', { file, offset });
  return bytes;
}

type Decompress = (bytes: Buffer, size: number) => Buffer;

/** How the bytes of a column chunk are decoded. */
interface Decode {
  readonly decompressed: Decompress;
  readonly deltas: UnpackDeltas;
}

function decompress(
  bytes: Buffer,
  size: number,
  codec: CompressionCodec,
  unsnappy: (input: Uint8Array, output: Uint8Array) => void,
): Buffer {
  if (codec === 'UNCOMPRESSED') return bytes;
  let plain: Buffer;
  if (codec === 'SNAPPY') {
    // Three bytes stand for 64 at most.
    if (size > 32 * bytes.length) throw new Error(`${bytes.length} bytes of snappy for ${size} bytes`);
    plain = Buffer.alloc(size);
    if (size > 0) unsnappy(bytes, plain);
  } else if (codec === 'GZIP') plain = gunzipSync(bytes, { maxOutputLength: Math.max(1, size) });
  else if (codec === 'BROTLI') plain = brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, size) });
  else if (codec === 'ZSTD') plain = unzstd(bytes, size);
  else if (codec === 'LZ4_RAW') plain = asBuffer(unlz4Block(bytes, size));
  else
    throw new Error(`compressed by ${codec}, which is not read; GZIP, SNAPPY, BROTLI, ZSTD and LZ4_RAW are`);
  if (plain.length !== size) throw new Error(`${plain.length} bytes after decompression, expected ${size}`);
  return plain;
}

function countOf(count: number | undefined): number {
  if (count !== undefined && Number.isSafeInteger(count) && count >= 0 && count <= MAX_SLOTS) return count;
  throw new Error(`a page of ${count} values`);
}

/** Levels first, then the values that are not null. In version 2, levels are not compressed. */
function decodePage(
  bytes: Buffer,
  header: PageHeader,
  leaf: Leaf,
  dictionary: Values | undefined,
  asText: boolean,
  origin: { file: string; offset: number },
  { decompressed, deltas }: Decode,
): Page {
  const { data_page_header: v1, data_page_header_v2: v2 } = header;
  const info = v1 ?? v2;
  if (info === undefined) throw new Error('a page of an unknown type');
  const slots = countOf(info.num_values);
  const page =
    v2 === undefined
      ? { bytes: decompressed(bytes, header.uncompressed_page_size), at: 0 }
      : { bytes, at: 0 };
  const levels = <T>(max: number, length: number | undefined, read: (at: PageBytes, end: number) => T) => {
    if (max === 0) return undefined;
    const size = length ?? takeLength(page);
    const end = page.at + size;
    if (size < 0 || end > page.bytes.length) throw new Error('the levels are longer than the page');
    const values = read({ bytes: page.bytes, at: page.at }, end);
    page.at = end;
    return values;
  };
  const starts = levels(leaf.maxRepetition, v2?.repetition_levels_byte_length, (at, end) =>
    readRowStarts(at, end, slots),
  );
  const width = 32 - Math.clz32(leaf.maxDefinition);
  const definition = levels(leaf.maxDefinition, v2?.definition_levels_byte_length, (at, end) =>
    readUnlessSame(at, end, width, slots, leaf.maxDefinition),
  );
  const present = presentOf(definition, leaf.maxDefinition, slots);
  const rest = v2 === undefined ? page : restOf(bytes, page.at, header, decompressed);
  const values = decodeValues(rest, info.encoding, leaf, dictionary, present, asText, origin, deltas);
  return { values, slots, starts, definition };
}

function takeLength(page: PageBytes): number {
  if (page.at + 4 > page.bytes.length) throw new Error('the page ends early');
  page.at += 4;
  return page.bytes.readUInt32LE(page.at - 4);
}

function presentOf(definition: Uint32Array | undefined, max: number, slots: number): number {
  if (definition === undefined) return slots;
  let present = 0;
  for (const level of definition) if (level === max) present++;
  return present;
}

function restOf(bytes: Buffer, at: number, header: PageHeader, decompressed: Decompress): PageBytes {
  const rest = bytes.subarray(at);
  const size = header.uncompressed_page_size - at;
  if (size < 0) throw new Error('the levels are longer than the page');
  const compressed = header.data_page_header_v2?.is_compressed !== false && rest.length > 0;
  return { bytes: compressed ? decompressed(rest, size) : rest, at: 0 };
}

function decodeValues(
  page: PageBytes,
  encoding: string,
  leaf: Leaf,
  dictionary: Values | undefined,
  count: number,
  asText: boolean,
  origin: { file: string; offset: number },
  deltas: UnpackDeltas,
): Values {
  switch (encoding) {
    case 'PLAIN':
      return readPlain(page, leaf, count, asText, origin);
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      return readFromDictionary(page, dictionary, count);
    case 'DELTA_BINARY_PACKED':
      return readDeltas(page, leaf, count, asText, origin, deltas);
    case 'DELTA_LENGTH_BYTE_ARRAY':
      return readDeltaTexts(page, leaf, count, false, deltas);
    case 'DELTA_BYTE_ARRAY':
      return readDeltaTexts(page, leaf, count, true, deltas);
    case 'RLE':
      return readRuns(page, leaf, count);
    case 'BYTE_STREAM_SPLIT':
      return readPlain(joinByteStreams(page, leaf, count), leaf, count, asText, origin);
    default:
      throw new Error(`values are encoded by ${encoding}, which is not read`);
  }
}
