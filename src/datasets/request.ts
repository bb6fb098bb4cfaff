import { messageOf } from '../files/file-error.ts';
import type { Checksum } from './catalogue.ts';
import type { Version } from './part-file.ts';

/** What a server sends of a file. */
export interface Answer {
  /** 200: from the first byte; 206: from the byte that was asked for; 416: no bytes, because there are none from there on. */
  readonly status: 200 | 206 | 416;
  /** First byte that follows. */
  readonly start: number;
  readonly version: Version;
  /** What the server says of the whole file's content. */
  readonly checksum: Checksum | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection, whether the body was read or not. */
  close(): void;
}

/** A request that did not succeed. */
export class RequestError extends Error {
  /**
   * `later`: the same request can succeed after some time; `unreachable`: no connection; `refused`: asking again does not help.
   */
  readonly kind: 'later' | 'unreachable' | 'refused';
  /** Milliseconds after which the server wants to be asked again. */
  readonly after: number | undefined;

  constructor(kind: RequestError['kind'], problem: string, after?: number, options?: ErrorOptions) {
    super(problem, options);
    this.kind = kind;
    this.after = after;
  }
}

export interface RequestOptions {
  /** Ask for the bytes from here on, if the file still has this tag or date. */
  readonly from?: { readonly start: number; readonly condition: string | undefined } | undefined;
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly stall: number;
  readonly signal?: AbortSignal | undefined;
}

/** Statuses that a server gives while it is busy or broken. */
const LATER = [408, 425, 429, 500, 502, 503, 504];
/** Failures to connect that another address, or a network, would cure. */
const UNREACHABLE =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT|CERT_.*|ERR_TLS.*|.*CERT.*|ERR_SSL.*)$/;

/**
 * Asks for a file or its rest.
 *
 * @throws RequestError; the reason of `signal`. The body throws them too.
 */
export async function request(url: string, { from, stall, signal }: RequestOptions): Promise<Answer> {
  signal?.throwIfAborted();
  const connection = new Connection(stall, signal);
  try {
    const response = await connection.watch(
      fetch(url, { headers: headersFor(from), signal: connection.signal }),
    );
    return await answerOf(response, url, from?.start ?? 0, connection);
  } catch (error) {
    connection.close();
    throw connection.explained(error, url);
  }
}

function headersFor(from: RequestOptions['from']): Record<string, string> {
  // Compressed on the way, a file would have another length, and could not be continued.
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'global-object-embedder' };
  if (from === undefined) return headers;
  const { start, condition } = from;
  return {
    ...headers,
    range: `bytes=${start}-`,
    ...(condition !== undefined && { 'if-range': condition }),
  };
}

async function answerOf(
  response: Response,
  url: string,
  start: number,
  connection: Connection,
): Promise<Answer> {
  const { status, headers } = response;
  if (url.startsWith('https:') && !response.url.startsWith('https:'))
    throw new RequestError('refused', `${hostOf(url)} leads to an address without encryption`);
  const known = status === 200 || status === 206 || (status === 416 && start > 0);
  if (!known) throw refusal(response, url);
  if (!['', 'identity'].includes(headers.get('content-encoding') ?? ''))
    throw new RequestError('refused', `${hostOf(url)} sends the file compressed, which was not asked for`);
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  if (status === 206 && Number(range?.[1]) !== start)
    throw new RequestError(
      'later',
      `${hostOf(url)} sends other bytes than those from ${start} on, which were asked for`,
    );
  const whole = status === 200 ? headers.get('content-length') : range?.[2];
  const total = /^\d{1,15}$/.test(whole ?? '') ? Number(whole) : undefined;
  const etag = headers.get('etag') ?? undefined;
  return {
    status,
    start: status === 200 ? 0 : start,
    version: {
      url,
      // A weak tag does not promise equal bytes.
      etag: etag?.startsWith('W/') ? undefined : etag,
      modified: headers.get('last-modified') ?? undefined,
      total,
    },
    checksum: checksumIn(headers),
    body: connection.chunks(response.body, url),
    close: () => connection.close(),
  };
}

function refusal({ status, statusText, headers }: Response, url: string): RequestError {
  const said = `${hostOf(url)} answers ${status}${statusText === '' ? '' : ` ${statusText}`}`;
  if (!LATER.includes(status)) return new RequestError('refused', said);
  return new RequestError('later', said, retryAfter(headers.get('retry-after')));
}

/** Retry-After: seconds, or a date. */
function retryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return 1000 * Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** Google's storage sends `x-goog-hash: crc32c=...,md5=...`; others can send RFC 9530's `repr-digest: sha-256=:...:`. */
function checksumIn(headers: Headers): Checksum | undefined {
  const sha256 = /(?:^|[ ,])sha-256=:([\w+/]{43}=):/i.exec(headers.get('repr-digest') ?? '')?.[1];
  if (sha256 !== undefined) return { algorithm: 'sha256', value: hexOf(sha256) };
  const md5 = /(?:^|[ ,])md5=([\w+/]{22}==)/.exec(headers.get('x-goog-hash') ?? '')?.[1];
  return md5 === undefined ? undefined : { algorithm: 'md5', value: hexOf(md5) };
}

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

/** One connection, which ends when the caller aborts or when nothing comes for too long. */
class Connection {
  readonly #controller = new AbortController();
  readonly #stall: number;
  readonly #caller: AbortSignal | undefined;
  readonly #abort = () => this.#controller.abort();
  #stalled = false;

  constructor(stall: number, caller: AbortSignal | undefined) {
    this.#stall = stall;
    this.#caller = caller;
    caller?.addEventListener('abort', this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for something, but not forever. */
  async watch<T>(next: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.#stalled = true;
      this.#controller.abort();
    }, this.#stall);
    try {
      return await next;
    } finally {
      clearTimeout(timer);
    }
  }

  async *chunks(body: ReadableStream<Uint8Array> | null, url: string): AsyncGenerator<Uint8Array> {
    const reader = body?.getReader();
    try {
      while (reader !== undefined) {
        const { done, value } = await this.watch(reader.read());
        if (done) return;
        yield value;
      }
    } catch (error) {
      throw this.explained(error, url);
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#caller?.removeEventListener('abort', this.#abort);
    this.#controller.abort();
  }

  explained(error: unknown, url: string): unknown {
    if (this.#caller?.aborted) return this.#caller.reason;
    if (error instanceof RequestError) return error;
    const host = hostOf(url);
    if (this.#stalled)
      return new RequestError('later', `${host} sends nothing for ${this.#stall / 1000} s`, undefined, {
        cause: error,
      });
    const { cause } = error as { cause?: { code?: unknown } };
    const code = String(cause?.code ?? '');
    if (UNREACHABLE.test(code))
      return new RequestError('unreachable', `${host} cannot be reached (${code})`, undefined, {
        cause: error,
      });
    const reason = cause === undefined ? messageOf(error) : messageOf(cause);
    return new RequestError('later', `the connection to ${host} broke (${reason})`, undefined, {
      cause: error,
    });
  }
}

function hostOf(url: string): string {
  return new URL(url).host;
}
