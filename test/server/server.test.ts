import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npyBytes } from '../../src/formats/npy.ts';
import { GOD, nearestNeighbors, synthetic } from '../../src/index.ts';
import type { ObjectView } from '../../src/server/catalogue.ts';
import {
  createServer,
  type GODServer,
  type RequestLog,
  type ServerOptions,
} from '../../src/server/server.ts';

let god: GOD;
const logs: RequestLog[] = [];
let server: GODServer;
let url: string;

beforeAll(async () => {
  const size = { samples: 240, epochs: 2, iterations: 200 };
  god = await GOD.fit(synthetic({ rows: 120 }), size);
  server = createServer(god, { log: (entry) => logs.push(entry), jsonLimit: 100_000, npyLimit: 200_000 });
  url = (await server.listen(0)).url;
});
afterAll(() => server.close());

async function serving(options: ServerOptions, use: (url: string, server: GODServer) => Promise<void>) {
  const other = createServer(god, options);
  const { url } = await other.listen(0);
  try {
    await use(url, other);
  } finally {
    await other.close();
  }
}

/** The members of all answers together; each test reads its own. */
interface Answer {
  readonly error: string;
  readonly total: number;
  readonly objects: readonly ObjectView[];
  readonly object: ObjectView;
  readonly neighbors: Record<string, readonly (ObjectView & { proximity: number })[]>;
  readonly modalities: readonly unknown[];
  readonly requests: { readonly running: number; readonly waiting: number };
  readonly witnesses: readonly number[];
  readonly nearest: ObjectView;
  readonly places: readonly { x: number; y: number; cluster: number; sign: string; nearest: ObjectView }[];
}
const bodyOf = async (response: Response) => (await response.json()) as Answer;
const get = async (path: string) => {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await bodyOf(response) };
};
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
  fetch(`${url}${path}`, { method: 'POST', body, headers: { 'content-type': type } });

/** Vectors of fitted columns, seeded. */
async function vectorsOf(modality: string, rows: number): Promise<number[][]> {
  const source = synthetic({ rows: 40, seed: 5 }).find((one) => one.modality === modality);
  const { vectors } = await (source as NonNullable<typeof source>).gather({ limit: rows, seed: 0 });
  return Array.from({ length: rows }, (_, i) => [
    ...vectors.data.subarray(i * vectors.cols, (i + 1) * vectors.cols),
  ]);
}

describe('reading', () => {
  it('answers /health with the modalities that it can place', async () => {
    const { status, body } = await get('/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok', objects: 240, requests: { running: 0, waiting: 0 } });
    expect(body.modalities).toContainEqual({ name: 'text', rows: 120, columns: expect.any(Number) });
  });

  it('finds objects by id and label, page by page', async () => {
    const all = (await get('/objects?limit=1000')).body;
    expect(all.total).toBe(240);
    expect(all.objects.map(({ row }) => row)).toEqual([...Array(240).keys()]);
    const [one] = all.objects;
    expect(one).toEqual({
      row: 0,
      ...god.objects[0],
      x: god.map.data[0],
      y: god.map.data[1],
      cluster: god.clusters[0],
      sign: god.signs[0],
    });
    const named = (await get(`/objects?query=${encodeURIComponent(one.id.toUpperCase())}`)).body;
    expect(named.objects).toContainEqual(one);
    const texts = (await get('/objects?modality=text&limit=3&offset=2')).body;
    const expected = all.objects.filter(({ modality }) => modality === 'text');
    expect(texts).toEqual({ total: expected.length, objects: expected.slice(2, 5) });
  });

  it('lists the neighbors of an object in every modality, best first and without the object', async () => {
    const { id, modality } = god.objects[7];
    const { status, body } = await get(
      `/objects/${encodeURIComponent(id)}/neighbors?modality=${modality}&k=4`,
    );
    expect(status).toBe(200);
    expect(body.object.row).toBe(7);
    expect(Object.keys(body.neighbors).sort()).toEqual(['audio', 'image', 'text']);
    for (const [name, found] of Object.entries(body.neighbors)) {
      expect(found).toHaveLength(4);
      expect(found.every((other) => other.modality === name && other.row !== 7)).toBe(true);
      const order = found.map(({ proximity }) => proximity);
      expect(order).toEqual([...order].sort((a, b) => b - a));
    }
  });

  it('gives the place of a known object, and the objects that determine how certain it is', async () => {
    for (const row of [0, 100, 239]) {
      const { id, modality } = god.objects[row];
      const { status, body } = await get(`/objects/${encodeURIComponent(id)}/place?modality=${modality}`);
      expect(status).toBe(200);
      const [x, y] = god.map.data.subarray(2 * row, 2 * row + 2);
      expect(body).toMatchObject({ x, y, cluster: god.clusters[row], sign: god.signs[row] });
      expect(body.nearest.row).toBe(row);
      const { data, cols } = god.newReality;
      const query = { data: data.slice(row * cols, (row + 1) * cols), rows: 1, cols };
      const { indices } = await nearestNeighbors(god.newReality, { query, k: 16 });
      expect(body.witnesses).toEqual([...indices].filter((other) => other !== row));
    }
  });

  it('serves the page under its own policy', async () => {
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await response.text();
    expect(html).toMatch(/^<!doctype html>/i);
    expect(html).toContain('connect-src &#39;self&#39;');
  });

  it('answers HEAD without a body', async () => {
    const response = await fetch(`${url}/health`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it.each([
    ['/nothing', 404],
    ['/objects/%ff/neighbors', 400],
    ['/objects/no-such-object/neighbors', 404],
    ['/objects/no-such-object/place', 404],
    ['/objects?limit=0', 422],
    ['/objects?limit=1e3', 422],
    ['/objects?offset=-1', 422],
    ['/objects?modality=smell', 422],
    ['/../../etc/passwd', 404],
    ['/%2e%2e%2fetc%2fpasswd', 404],
    ['/place', 405],
  ])('refuses %s with %i and a sentence', async (path, status) => {
    const found = await get(path);
    expect(found.status).toBe(status);
    expect(found.body.error).toMatch(/\w+ \w+/);
  });

  it('asks for the modality if several have the id', async () => {
    const twice = god.objects.find(({ id, modality }) =>
      god.objects.some((other) => other.id === id && other.modality !== modality),
    );
    if (twice === undefined) return;
    expect((await get(`/objects/${encodeURIComponent(twice.id)}/neighbors`)).status).toBe(409);
  });
});

describe('placing', () => {
  it('places JSON vectors and an .npy body as the library does', async () => {
    const vectors = await vectorsOf('text', 3);
    const expected = await god.place('text', vectors);
    const json = await bodyOf(await post('/place', JSON.stringify({ modality: 'text', vectors })));
    expect(json.places).toHaveLength(3);
    json.places.forEach((found, i) => {
      expect(found).toMatchObject({
        x: expected[i].map[0],
        y: expected[i].map[1],
        cluster: expected[i].cluster,
        sign: expected[i].sign,
      });
      expect(found.nearest.row).toBe(expected[i].nearest);
    });
    const data = Float32Array.from(vectors.flat());
    const body = new Uint8Array(npyBytes({ data, rows: 3, cols: vectors[0].length }));
    const npy = await post('/place?modality=text', body, 'application/x-npy');
    expect(await npy.json()).toEqual(json);
  });

  it.each([
    ['malformed JSON', '{"modality": "text", ', 'application/json', 400, /not JSON/],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'application/json', 400, /UTF-8/],
    ['a list', '[1, 2]', 'application/json', 422, /object/],
    ['an unknown member', '{"modality": "text", "vectors": [], "k": 3}', 'application/json', 422, /"k"/],
    ['no modality', '{"vectors": []}', 'application/json', 422, /`modality`/],
    ['an unknown modality', '{"modality": "smell", "vectors": [[1]]}', 'application/json', 422, /smell/],
    [
      'another width',
      '{"modality": "text", "vectors": [[1, 2]]}',
      'application/json',
      422,
      /`vectors` to have .* columns/,
    ],
    [
      'rows of text',
      '{"modality": "text", "vectors": ["ab"]}',
      'application/json',
      422,
      /row 0 of `vectors`/,
    ],
    ['an invalid .npy body', 'PK', 'application/x-npy', 422, /The body/],
    [
      "a modality in the query that is not the body's",
      '{"modality": "text", "vectors": []}',
      'application/json',
      422,
      /the body "text"/,
      '/place?modality=audio',
    ],
    ['a form', 'a=1', 'application/x-www-form-urlencoded', 415, /content-type/],
    ['too much', `"${'a'.repeat(100_000)}"`, 'application/json', 413, /larger than 100000/],
  ] as const)('refuses %s', async (_, body, type, status, says, ...[query]: string[]) => {
    const path = query ?? (type === 'application/x-npy' ? '/place?modality=text' : '/place');
    const response = await post(path, body as string | Uint8Array<ArrayBuffer>, type);
    expect(response.status).toBe(status);
    expect((await bodyOf(response)).error).toMatch(says);
  });

  it('counts the bytes received, whatever the client declares', async () => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      'POST /place HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const chunk = 'x'.repeat(40_000);
    for (let i = 0; i < 4; i++) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 413/);
    socket.destroy();
  });

  it('refuses a client that asks for a host name other than localhost', async () => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 421/);
    socket.destroy();
  });

  it('stops work for a client that has disconnected, and logs it', async () => {
    const vectors = (await vectorsOf('text', 40)).slice(0, 20);
    const controller = new AbortController();
    const before = logs.length;
    const request = fetch(`${url}/place`, {
      method: 'POST',
      body: JSON.stringify({ modality: 'text', vectors }),
      headers: { 'content-type': 'application/json' },
      signal: controller.signal,
    });
    controller.abort();
    await expect(request).rejects.toThrow();
    expect((await get('/health')).status).toBe(200);
    expect(logs.length).toBeGreaterThan(before);
  });
});

describe('limits', () => {
  const place = async (at: string, rows = 20) => {
    const few = await vectorsOf('text', 20);
    const vectors = Array.from({ length: rows }, (_, i) => few[i % few.length]);
    return fetch(`${at}/place`, {
      method: 'POST',
      body: JSON.stringify({ modality: 'text', vectors }),
      headers: { 'content-type': 'application/json' },
    });
  };

  it('answers 503 with Retry-After if too many requests wait', async () => {
    await serving({ concurrency: 1, queue: 1 }, async (at) => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => place(at, 1000)));
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2);
      const busy = answers.find(({ status }) => status === 503);
      expect(busy?.headers.get('retry-after')).toBe('1');
      expect((await place(at)).status).toBe(200);
    });
  });

  it('answers 503 if a request takes too long', async () => {
    await serving({ timeLimit: 0.005 }, async (at) => {
      const response = await place(at, 1500);
      expect(response.status).toBe(503);
      expect((await bodyOf(response)).error).toMatch(/longer/);
    });
  });

  it('requires its token for everything except /health', async () => {
    await serving({ token: 'secret' }, async (at) => {
      expect((await fetch(`${at}/health`)).status).toBe(200);
      for (const path of ['/', '/objects', '/openapi.json']) {
        expect((await fetch(at + path)).status).toBe(401);
        const wrong = { headers: { authorization: 'Bearer secreT' } };
        expect((await fetch(at + path, wrong)).status).toBe(401);
        const right = { headers: { authorization: 'Bearer secret' } };
        expect((await fetch(at + path, right)).status).toBe(200);
      }
    });
  });

  it('finishes running requests when it closes, and refuses new ones', async () => {
    const started = new EventEmitter();
    const other = createServer(god, {
      page: () =>
        new Promise<string>((resolve) => {
          started.emit('page', resolve);
        }),
    });
    const { url: at } = await other.listen(0);
    const running = fetch(at);
    const [release] = await once(started, 'page');
    const closing = other.close();
    expect((await fetch(`${at}/health`)).status).toBe(503);
    release('<!doctype html>');
    expect((await running).status).toBe(200);
    await closing;
    await expect(fetch(`${at}/health`)).rejects.toThrow();
  });

  it('places pictures of modalities with an encoder', async () => {
    const vectors = await vectorsOf('image', 1);
    const encode = async (picture: Uint8Array) =>
      picture[0] === 1 ? Float32Array.from(vectors[0]) : undefined;
    await serving({ images: { modality: 'image', encode }, imageLimit: 10 }, async (at) => {
      const send = (bytes: number[], query = '') =>
        fetch(`${at}/place${query}`, {
          method: 'POST',
          body: new Uint8Array(bytes),
          headers: { 'content-type': 'image/png' },
        });
      const { places } = await bodyOf(await send([1, 2]));
      const [expected] = await god.place('image', vectors);
      expect(places[0]).toMatchObject({ x: expected.map[0], y: expected.map[1], sign: expected.sign });
      expect((await send([2, 2])).status).toBe(422);
      expect((await send([1, 2], '?modality=text')).status).toBe(422);
      expect((await send(new Array(11).fill(1))).status).toBe(413);
      const description = await (await fetch(`${at}/openapi.json`)).text();
      expect(description).toContain('image/*');
    });
    expect((await post('/place', new Uint8Array([1]), 'image/png')).status).toBe(415);
  });

  it('refuses invalid options', () => {
    expect(() => createServer(god, { token: '' })).toThrow(RangeError);
    expect(() => createServer(god, { queue: -1 })).toThrow(RangeError);
    expect(() => createServer({} as GOD)).toThrow(TypeError);
  });
});
