import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** Answers one request. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** A request that came: its path, and what part of the file it asked for. */
export interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

export interface FileServer {
  readonly url: string;
  readonly asked: Asked[];
  /** How the next requests are answered, one after another; those that follow get the file. */
  readonly next: Answering[];
  file: ServedFile;
}

export interface ServedFile {
  readonly bytes: Buffer;
  readonly etag?: string;
  readonly headers?: Record<string, string>;
}

/** An HTTP server of one file on this machine, which behaves well unless `next` says otherwise. */
export async function fileServer(file: ServedFile): Promise<FileServer> {
  const served: FileServer = { url: '', asked: [], next: [], file };
  const server = createServer((request, response) => {
    const { range, 'if-range': ifRange } = request.headers;
    served.asked.push({ path: request.url ?? '', range, ifRange: ifRange as string | undefined });
    const answer = served.next.shift() ?? honest(served);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(served, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file` });
}

/** What a good server does: the file, its rest, or the file again if it has changed since. */
function honest(served: FileServer): Answering {
  return (request, response) => {
    const { bytes, etag, headers } = served.file;
    response.setHeaders(new Map(Object.entries({ ...headers, ...(etag !== undefined && { etag }) })));
    const { range, 'if-range': condition } = request.headers;
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (range === undefined || (condition !== undefined && condition !== etag)) response.end(bytes);
    else if (start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    } else {
      const place = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { 'content-range': place, 'content-length': bytes.length - start });
      response.end(bytes.subarray(start));
    }
  };
}

/** The file, or the part that was asked for, but the connection breaks after some bytes. */
export function dropping(served: FileServer, count: number): Answering {
  return cut(served, count, (response) => response.socket?.destroy());
}

/** The same, but then nothing comes. */
export function stalling(served: FileServer, count: number): Answering {
  return cut(served, count, () => {});
}

function cut(served: FileServer, count: number, then: (response: ServerResponse) => void): Answering {
  return (request, response) => {
    Object.assign(response, {
      end: (body: Buffer) => {
        response.write(body.subarray(0, count), () => setTimeout(() => then(response), 100));
        return response;
      },
    });
    // A length is promised that does not come.
    response.setHeader('content-length', served.file.bytes.length);
    honest(served)(request, response);
  };
}

/** The whole file, whatever part was asked for. */
export function ignoringRange(served: FileServer): Answering {
  return (_, response) => {
    if (served.file.etag !== undefined) response.setHeader('etag', served.file.etag);
    response.end(served.file.bytes);
  };
}

/** A status without the file. */
export function answering(status: number, headers: Record<string, string> = {}): Answering {
  return (_, response) => {
    response.writeHead(status, headers).end('<html>sorry</html>');
  };
}

/** An address on this machine at which nobody listens. */
export async function addressOfNobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
