import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { download } from '../../src/datasets/download.ts';
import { RequestError } from '../../src/datasets/request.ts';
import type { Download } from '../../src/datasets/transfer.ts';
import { seededRandom } from '../support/bytes.ts';
import {
  addressOfNobody,
  answering,
  dropping,
  type FileServer,
  fileServer,
  ignoringRange,
  stalling,
} from '../support/file-server.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const random = seededRandom(3);
const bytesOf = (length: number) => gzipSync(Uint8Array.from({ length }, () => 256 * random()));
const bytes = bytesOf(300_000);
const other = bytesOf(300_000);
const md5 = (data: Uint8Array) => createHash('md5').update(data).digest('hex');
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();

let server: FileServer;
let count = 0;
let file = '';
let notes: string[] = [];
beforeEach(async () => {
  server = await fileServer({ bytes, etag: '"one"' });
  file = folder.write(`${count++}/file.gz.begun`, '').replace('.begun', '');
  notes = [];
});

/** How long a connection may give nothing, in ms: long, because the server is on the same busy machine. */
const STALL = 5000;
const SHORT_STALL = 150;

interface Given extends Partial<Omit<Download, 'expected' | 'patience'>> {
  stall?: number;
  expected?: Partial<Download['expected']>;
  attempts?: number;
  longestWait?: number;
}

/** Fetches the server's file. Waits are short. */
async function get({
  expected,
  attempts = 4,
  longestWait = 5000,
  stall = STALL,
  ...given
}: Given = {}): Promise<string[]> {
  const tried: string[] = [];
  await download(
    {
      file,
      urls: [server.url],
      expected: { bytes: 1000, exact: false, kind: 'a gzip file', ...expected },
      patience: { attempts, firstWait: 1, longestWait, stall },
      onProgress: () => {},
      onNote: (note) => notes.push(note),
      ...given,
    },
    (url) => tried.push(url),
  );
  return tried;
}

const failure = (given?: Given) =>
  get(given).then(
    () => undefined,
    (error: unknown) => error,
  );
const left = () => readdirSync(dirname(file)).filter((name) => name !== 'file.gz.begun');
const ranges = () => server.asked.map(({ range }) => range);

/** The file is there, whole, and nothing else. */
function expectWhole(expected = bytes): void {
  expect(md5(readFileSync(file))).toBe(md5(expected));
  expect(left()).toEqual(['file.gz']);
}

test('a file comes whole, with its progress', async () => {
  const seen: number[] = [];
  await get({ onProgress: ({ bytes: there, total }) => seen.push(there / total) });
  expectWhole();
  expect(seen.at(-1)).toBe(1);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(ranges()).toEqual([undefined]);
});

describe('connections that break', () => {
  test('are opened again where they stopped', async () => {
    server.next.push(dropping(server, 100_000), dropping(server, 50_000));
    await get();
    expectWhole();
    expect(ranges()).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
    expect(server.asked[1].ifRange).toBe('"one"');
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(/broke|ended.*trying again in 0.001 s/);
  });

  test('count as broken when nothing comes', async () => {
    server.next.push(stalling(server, 70_000));
    await get({ stall: SHORT_STALL });
    expectWhole();
    expect(ranges()).toEqual([undefined, 'bytes=70000-']);
    expect(notes[0]).toMatch(/sends nothing for 0.15 s/);
  });

  test('count as broken when not even an answer comes', async () => {
    server.next.push(() => {});
    await get({ stall: SHORT_STALL });
    expectWhole();
    expect(notes[0]).toMatch(/sends nothing for 0.15 s/);
  });

  test('are given up after some attempts, and the next call continues', async () => {
    for (let i = 0; i < 4; i++) server.next.push(dropping(server, 10_000));
    expect(await failure()).toMatchObject({ kind: 'later' });
    expect(left()).toEqual(['file.gz.part', 'file.gz.part.json']);
    const { size } = statSync(`${file}.part`);
    await get();
    expectWhole();
    expect(ranges()).toHaveLength(5);
    expect(ranges().at(-1)).toBe(`bytes=${size}-`);
  });

  test('a server that has no more bytes than are there has sent the whole file', async () => {
    const { bytes: whole } = server.file;
    // Without a length, a connection that ends looks like the end of the file.
    server.next.push((_, response) => {
      response.writeHead(200, { etag: '"one"' });
      response.write(whole, () => setTimeout(() => response.socket?.destroy(), 20));
    });
    await get();
    expectWhole();
    expect(ranges()).toEqual([undefined, `bytes=${whole.length}-`]);
  });
});

describe('what is continued', () => {
  test('is the same version only: after a change the file is fetched from its beginning', async () => {
    server.next.push((request, response) => {
      dropping(server, 100_000)(request, response);
      server.file = { bytes: other, etag: '"two"' };
    });
    await get();
    expectWhole(other);
    expect(notes[1]).toMatch(/from its beginning/);
  });

  test('is checked even if the server continues another version', async () => {
    server.next.push(dropping(server, 100_000), (_, response) => {
      const place = `bytes 100000-${other.length - 1}/${other.length}`;
      response.writeHead(206, { 'content-range': place, etag: '"two"' }).end(other.subarray(100_000));
    });
    await get();
    expectWhole();
    expect(notes[1]).toMatch(/has changed/);
  });

  test('is not a part that was not asked for', async () => {
    server.next.push(dropping(server, 100_000), (_, response) => {
      const place = `bytes 5-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { 'content-range': place, etag: '"one"' }).end(bytes.subarray(5));
    });
    await get();
    expectWhole();
    expect(notes[1]).toMatch(/other bytes than those from 100000 on/);
  });

  test('is fetched anew by a server that cannot continue', async () => {
    server.next.push(dropping(server, 100_000), ignoringRange(server));
    await get();
    expectWhole();
    expect(notes[1]).toMatch(/from its beginning/);
  });

  test('without a tag or date is fetched anew, unless a checksum is known', async () => {
    server.file = { bytes };
    server.next.push(dropping(server, 100_000));
    await get();
    expectWhole();
    expect(ranges()).toEqual([undefined, undefined]);
    server.next.push(dropping(server, 100_000));
    file = file.replace('file.gz', 'again.gz');
    await get({ expected: { checksum: { algorithm: 'md5', value: md5(bytes) } } });
    expect(md5(readFileSync(file))).toBe(md5(bytes));
    expect(ranges().slice(2)).toEqual([undefined, 'bytes=100000-']);
  });

  test('is not what a damaged record describes', async () => {
    folder.write(`${count - 1}/file.gz.part`, Buffer.alloc(5000, 7));
    for (const record of [
      '{',
      'null',
      '{"length": 9000, "version": {"url": "x"}}',
      '{"length": -1, "version": {}}',
    ]) {
      folder.write(`${count - 1}/file.gz.part.json`, record);
      server.next.push(answering(404));
      await failure();
    }
    await get();
    expectWhole();
    expect(ranges()).toEqual(Array(5).fill(undefined));
  });

  test('survives an abort', async () => {
    const controller = new AbortController();
    server.next.push(stalling(server, 60_000));
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    expect(await failure({ signal: controller.signal, onProgress })).toBe(reason);
    expect(left()).toEqual(['file.gz.part', 'file.gz.part.json']);
    await get();
    expectWhole();
    expect(Number(ranges()[1]?.match(/\d+/))).toBeGreaterThan(0);
  });
});

describe('checksums', () => {
  test('that are wrong refuse the file', async () => {
    const expected = { checksum: { algorithm: 'md5', value: md5(other) } } as const;
    const error = await failure({ expected });
    expect(String(error)).toContain(`gave bytes with the md5 ${md5(bytes)}, expected ${md5(other)}`);
    expect(error).toMatchObject({ kind: 'refused' });
    expect(server.asked).toHaveLength(1);
    expect(left()).toEqual([]);
  });

  test('that are wrong after two answers were joined fetch the whole once more', async () => {
    // Half of one file and half of another, of a server without tags.
    server.file = { bytes };
    server.next.push(dropping(server, 100_000), (_, response) => {
      const place = `bytes 100000-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { 'content-range': place }).end(other.subarray(100_000, bytes.length));
    });
    const expected = { checksum: { algorithm: 'sha256', value: sha256(bytes).toString('hex') } } as const;
    await get({ expected });
    expectWhole();
    expect(ranges()).toEqual([undefined, 'bytes=100000-', undefined]);
  });

  test('that stay wrong end even if the connection keeps breaking', async () => {
    for (let i = 0; i < 40; i++) server.next.push(dropping(server, 150_000));
    const expected = { checksum: { algorithm: 'md5', value: md5(other) } } as const;
    expect(await failure({ expected })).toBeInstanceOf(RequestError);
    expect(server.asked.length).toBeLessThan(12);
  });

  test.each([
    [
      'x-goog-hash',
      (data: Uint8Array) => `crc32c=AAAAAA==, md5=${Buffer.from(md5(data), 'hex').toString('base64')}`,
    ],
    ['repr-digest', (data: Uint8Array) => `sha-256=:${sha256(data).toString('base64')}:`],
  ])('of the header %s are compared', async (header, digestOf) => {
    server.file = { bytes, etag: '"one"', headers: { [header]: digestOf(bytes) } };
    await get();
    expectWhole();
    file = file.replace('file.gz', 'wrong.gz');
    server.file = { bytes, etag: '"one"', headers: { [header]: digestOf(other) } };
    expect(String(await failure())).toMatch(/gave bytes with the (md5|sha256)/);
  });
});

describe('lengths', () => {
  test('that are known must agree', async () => {
    expect(String(await failure({ expected: { bytes: 17, exact: true } }))).toContain(
      `has ${bytes.length} bytes where the file has 17`,
    );
    await get({ expected: { bytes: bytes.length, exact: true } });
    expectWhole();
  });

  test('that a server hides must agree, too', async () => {
    const chunked = (data: Buffer) => (_: unknown, response: import('node:http').ServerResponse) => {
      response.write(data.subarray(0, 5000));
      response.end(data.subarray(5000));
    };
    const expected = { bytes: bytes.length, exact: true };
    server.next.push(chunked(Buffer.concat([bytes, bytes])), chunked(bytes.subarray(0, 9000)));
    expect(String(await failure({ expected }))).toContain(`more than the ${bytes.length} bytes`);
    expect(String(await failure({ expected }))).toContain(
      `gave 9000 bytes where the file has ${bytes.length}`,
    );
    expect(left()).toEqual([]);
  });

  test('that promise more than comes end in an error', async () => {
    for (let i = 0; i < 4; i++)
      server.next.push((_, response) => {
        response.writeHead(200, { 'content-length': bytes.length + 100, etag: '"one"' });
        response.write(bytes, () => setTimeout(() => response.socket?.destroy(), 20));
      });
    expect(await failure()).toMatchObject({ kind: 'later' });
    expect(existsSync(file)).toBe(false);
  });

  test('that do not fit the disk are refused before anything comes', async () => {
    server.next.push((_, response) => {
      response.writeHead(200, { 'content-length': 2 ** 49 });
      response.write(bytes);
    });
    expect(await failure()).toMatchObject({
      code: 'ENOSPC',
      message: expect.stringMatching(/needs 562949953421312 more bytes/),
    });
    expect(left()).toEqual([]);
  });
});

describe('statuses', () => {
  test.each([429, 500, 502, 503, 504, 408])('%i is asked again', async (status) => {
    server.next.push(answering(status), answering(status));
    await get();
    expectWhole();
    expect(notes).toHaveLength(2);
    expect(notes[0]).toContain(`answers ${status}`);
  });

  test.each(['1', new Date(Date.now() + 3_600_000).toUTCString()])(
    'Retry-After: %s is heeded',
    async (after) => {
      server.next.push(answering(429, { 'retry-after': after }));
      const start = performance.now();
      if (after === '1') {
        await get();
        expect(performance.now() - start).toBeGreaterThan(990);
        expectWhole();
      } else {
        // An hour is longer than a person waits.
        expect(String(await failure())).toMatch(/429 Too Many Requests, and asks to wait 3[56]\d\d s/);
      }
    },
  );

  test.each([404, 403, 410, 401, 418])('%i is not', async (status) => {
    server.next.push(answering(status));
    expect(String(await failure())).toContain(`answers ${status}`);
    expect(server.asked).toHaveLength(1);
    expect(left()).toEqual([]);
  });

  test('waits grow twofold', async () => {
    for (let i = 0; i < 7; i++) server.next.push(answering(503));
    await get({ attempts: 9, longestWait: 16 });
    const waits = notes.map((note) => Number(/again in (\S+) s/.exec(note)?.[1]));
    expect(waits).toEqual([0.001, 0.002, 0.004, 0.008, 0.016, 0.016, 0.016]);
  });
});

describe('addresses', () => {
  test('redirects are followed, also to the rest of a file', async () => {
    const moved = answering(302, { location: '/moved' });
    server.next.push(moved, dropping(server, 100_000), moved);
    await get();
    expectWhole();
    expect(server.asked.map(({ path, range }) => [path, range])).toEqual([
      ['/file', undefined],
      ['/moved', undefined],
      ['/file', 'bytes=100000-'],
      ['/moved', 'bytes=100000-'],
    ]);
  });

  test('a circle of redirects ends', async () => {
    for (let i = 0; i < 100; i++) server.next.push(answering(302, { location: '/file' }));
    expect(await failure()).toBeInstanceOf(RequestError);
  });

  test('the next one is tried where one fails', async () => {
    const second = await fileServer({ bytes, etag: '"other"' });
    server.next.push(answering(404));
    expect(await get({ urls: [server.url, second.url] })).toEqual([server.url, second.url]);
    expectWhole();
    expect(notes[0]).toMatch(/answers 404 Not Found; trying 127.0.0.1/);
  });

  test('what came from one is kept while another is tried, and the one that began continues', async () => {
    const second = await fileServer({ bytes, etag: '"other"' });
    for (let i = 0; i < 4; i++) second.next.push(dropping(second, 10_000));
    const urls = [server.url, second.url];
    server.next.push(answering(404), answering(404));
    await failure({ urls });
    await failure({ urls: [server.url] });
    await get({ urls });
    expectWhole();
    expect(second.asked.map(({ range }) => range).at(-1)).toBe('bytes=40000-');
  });

  test('that nobody answers fail at once', async () => {
    const gone = await addressOfNobody();
    const error = await failure({ urls: [gone] });
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: `${new URL(gone).host} cannot be reached (ECONNREFUSED)`,
    });
    expect(notes).toEqual([]);
    expect(left()).toEqual([]);
  });
});

describe('contents', () => {
  const page = Buffer.from('<!doctype html><title>Please log in</title>');
  const pointer = Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:4e8f\nsize 46820737\n');
  test.each([
    ['an HTML page', page],
    ['a Git LFS pointer', pointer],
    ['a file of unknown kind', Buffer.alloc(100, 'words ')],
    ['an HTML page', Buffer.concat([page, Buffer.alloc(200_000, 32)])],
  ])('of another kind are refused: %s', async (kind, served) => {
    server.file = { bytes: served, etag: '"page"' };
    expect(String(await failure())).toMatch(new RegExp(`gave ${kind}.*, expected a gzip file`));
    expect(left()).toEqual([]);
  });

  test('that are compressed on the way are refused', async () => {
    server.next.push((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bytes));
    });
    expect(String(await failure())).toMatch(/compressed, which was not asked for/);
  });

  test('of no bytes are refused', async () => {
    server.next.push((_, response) => response.end());
    expect(String(await failure())).toMatch(/gave a file of unknown kind, expected a gzip file/);
  });
});

test('the server of these tests gives the part that was asked for', async () => {
  const start = bytes.length - 10;
  const rest = await fetch(server.url, { headers: { range: `bytes=${start}-` } });
  const place = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  expect([rest.status, rest.headers.get('content-range')]).toEqual([206, place]);
  expect(md5(Buffer.from(await rest.arrayBuffer()))).toBe(md5(bytes.subarray(start)));
});
