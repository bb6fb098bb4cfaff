import type { GOD } from '../pipeline/god.ts';
import { type Place, placeLatents } from '../pipeline/place.ts';
import type { NearOfModality } from '../pipeline/surroundings.ts';
import { Catalogue, type ObjectView } from './catalogue.ts';
import { type Exchange, HttpError, integerParameter, jsonReply, type Reply, type Route } from './http.ts';
import { openApi } from './openapi.ts';
import type { TaskQueue } from './queue.ts';
import { type BodyLimits, type ImageEncoder, readPlaceRequest } from './vectors.ts';

const MOST_OBJECTS = 1000;
const MOST_NEIGHBORS = 100;

export interface RouteSettings {
  readonly version: string;
  /** The page, as HTML. */
  readonly page: () => Promise<Reply>;
  readonly queue: TaskQueue;
  readonly limits: BodyLimits;
  readonly images: ImageEncoder | undefined;
  /** Threads of one request. */
  readonly threads: number;
}

/** Everything the server answers. */
export function routesOf(god: GOD, settings: RouteSettings): Route[] {
  const catalogue = new Catalogue(god);
  const description = openApi(god, settings.version, settings.images?.modality);
  return [
    { method: 'GET', path: '/', handle: () => settings.page() },
    { method: 'GET', path: '/health', handle: () => jsonReply(health(god, settings)) },
    { method: 'GET', path: '/openapi.json', handle: () => jsonReply(description) },
    { method: 'GET', path: '/objects', handle: ({ url }) => jsonReply(objects(catalogue, url)) },
    {
      method: 'GET',
      path: '/objects/:id/neighbors',
      handle: async (exchange) => jsonReply(await neighborsOf(god, catalogue, exchange, settings)),
    },
    {
      method: 'GET',
      path: '/objects/:id/place',
      handle: async (exchange) => jsonReply(await placeOf(god, catalogue, exchange, settings)),
    },
    {
      method: 'POST',
      path: '/place',
      handle: async (exchange) => jsonReply(await place(god, catalogue, exchange, settings)),
    },
  ];
}

function health(god: GOD, { version, queue }: RouteSettings) {
  return {
    status: 'ok',
    version,
    objects: god.objects.length,
    modalities: god.modalities.map(({ name, rows, pca }) => ({ name, rows, columns: pca.mean.length })),
    requests: { running: queue.active, waiting: queue.waiting },
  };
}

function objects(catalogue: Catalogue, url: URL) {
  return catalogue.find({
    query: url.searchParams.get('query') ?? '',
    modality: modalityParameter(catalogue.modalities, url),
    offset: integerParameter(url, 'offset', 0, [0, Number.MAX_SAFE_INTEGER]),
    limit: integerParameter(url, 'limit', 20, [1, MOST_OBJECTS]),
  });
}

/** @throws HttpError 422 for a modality that is not in the New Reality. */
function modalityParameter(known: readonly string[], url: URL): string {
  const modality = url.searchParams.get('modality') ?? '';
  if (modality !== '' && !known.includes(modality)) {
    throw new HttpError(
      422,
      `Expected \`modality\` to be one of ${known.join(', ')} but received ${JSON.stringify(modality.slice(0, 40))}`,
    );
  }
  return modality;
}

interface NeighborView extends ObjectView {
  readonly proximity: number;
  readonly distance: number;
}

/** The objects of every modality that are near a known one. */
async function neighborsOf(
  god: GOD,
  catalogue: Catalogue,
  exchange: Exchange,
  { queue, threads }: RouteSettings,
) {
  const { url, signal } = exchange;
  const row = rowOf(god, catalogue, exchange);
  const k = integerParameter(url, 'k', Math.min(5, god.objects.length), [
    1,
    Math.min(MOST_NEIGHBORS, god.objects.length),
  ]);
  const code = codeOf(god, row);
  const [near] = await queue.run(() => god.surroundings.neighbors(code, k, { threads, signal }), signal);
  return { object: catalogue.at(row), neighbors: nearView(catalogue, near) };
}

/** Where a known object stands, and how certain that is. */
async function placeOf(
  god: GOD,
  catalogue: Catalogue,
  exchange: Exchange,
  { queue, threads }: RouteSettings,
) {
  const { signal } = exchange;
  const code = codeOf(god, rowOf(god, catalogue, exchange));
  const [found] = await queue.run(() => placeLatents(god, code, 3, { threads, signal }), signal);
  return placeView(catalogue, found);
}

/** The code of a row of the New Reality. */
function codeOf({ newReality: { data, cols }, objects }: GOD, row: number) {
  const latents = { data: data.slice(row * cols, (row + 1) * cols), rows: 1, cols };
  return { latents, modality: objects[row].modality, own: Int32Array.of(row) };
}

/** By modality, in an object that inherits nothing: names of modalities come from the user. */
function nearView(catalogue: Catalogue, near: readonly NearOfModality[]): Record<string, NeighborView[]> {
  const views: Record<string, NeighborView[]> = Object.create(null);
  for (const { modality, objects } of near) {
    views[modality] = objects.map(({ row, ...measured }) => ({ ...catalogue.at(row), ...measured }));
  }
  return views;
}

/** @throws HttpError 404 for an id that no object has, 409 for one that objects of several modalities have. */
function rowOf(god: GOD, catalogue: Catalogue, { params, url }: Exchange): number {
  const rows = catalogue.rowsOf(params.id, modalityParameter(catalogue.modalities, url));
  if (rows.length === 0) throw new HttpError(404, 'There is no object with this id');
  if (rows.length > 1) {
    const where = rows.map((row) => god.objects[row].modality).join(', ');
    throw new HttpError(
      409,
      `Several modalities have an object with this id: add ?modality= with one of ${where}`,
    );
  }
  return rows[0];
}

async function place(
  god: GOD,
  catalogue: Catalogue,
  exchange: Exchange,
  { queue, limits, images, threads }: RouteSettings,
) {
  const { signal } = exchange;
  const { modality, vectors } = await readPlaceRequest(exchange, limits, images);
  const places = await queue
    .run(async () => god.place(modality, await vectors(), { signal, threads }), signal)
    .catch(asRefusal);
  return { places: places.map((found) => placeView(catalogue, found)) };
}

/** The library's message about bad vectors goes to the client. */
function asRefusal(error: unknown): never {
  if (error instanceof RangeError || error instanceof TypeError) throw new HttpError(422, error.message);
  throw error;
}

function placeView(
  catalogue: Catalogue,
  { map: [x, y], cluster, sign, nearest, witnesses, spread, outside, neighbors }: Place,
) {
  return {
    x,
    y,
    cluster,
    sign,
    witnesses: [...witnesses],
    spread,
    outside,
    nearest: catalogue.at(nearest),
    neighbors: nearView(catalogue, neighbors),
  };
}
