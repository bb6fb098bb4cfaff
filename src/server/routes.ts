import { MutualProximity } from '../neighbors/mutual-proximity.ts';
import type { GOD } from '../pipeline/god.ts';
import type { Place } from '../pipeline/place.ts';
import { Catalogue, type ObjectView } from './catalogue.ts';
import { type Exchange, HttpError, integerParameter, jsonReply, type Reply, type Route } from './http.ts';
import { openApi } from './openapi.ts';
import type { TaskQueue } from './queue.ts';
import { type BodyLimits, readPlaceRequest } from './vectors.ts';

const MOST_OBJECTS = 1000;
const MOST_NEIGHBORS = 100;

export interface RouteSettings {
  readonly version: string;
  /** The page, as HTML. */
  readonly page: () => Promise<Reply>;
  readonly queue: TaskQueue;
  readonly limits: BodyLimits;
  /** Threads of one request. */
  readonly threads: number;
}

/** Everything the server answers. */
export function routesOf(god: GOD, settings: RouteSettings): Route[] {
  const catalogue = new Catalogue(god);
  const neighbors = new ObjectNeighbors(god, catalogue);
  const description = openApi(god, settings.version);
  return [
    { method: 'GET', path: '/', handle: () => settings.page() },
    { method: 'GET', path: '/health', handle: () => jsonReply(health(god, settings)) },
    { method: 'GET', path: '/openapi.json', handle: () => jsonReply(description) },
    { method: 'GET', path: '/objects', handle: ({ url }) => jsonReply(objects(god, catalogue, url)) },
    {
      method: 'GET',
      path: '/objects/:id/neighbors',
      handle: async (exchange) => jsonReply(await neighbors.of(exchange, settings)),
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

function objects(god: GOD, catalogue: Catalogue, url: URL) {
  return catalogue.find({
    query: url.searchParams.get('query') ?? '',
    modality: modalityParameter(god, url),
    offset: integerParameter(url, 'offset', 0, [0, Number.MAX_SAFE_INTEGER]),
    limit: integerParameter(url, 'limit', 20, [1, MOST_OBJECTS]),
  });
}

/** @throws HttpError 422 for a modality that is not in the New Reality. */
function modalityParameter(god: GOD, url: URL): string {
  const modality = url.searchParams.get('modality') ?? '';
  const known = [...new Set(god.objects.map((object) => object.modality))];
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

/** Neighbors of known objects by mutual proximity. All are found at the first request and kept. */
class ObjectNeighbors {
  readonly #god: GOD;
  readonly #catalogue: Catalogue;
  #fitted: Promise<MutualProximity> | undefined;

  constructor(god: GOD, catalogue: Catalogue) {
    this.#god = god;
    this.#catalogue = catalogue;
  }

  async of({ params, url, signal }: Exchange, { queue, threads }: RouteSettings) {
    const row = this.#rowOf(params.id, modalityParameter(this.#god, url));
    const k = integerParameter(url, 'k', 5, [1, Math.min(MOST_NEIGHBORS, this.#god.objects.length)]);
    const { newReality, objects } = this.#god;
    // Without the request's signal: the result serves later requests, too.
    this.#fitted ??= MutualProximity.fit(newReality, {
      groups: objects.map(({ modality }) => modality),
      threads,
    });
    const fitted = await this.#fitted;
    // The object is among its own neighbors: one more is asked for.
    const query = {
      data: newReality.data.slice(row * newReality.cols, (row + 1) * newReality.cols),
      rows: 1,
      cols: newReality.cols,
    };
    const options = { groups: [objects[row].modality], k: Math.min(k + 1, objects.length), threads, signal };
    const found = await queue.run(() => fitted.query(query, options), signal);
    const neighbors: Record<string, NeighborView[]> = Object.create(null);
    found.groups.forEach((group, g) => {
      neighbors[group] = [];
      for (let e = g * found.k; e < (g + 1) * found.k && neighbors[group].length < k; e++) {
        const other = found.indices[e];
        if (other < 0 || other === row) continue;
        const [proximity, distance] = [found.proximities[e], found.distances[e]];
        neighbors[group].push({ ...this.#catalogue.at(other), proximity, distance });
      }
    });
    return { object: this.#catalogue.at(row), neighbors };
  }

  #rowOf(id: string, modality: string): number {
    const rows = this.#catalogue.rowsOf(id, modality);
    if (rows.length === 0) throw new HttpError(404, 'There is no object with this id');
    if (rows.length > 1) {
      const where = rows.map((row) => this.#god.objects[row].modality).join(', ');
      throw new HttpError(
        409,
        `Several modalities have an object with this id: add ?modality= with one of ${where}`,
      );
    }
    return rows[0];
  }
}

async function place(
  god: GOD,
  catalogue: Catalogue,
  exchange: Exchange,
  { queue, limits, threads }: RouteSettings,
) {
  const { signal } = exchange;
  const { modality, vectors } = await readPlaceRequest(exchange, limits);
  const places = await queue
    .run(() => god.place(modality, vectors, { signal, threads }), signal)
    .catch(asRefusal);
  return { places: places.map((found) => placeView(catalogue, found)) };
}

/** What the library says of bad vectors is what the client should read. */
function asRefusal(error: unknown): never {
  if (error instanceof RangeError || error instanceof TypeError) throw new HttpError(422, error.message);
  throw error;
}

function placeView(catalogue: Catalogue, { map: [x, y], cluster, sign, nearest }: Place) {
  return { x, y, cluster, sign, nearest: catalogue.at(nearest) };
}
