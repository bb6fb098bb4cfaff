import { statfs } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { hashOfFile } from '../files/hash.ts';
import { fileKind, HEAD_BYTES } from '../files/kind.ts';
import type { Checksum, DatasetFile } from './catalogue.ts';
import type { PartFile, Version } from './part-file.ts';
import { type Answer, RequestError, type RequestOptions, request } from './request.ts';

/** What is fetched, and where it goes. */
export interface Download {
  readonly file: string;
  readonly urls: readonly string[];
  readonly expected: Pick<DatasetFile, 'bytes' | 'exact' | 'checksum' | 'kind'>;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: TransferProgress) => void;
  readonly onNote: (note: string) => void;
}

/** How far the transfer of a file is. */
export interface TransferProgress {
  /** Bytes of the file that are there. */
  readonly bytes: number;
  /** Bytes that came by this call. */
  readonly received: number;
  /** Bytes that the file will have, as far as is known. */
  readonly total: number;
}

/** How long a download waits for servers; in milliseconds. */
export interface Patience {
  /** Failures in a row after which an address is given up. Each waits twice as long as the one before. */
  readonly attempts: number;
  readonly firstWait: number;
  readonly longestWait: number;
  readonly stall: number;
}

/** The transfer of one file from one address, over as many connections as it takes. */
export class Transfer {
  readonly job: Download;
  readonly part: PartFile;
  /** Whether the server has ever answered. */
  answered = false;
  readonly #url: string;
  #received = 0;
  /** Whether bytes of several answers were put together. */
  #patched: boolean;
  /** Whether a wrong file was already fetched anew. */
  #anew = false;
  #checksum: Checksum | undefined;

  constructor(job: Download, part: PartFile, url: string) {
    this.job = job;
    this.part = part;
    this.#url = url;
    this.#patched = part.length > 0;
  }

  /** One connection. @throws RequestError when the file is not complete and right afterwards. */
  async run(): Promise<void> {
    const { job } = this;
    const from = this.#canContinue();
    const answer = await request(this.#url, {
      ...(from && { from }),
      stall: job.patience.stall,
      signal: job.signal,
    });
    this.answered = true;
    try {
      this.#checksum = answer.checksum ?? this.#checksum;
      await this.#begin(answer, from !== undefined);
      if (answer.status !== 416) await this.#receive(answer);
    } finally {
      answer.close();
    }
    await this.#check();
  }

  /** What is there can be continued if the server says whether it still has the same version, or a checksum will show it. */
  #canContinue(): RequestOptions['from'] {
    const { version, length: start } = this.part;
    if (version === undefined || start === 0) return undefined;
    // Servers give the same bytes different tags.
    const condition = this.#isOwn(version) ? (version.etag ?? version.modified) : undefined;
    return condition !== undefined || this.job.expected.checksum !== undefined
      ? { start, condition }
      : undefined;
  }

  #isOwn({ url }: Version): boolean {
    return url === this.#url;
  }

  /** Decides whether the bytes that follow belong to those that are there. */
  async #begin({ status, start, version }: Answer, asked: boolean): Promise<void> {
    const { part, job } = this;
    const { bytes, exact } = job.expected;
    const known = part.version;
    if (exact && (version.total ?? bytes) !== bytes)
      throw new RequestError(
        'refused',
        `${this.#host} has ${version.total} bytes where the file has ${bytes}`,
      );
    if (start === 0) {
      if (asked)
        job.onNote(`${this.#host} sends the file from its beginning: it has changed, or cannot be continued`);
      await part.restart(version);
      this.#patched = false;
    } else if (
      (known !== undefined && this.#changed(known, version)) ||
      // Nothing follows what is there: it is all, or of another version.
      (status === 416 && version.total !== part.length)
    ) {
      await part.restart(undefined);
      throw new RequestError('later', 'the file on the server has changed');
    } else {
      this.#patched = true;
      part.version = { ...version, total: version.total ?? known?.total };
    }
    await enoughSpace(job.file, (part.version?.total ?? 0) - part.length);
  }

  #changed(known: Version, now: Version): boolean {
    return (this.#isOwn(known) && differs(known.etag, now.etag)) || differs(known.total, now.total);
  }

  async #receive({ body }: Answer): Promise<void> {
    const { job, part } = this;
    const { exact, bytes } = job.expected;
    const total = part.version?.total;
    let looked = part.length >= HEAD_BYTES;
    for await (const chunk of body) {
      if (exact && part.length + chunk.length > bytes) {
        await part.restart(undefined);
        throw new RequestError('refused', `${this.#host} sends more than the ${bytes} bytes of the file`);
      }
      await part.append(chunk);
      this.#received += chunk.length;
      if (!looked && part.length >= HEAD_BYTES) {
        looked = true;
        await this.#checkKind();
      }
      const expected = total ?? Math.max(bytes, part.length);
      job.onProgress({ bytes: part.length, received: this.#received, total: expected });
    }
    if (total !== undefined && part.length < total)
      throw new RequestError('later', `the connection ended after ${part.length} of ${total} bytes`);
  }

  /** Compares the complete file with what the catalogue and the server say of it. A wrong one is not kept. */
  async #check(): Promise<void> {
    const { part } = this;
    await this.#checkKind();
    await part.record();
    const problem = await this.#wrong();
    if (problem === undefined) return;
    await part.restart(undefined);
    // Bytes of two versions of the file can have come together. Then the whole is fetched once more.
    const again = this.#patched && !this.#anew;
    this.#anew = true;
    throw new RequestError(again ? 'later' : 'refused', problem);
  }

  async #wrong(): Promise<string | undefined> {
    const { job, part } = this;
    const { bytes, exact, checksum } = job.expected;
    if (exact && part.length !== bytes)
      return `${this.#host} gave ${part.length} bytes where the file has ${bytes}`;
    for (const { algorithm, value } of [checksum, this.#checksum].filter((one) => one !== undefined)) {
      const found = await hashOfFile(part.path, algorithm, job.signal);
      if (found !== value)
        return `${this.#host} gave bytes with the ${algorithm} ${found}, expected ${value}`;
    }
    return undefined;
  }

  /** An HTML page of a provider, or a pointer to a large file, is noticed at once. */
  async #checkKind(): Promise<void> {
    const { job, part } = this;
    const found = fileKind(await part.head(HEAD_BYTES));
    const { kind } = job.expected;
    if (found === kind) return;
    await part.restart(undefined);
    throw new RequestError(
      'refused',
      `${this.#host} gave ${found ?? 'a file of unknown kind'}, expected ${kind ?? `the ${basename(job.file)}`}`,
    );
  }

  get #host(): string {
    return new URL(this.#url).host;
  }
}

/** Both are known, and they are not equal. */
function differs<T>(a: T | undefined, b: T | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** @throws an error with the code ENOSPC when the file system does not have that many bytes. */
async function enoughSpace(file: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(file));
  if (bavail * bsize >= needed) return;
  const problem = `${file} needs ${needed} more bytes, where the disk has ${bavail * bsize}`;
  throw Object.assign(new Error(problem), { code: 'ENOSPC' });
}
