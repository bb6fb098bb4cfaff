import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer other than success. The message goes to the client. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** What a route answers with status 200. */
export interface Reply {
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function jsonReply(value: unknown): Reply {
  return { type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

/** A request on its way through the routes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** Values of the path's variable segments. */
  readonly params: Readonly<Record<string, string>>;
  /** Aborted when the client goes away, the time is up, or the server stops. */
  readonly signal: AbortSignal;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Segments; one that begins with a colon is a variable. */
  readonly path: string;
  handle(exchange: Exchange): Reply | Promise<Reply>;
}

/** Sent with every answer: it must not be sniffed, framed or embedded, and answers of the API load nothing. */
const SAFETY: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

export function send(
  response: ServerResponse,
  method: string | undefined,
  status: number,
  { type, body, headers = {} }: Reply,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...SAFETY,
    'content-type': type,
    'content-length': bytes.length,
    ...headers,
  });
  response.end(method === 'HEAD' ? undefined : bytes);
}

/**
 * The route of a request and the values of its variables.
 *
 * @throws HttpError 404 for an unknown path, 405 for a method that the path does not have, 400 for a path that cannot be
 *   decoded.
 */
export function findRoute(
  routes: readonly Route[],
  method: string,
  pathname: string,
): { route: Route; params: Record<string, string> } {
  const segments = pathname.split('/').map(decoded);
  const fitting = routes.flatMap((route) => {
    const params = paramsOf(route.path.split('/'), segments);
    return params === undefined ? [] : [{ route, params }];
  });
  if (fitting.length === 0) throw new HttpError(404, 'There is nothing at this path');
  const wanted = method === 'HEAD' ? 'GET' : method;
  const found = fitting.find(({ route }) => route.method === wanted);
  if (found === undefined) {
    const allow = fitting
      .map(({ route }) => (route.method === 'GET' ? 'GET, HEAD' : route.method))
      .join(', ');
    throw new HttpError(405, `This path takes ${allow}`, { allow });
  }
  return found;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError(400, 'The path is not valid percent-encoding');
  }
}

function paramsOf(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = segments[i];
    else if (part !== segments[i]) return undefined;
  }
  return params;
}

/** An integer of the query. @throws HttpError 422 when it is not one, or not in [min, max]. */
export function integerParameter(
  url: URL,
  name: string,
  fallback: number,
  [min, max]: readonly [number, number],
): number {
  const text = url.searchParams.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < min || value > max) {
    throw new HttpError(
      422,
      `Expected \`${name}\` to be an integer in [${min}, ${max}] but received ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  return value;
}
