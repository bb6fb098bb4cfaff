import { modalitiesOf } from '../pipeline/fitted.ts';
import type { GOD } from '../pipeline/god.ts';

type Json = { readonly [key: string]: unknown };

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const list = (items: Json) => ({ type: 'array', items });
const json = (schema: Json) => ({ 'application/json': { schema } });
const record = (properties: Json) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const answer = (description: string, schema: Json) => ({ description, content: json(schema) });
const inQuery = (name: string, description: string, schema: Json) => ({
  name,
  in: 'query',
  description,
  schema,
});

/** The server's description: OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0), made for one model. */
export function openApi(god: GOD, version: string, pictures: string | undefined): Json {
  const fitted = god.modalities.map(({ name }) => name);
  const kinds = modalitiesOf(god.objects);
  const refusals = (...statuses: number[]) =>
    Object.fromEntries(
      statuses.map((status) => [String(status), { $ref: `#/components/responses/${status}` }]),
    );
  return {
    openapi: '3.1.0',
    info: {
      title: 'The New Reality',
      version,
      description: 'Objects of a fitted GOD, their neighbors, and places for new objects.',
    },
    components: {
      schemas: schemasOf(god),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: Object.fromEntries(
        Object.entries(REFUSALS).map(([status, description]) => [status, answer(description, ref('Error'))]),
      ),
    },
    security: [{}, { token: [] }],
    paths: {
      '/': {
        get: {
          summary: 'The page',
          responses: {
            200: { description: 'HTML', content: { 'text/html': { schema: { type: 'string' } } } },
            ...refusals(401, 503),
          },
        },
      },
      '/health': {
        get: {
          summary: 'Whether the server works, and for which vectors',
          security: [{}],
          responses: { 200: answer('It works', ref('Health')), ...refusals(503) },
        },
      },
      '/openapi.json': {
        get: {
          summary: 'This description',
          responses: { 200: answer('OpenAPI 3.1', { type: 'object' }), ...refusals(401, 503) },
        },
      },
      '/objects': {
        get: {
          summary: 'Objects by name',
          parameters: [
            inQuery('query', 'Text that the id or the label contains, whatever its case', { type: 'string' }),
            inQuery('modality', 'Only objects of this modality', { enum: ['', ...kinds] }),
            inQuery('offset', 'How many to skip', {
              type: 'integer',
              minimum: 0,
              maximum: 999_999_999_999_999,
              default: 0,
            }),
            inQuery('limit', 'How many at most', { type: 'integer', minimum: 1, maximum: 1000, default: 20 }),
          ],
          responses: {
            200: answer('In the order of their rows', ref('Objects')),
            ...refusals(401, 422, 503),
          },
        },
      },
      '/objects/{id}/neighbors': {
        get: {
          summary: 'The nearest objects of every modality, as seen from both ends',
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string', minLength: 1 } },
            inQuery('modality', 'Needed if several modalities have the id', { enum: ['', ...kinds] }),
            inQuery('k', 'How many of each modality', {
              type: 'integer',
              minimum: 1,
              maximum: Math.min(100, god.objects.length),
              default: Math.min(5, god.objects.length),
            }),
          ],
          responses: {
            200: answer('By mutual proximity, best first', ref('Neighbors')),
            ...refusals(400, 401, 404, 409, 422, 503),
          },
        },
      },
      '/objects/{id}/place': {
        get: {
          summary: 'The place of a known object, and how certain it is',
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string', minLength: 1 } },
            inQuery('modality', 'Needed if several modalities have the id', { enum: ['', ...kinds] }),
          ],
          responses: { 200: answer('Its place', ref('Place')), ...refusals(400, 401, 404, 409, 422, 503) },
        },
      },
      '/place': {
        post: {
          summary: 'Places for new objects',
          parameters: [
            inQuery('modality', 'Of the vectors in an .npy body; a JSON body names its own', {
              enum: fitted,
            }),
          ],
          requestBody: {
            required: true,
            content: {
              ...json(ref('PlaceRequest')),
              ...(pictures !== undefined && {
                'image/*': {
                  schema: {
                    type: 'string',
                    format: 'binary',
                    description: `A picture, placed as ${pictures}`,
                  },
                },
              }),
              'application/x-npy': {
                schema: { type: 'string', format: 'binary', description: 'A matrix as numpy.save writes it' },
              },
            },
          },
          responses: {
            200: answer('One place for each vector', ref('Places')),
            ...refusals(400, 401, 413, 415, 422, 503),
          },
        },
      },
    },
  };
}

const REFUSALS: Readonly<Record<string, string>> = {
  400: 'The request could not be read',
  401: 'The token is missing or wrong',
  404: 'There is no such object',
  409: 'Several modalities have an object with this id',
  413: 'The body is too large',
  415: 'The body is of another type',
  422: 'The request does not fit the model',
  503: 'The server is busy or stopping, or the request took too long',
};

/** A row of `columns` values that the library accepts. */
function rowOf(columns: number): Json {
  const value = { type: 'number', minimum: -LARGEST, maximum: LARGEST };
  return { ...list(value), minItems: columns, maxItems: columns };
}

/** Squares of larger values exceed float32. */
const LARGEST = 1e18;

function schemasOf(god: GOD): Json {
  const number = { type: 'number' };
  const count = { type: 'integer', minimum: 0 };
  const text = { type: 'string' };
  const share = { type: 'number', minimum: 0, maximum: 1 };
  const near = { type: 'object', additionalProperties: list(ref('Neighbor')) };
  const object = {
    row: count,
    id: text,
    modality: text,
    label: text,
    x: number,
    y: number,
    cluster: count,
    sign: text,
  };
  return {
    Error: record({ error: text }),
    Object: record(object),
    Objects: record({ total: count, objects: list(ref('Object')) }),
    Neighbor: record({ ...object, proximity: share, distance: number }),
    Neighbors: record({
      object: ref('Object'),
      neighbors: near,
    }),
    Health: record({
      status: { const: 'ok' },
      version: text,
      objects: count,
      modalities: list(record({ name: text, rows: count, columns: count })),
      requests: record({ running: count, waiting: count }),
    }),
    PlaceRequest: {
      oneOf: god.modalities.map(({ name, pca }) =>
        record({ modality: { const: name }, vectors: list(rowOf(pca.mean.length)) }),
      ),
    },
    Place: record({
      x: number,
      y: number,
      cluster: count,
      sign: text,
      witnesses: list(count),
      spread: { type: 'number', minimum: 0 },
      outside: share,
      nearest: ref('Object'),
      neighbors: near,
    }),
    Places: record({ places: list(ref('Place')) }),
  };
}
