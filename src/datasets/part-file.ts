import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { moveIntoPlace, writeArray, writeFileAtomically } from '../files/atomic-file.ts';
import { partOf, recordOf } from '../files/part-names.ts';
import { readAt } from '../files/read.ts';

/** What distinguishes one state of a file on a server from another. */
export interface Version {
  readonly url: string;
  /** A strong entity tag. */
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
  /** Bytes of the whole file. */
  readonly total?: number | undefined;
}

/** Bytes between two records: what a killed process fetches again at most. */
const RECORD_EVERY = 16 << 20;

/**
 * A file that is being fetched: `name.part`, and `name.part.json`, which says of which version its bytes are and how many of them are
 * certainly on the disk. So a later process can continue, even if power failed.
 */
export class PartFile {
  /** Bytes that are there. */
  length = 0;
  /** The version that they belong to; undefined if nobody knows. */
  version: Version | undefined;
  readonly #file: string;
  readonly #handle: FileHandle;
  #recorded = 0;

  private constructor(file: string, handle: FileHandle) {
    this.#file = file;
    this.#handle = handle;
  }

  /** Opens what an earlier process left, or an empty file. @throws the error of the file system. */
  static async open(file: string): Promise<PartFile> {
    const handle = await open(partOf(file), constants.O_RDWR | constants.O_CREAT);
    const part = new PartFile(file, handle);
    try {
      const record = await readRecord(file);
      if (record !== undefined && (await handle.stat()).size >= record.length) {
        part.version = record.version;
        part.length = record.length;
      }
      await handle.truncate(part.length);
      return part;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get path(): string {
    return partOf(this.#file);
  }

  /** Forgets the bytes; those of `version` follow. */
  async restart(version: Version | undefined): Promise<void> {
    await rm(recordOf(this.#file), { force: true });
    await this.#handle.truncate(0);
    this.length = 0;
    this.#recorded = 0;
    this.version = version;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeArray(this.#handle, bytes, bytes.length, this.length);
    this.length += bytes.length;
    if (this.length - this.#recorded >= RECORD_EVERY) await this.record();
  }

  /** Makes the bytes durable and writes down that they are. */
  async record(): Promise<void> {
    await this.#handle.sync();
    if (this.version === undefined || this.length === 0) return;
    const { length, version } = this;
    await writeFileAtomically(recordOf(this.#file), `${JSON.stringify({ length, version })}\n`);
    this.#recorded = length;
  }

  /** The first bytes. */
  head(count: number): Promise<Buffer> {
    return readAt(this.#handle, 0, Math.min(count, this.length));
  }

  /** Puts the complete file into its place. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await moveIntoPlace(this.path, this.#file);
    await rm(recordOf(this.#file), { force: true });
  }

  /** Keeps the bytes for later; without any, nothing stays behind. */
  async close(): Promise<void> {
    try {
      if (this.length > 0) await this.record();
    } finally {
      await this.#handle.close();
      if (this.length === 0 || this.version === undefined) await this.#remove();
    }
  }

  async #remove(): Promise<void> {
    await rm(recordOf(this.#file), { force: true });
    await rm(this.path, { force: true });
  }
}

/** Undefined if there is none or it is damaged. */
async function readRecord(file: string): Promise<{ length: number; version: Version } | undefined> {
  let record: unknown;
  try {
    record = JSON.parse(await readFile(recordOf(file), 'utf8'));
  } catch {
    return undefined;
  }
  const { length, version } = (record ?? {}) as { length?: unknown; version?: Partial<Version> };
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) return undefined;
  if (typeof version !== 'object' || version === null || typeof version.url !== 'string') return undefined;
  const { url, etag, modified, total } = version;
  return {
    length,
    version: {
      url,
      etag: typeof etag === 'string' ? etag : undefined,
      modified: typeof modified === 'string' ? modified : undefined,
      total: typeof total === 'number' ? total : undefined,
    },
  };
}
