import { timingSafeEqual } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { availableParallelism } from 'node:os';
import { describe } from '../errors.ts';
import { once } from '../once.ts';
import { OptionReader } from '../options.ts';
import { GOD } from '../pipeline/god.ts';
import { pageOf } from '../pipeline/run/page.ts';
import { packageVersion } from '../pipeline/run/version.ts';
import { findRoute, HttpError, type Reply, type Route, send } from './http.ts';
import { QueueFullError, TaskQueue } from './queue.ts';
import { routesOf } from './routes.ts';
import type { ImageEncoder } from './vectors.ts';

/** What the server reports about each answered request. */
export interface RequestLog {
  readonly method: string;
  /** Without the query, because it can hold what should not be in a log. */
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Why the request failed, for status 500. */
  readonly error?: unknown;
}

/** Options of {@link createServer}. */
export interface ServerOptions {
  /** What `GET /` answers: HTML. Default: the report of the model. */
  page?: () => string | Promise<string>;
  /** Needed in `Authorization: Bearer ...` for all paths but /health. Default: no token. */
  token?: string;
  /** Requests that compute at the same time, 1 to 256. Default: one for each processor. */
  concurrency?: number;
  /** Requests that can wait for their turn, 0 to 100,000. The next one gets status 503. Default 64. */
  queue?: number;
  /** Threads of one request, 1 to 256. Default 1, which serves many requests best. */
  threads?: number;
  /** Seconds after which a request gets status 503, up to 86,400. Default 30. */
  timeLimit?: number;
  /** Most bytes of a JSON body. Default 4 MiB. */
  jsonLimit?: number;
  /** Most bytes of an .npy body. Default 64 MiB. */
  npyLimit?: number;
  /** Most bytes of a picture. Default 16 MiB. */
  imageLimit?: number;
  /** Accepts pictures at /place: turns one into a vector of a fitted modality. Default: they are refused. */
  images?: ImageEncoder;
  /** Called for every answered request. */
  log?: (entry: RequestLog) => void;
}

/** A server of one fitted GOD. */
export interface GODServer {
  /**
   * Starts to listen and returns the address. On a loopback host, only requests to loopback names are answered, so no web page
   * can reach the server by a name of its own.
   *
   * @param port - 0 picks a free one. Default 8042.
   * @param host - default 127.0.0.1: this machine only.
   * @throws the error of the system, e.g. EADDRINUSE.
   */
  listen(port?: number, host?: string): Promise<{ url: string; port: number }>;
  /**
   * Lets running requests end, answers new ones with 503, and closes. After `grace` seconds (default 30) it stops the running
   * ones too.
   */
  close(grace?: number): Promise<void>;
}

/** The page itself has a policy for what it loads. */
const PAGE_HEADERS = {
  'content-security-policy': "frame-ancestors 'none'; connect-src 'self'",
  'cache-control': 'no-cache',
};
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Serves a fitted GOD over HTTP: the page at `/`, /health, /objects, /objects/:id/neighbors, /place and /openapi.json, which
 * describes them. Requests compute off the event loop, a bounded number at a time.
 *
 * @throws TypeError or RangeError for options of the wrong kind or out of range.
 * @example
 * const server = createServer(await GOD.load('god-run'));
 * const { url } = await server.listen(0);
 * await (await fetch(`${url}/health`)).json();
 * await server.close();
 */
export function createServer(god: GOD, options: ServerOptions = {}): GODServer {
  if (!(god instanceof GOD)) {
    throw new TypeError(`Expected \`god\` to be a fitted GOD but received ${describe(god)}`);
  }
  return new Server(god, readOptions(options));
}

function readOptions(options: ServerOptions) {
  const read = new OptionReader(options, [
    'page',
    'token',
    'concurrency',
    'queue',
    'threads',
    'timeLimit',
    'jsonLimit',
    'npyLimit',
    'imageLimit',
    'images',
    'log',
  ]);
  const token = read.text('token');
  if (token === '') throw new RangeError('Expected `token` to be a string of some length but received ""');
  const size = { min: 1, max: 2 ** 31 };
  return {
    page: read.callback('page'),
    token,
    concurrency: read.integer('concurrency', Math.min(256, availableParallelism()), { min: 1, max: 256 }),
    queue: read.integer('queue', 64, { min: 0, max: 100_000 }),
    threads: read.threads() || 1,
    timeLimit: read.number('timeLimit', 30, { min: 0, exclusiveMin: true, max: 86_400 }),
    limits: {
      json: read.integer('jsonLimit', 4 << 20, size),
      npy: read.integer('npyLimit', 64 << 20, size),
      image: read.integer('imageLimit', 16 << 20, size),
    },
    images: readEncoder(read.raw('images')),
    log: read.callback('log'),
  };
}

function readEncoder(value: unknown): ImageEncoder | undefined {
  if (value === undefined) return undefined;
  const { modality, encode } = (value ?? {}) as Partial<ImageEncoder>;
  if (typeof modality !== 'string' || typeof encode !== 'function') {
    throw new TypeError(`Expected \`images\` to be { modality, encode } but received ${describe(value)}`);
  }
  return value as ImageEncoder;
}

class Server implements GODServer {
  readonly #settings: ReturnType<typeof readOptions>;
  readonly #routes: readonly Route[];
  readonly #server = createHttpServer((request, response) => void this.#answer(request, response));
  readonly #stopping = new AbortController();
  /** Called when the last running request has ended. */
  #idle = () => {};
  #active = 0;
  #closing: Promise<void> | undefined;
  #loopback = false;

  constructor(god: GOD, settings: ReturnType<typeof readOptions>) {
    this.#settings = settings;
    const { limits, images, threads, concurrency, queue } = settings;
    const page = settings.page ?? once(() => pageOf(god, packageVersion, { served: true }));
    this.#routes = routesOf(god, {
      version: packageVersion,
      page: async () => ({ type: 'text/html; charset=utf-8', body: await page(), headers: PAGE_HEADERS }),
      limits,
      images,
      threads,
      queue: new TaskQueue(concurrency, queue),
    });
  }

  async listen(port = 8042, host = '127.0.0.1'): Promise<{ url: string; port: number }> {
    this.#loopback = host === 'localhost' || host === '::1' || host.startsWith('127.');
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address() as AddressInfo;
    return { url: `http://${isIPv6(host) ? `[${host}]` : host}:${address.port}`, port: address.port };
  }

  close(grace = 30): Promise<void> {
    this.#closing ??= this.#close(grace);
    return this.#closing;
  }

  async #close(grace: number): Promise<void> {
    // New requests are still accepted until the last running one has ended; the answer is that the server stops.
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
      if (this.#active === 0) resolve();
    });
    const stop = setTimeout(() => this.#stopping.abort(new Stopping()), grace * 1000);
    await idle;
    clearTimeout(stop);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = performance.now();
    const { method = '' } = request;
    const target = request.url ?? '/';
    let error: unknown;
    this.#active++;
    try {
      send(response, method, 200, await this.#reply(request, response, method, target));
    } catch (thrown) {
      const failure = asHttpError(thrown);
      if (failure.status === 500) error = thrown;
      if (!response.headersSent && !response.destroyed)
        send(response, method, failure.status, errorReply(failure));
    }
    if (!response.writableFinished && !response.destroyed) await closed(response);
    this.#settings.log?.({
      method,
      path: target.split('?', 1)[0],
      status: response.statusCode,
      milliseconds: Math.round(10 * (performance.now() - start)) / 10,
      ...(error !== undefined && { error }),
    });
    if (--this.#active === 0) this.#idle();
  }

  async #reply(
    request: IncomingMessage,
    response: ServerResponse,
    method: string,
    target: string,
  ): Promise<Reply> {
    if (this.#closing !== undefined) throw new Stopping();
    this.#checkHost(request);
    const url = urlOf(target);
    const { route, params } = findRoute(this.#routes, method, url.pathname);
    if (route.path !== '/health') this.#checkToken(request);
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the client went away')));
    const signal = AbortSignal.any([
      gone.signal,
      this.#stopping.signal,
      AbortSignal.timeout(Math.ceil(this.#settings.timeLimit * 1000)),
    ]);
    return route.handle({ request, url, params, signal });
  }

  #checkHost({ headers }: IncomingMessage): void {
    const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (this.#loopback && !LOOPBACK.includes(name) && !name.startsWith('127.')) {
      throw new HttpError(421, 'This server answers to localhost alone');
    }
  }

  #checkToken({ headers }: IncomingMessage): void {
    const { token } = this.#settings;
    if (token === undefined) return;
    const given = Buffer.from(headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${token}`);
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
    throw new HttpError(401, 'Expected the header `Authorization: Bearer` with the token of this server', {
      'www-authenticate': 'Bearer',
    });
  }
}

/** The server ends. */
class Stopping extends HttpError {
  constructor() {
    super(503, 'The server is stopping', { 'retry-after': '5', connection: 'close' });
  }
}

/** @throws HttpError 400 if the target is not a path. */
function urlOf(target: string): URL {
  // Joined as text, because a path that begins with two slashes would be taken for a host.
  if (target.startsWith('/') && URL.canParse(`http://server${target}`))
    return new URL(`http://server${target}`);
  throw new HttpError(400, 'The request target is not a path');
}

function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('close', resolve));
}

function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof QueueFullError) {
    return new HttpError(503, 'The server is busy: too many requests are waiting', { 'retry-after': '1' });
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new HttpError(503, 'The request took longer than the server allows', { 'retry-after': '5' });
  }
  return new HttpError(500, 'The server failed; its log says why');
}

function errorReply({ message, headers }: HttpError): Reply {
  return {
    type: 'application/json; charset=utf-8',
    body: JSON.stringify({ error: message }),
    headers,
  };
}
