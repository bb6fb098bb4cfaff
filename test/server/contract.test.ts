// The server's answers match its own description.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GOD, synthetic } from '../../src/index.ts';
import { createServer, type GODServer } from '../../src/server/server.ts';

interface Operation {
  readonly responses: Record<string, { readonly $ref?: string; readonly content?: Content }>;
}
type Content = Record<string, { readonly schema: object }>;
interface Description {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly responses: Record<string, { readonly content: Content }> };
}

let god: GOD;
let server: GODServer;
let url: string;
let description: Description;
const ajv = new Ajv2020({ strict: false });

beforeAll(async () => {
  god = await GOD.fit(synthetic({ rows: 60 }), { samples: 90, epochs: 2, iterations: 100 });
  server = createServer(god, { jsonLimit: 10_000 });
  url = (await server.listen(0)).url;
  description = (await (await fetch(`${url}/openapi.json`)).json()) as Description;
  ajv.addSchema(description, 'server');
});
afterAll(() => server.close());

/** Where the description has the schema of an answer, for this path, method, status and type. */
function pointer(path: string, method: string, status: number, type: string): string {
  const responses = description.paths[path][method].responses;
  const answer = responses[String(status)];
  const base =
    answer.$ref === undefined
      ? `#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}/responses/${status}`
      : answer.$ref;
  return `server${base}/content/${type.replaceAll('/', '~1')}/schema`;
}

const json = { 'content-type': 'application/json' };
const row = (modality: string) => {
  const fitted = god.modalities.find(({ name }) => name === modality);
  return [...(fitted as NonNullable<typeof fitted>).pca.mean];
};

it.each([
  ['/health', '/health', 200, () => ({})],
  ['/openapi.json', '/openapi.json', 200, () => ({})],
  ['/objects', '/objects?limit=7&offset=3', 200, () => ({})],
  ['/objects', '/objects?limit=x', 422, () => ({})],
  [
    '/objects/{id}/neighbors',
    () => `/objects/${god.objects[4].id}/neighbors?modality=${god.objects[4].modality}`,
    200,
    () => ({}),
  ],
  ['/objects/{id}/neighbors', '/objects/nobody/neighbors', 404, () => ({})],
  [
    '/objects/{id}/place',
    () => `/objects/${god.objects[4].id}/place?modality=${god.objects[4].modality}`,
    200,
    () => ({}),
  ],
  ['/objects/{id}/place', '/objects/nobody/place', 404, () => ({})],
  [
    '/place',
    '/place',
    200,
    () => ({ body: JSON.stringify({ modality: 'text', vectors: [row('text')] }), headers: json }),
  ],
  ['/place', '/place', 400, () => ({ body: '{', headers: json })],
  ['/place', '/place', 413, () => ({ body: `"${'x'.repeat(10_000)}"`, headers: json })],
  ['/place', '/place', 415, () => ({ body: 'x', headers: { 'content-type': 'text/plain' } })],
  ['/place', '/place', 422, () => ({ body: '{"modality":"text","vectors":[[1]]}', headers: json })],
] as const)('%s: %s answers %i as described', async (path, target, status, request) => {
  const init: RequestInit = path === '/place' ? { method: 'POST', ...request() } : {};
  const response = await fetch(url + (typeof target === 'string' ? target : target()), init);
  expect(response.status).toBe(status);
  const validate = ajv.getSchema(
    pointer(path, path === '/place' ? 'post' : 'get', status, 'application/json'),
  );
  if (validate === undefined) throw new Error('the description lacks this answer');
  validate(await response.json());
  expect(validate.errors ?? []).toEqual([]);
});

it('describes every path of the server', async () => {
  for (const [path, operations] of Object.entries(description.paths)) {
    const method = Object.keys(operations)[0].toUpperCase();
    const { status } = await fetch(url + path.replace('{id}', 'nobody'), { method });
    expect(status, path).not.toBe(405);
    expect(Object.keys(operations[method.toLowerCase()].responses).map(Number)).toContain(status);
  }
});
