import { describe, expect, it } from 'vitest';
import {
  AgglomerativeClustering,
  agnes,
  type MatrixLike,
  MutualProximity,
  medoids,
  nearestNeighbors,
  PCA,
  silhouette,
  TSNE,
  trustworthiness,
  VAE,
} from '../src/index.ts';
import {
  badMatrices,
  badNumbers,
  badOptions,
  notFiniteNumbers,
  oddMatrices,
  plainValues,
} from './support/bad-inputs.ts';

interface Subject {
  readonly name: string;
  readonly call: (X: MatrixLike, options?: object) => Promise<unknown>;
  /** Options that make the call short and suit 12 x 3 data. */
  readonly options: object;
  /** Which of the common options it has. */
  readonly known: readonly string[];
}

const COMMON = ['threads', 'signal', 'transfer'];
const fitted = PCA.fit({ data: plainValues(), rows: 12, cols: 3 });
const autoencoder = VAE.fit(
  { data: plainValues(), rows: 12, cols: 3 },
  { latent: 3, hidden: [4], epochs: 1, engine: 'native' },
);

const plainMatrix = () => ({ data: plainValues(), rows: 12, cols: 3 });
const map = TSNE.fit(plainMatrix(), { perplexity: 2, iterations: 20 });
const tree = AgglomerativeClustering.fit(plainMatrix());

const subjects: readonly Subject[] = [
  { name: 'PCA.fit', call: PCA.fit, options: {}, known: [...COMMON, 'onProgress'] },
  { name: 'PCA.fitTransform', call: PCA.fitTransform, options: {}, known: [...COMMON, 'onProgress'] },
  {
    name: 'PCA.fit, whitened',
    call: async (X, options) => {
      const { model, projections } = await PCA.fitTransform(X, options);
      return { projections, back: await model.inverseTransform(projections) };
    },
    options: { whiten: true },
    known: [...COMMON, 'onProgress'],
  },
  {
    name: 'PCA.transform',
    call: async (X, options) => (await fitted).transform(X, options),
    options: {},
    known: COMMON,
  },
  {
    name: 'PCA.inverseTransform',
    call: async (Z, options) => (await fitted).inverseTransform(Z, options),
    options: {},
    known: COMMON,
  },
  {
    name: "an accumulator's add",
    call: async (X, options) => {
      const sum = PCA.accumulator(3);
      await sum.add(X, options);
      return sum.rows === 0 ? undefined : sum.finish();
    },
    options: {},
    known: ['threads', 'signal'],
  },
  {
    name: 'TSNE.fit',
    call: TSNE.fit,
    options: { perplexity: 2, iterations: 60, exaggerationIterations: 20 },
    known: [...COMMON, 'onProgress', 'seed'],
  },
  {
    name: 'TSNE.transform',
    call: async (X, options) => (await map).transform(X, options),
    options: { iterations: 5 },
    known: [...COMMON, 'onProgress'],
  },
  {
    name: 'AgglomerativeClustering.fit',
    call: AgglomerativeClustering.fit,
    options: {},
    known: [...COMMON, 'onProgress'],
  },
  {
    name: 'VAE.fit',
    call: VAE.fit,
    options: { latent: 2, hidden: [4], epochs: 2, engine: 'native' },
    known: [...COMMON, 'onProgress', 'seed'],
  },
  {
    name: 'VAE.encode',
    call: async (X, options) => (await autoencoder).encode(X, options),
    options: {},
    known: COMMON,
  },
  {
    name: 'VAE.decode',
    call: async (Z, options) => (await autoencoder).decode(Z, options),
    options: {},
    known: COMMON,
  },
  {
    name: 'VAE.evaluate',
    call: async (X, options) => (await autoencoder).evaluate(X, options),
    options: {},
    known: COMMON,
  },
  {
    name: 'silhouette',
    call: (X, options) => silhouette(X, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], options),
    options: {},
    known: ['metric', 'threads', 'signal'],
  },
  {
    name: 'medoids',
    call: (X, options) => medoids(X, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], options),
    options: {},
    known: ['metric', 'threads', 'signal'],
  },
  {
    name: 'MutualProximity',
    call: async (X, options) => {
      const proximity = await MutualProximity.fit(X, options);
      return [await proximity.neighbors({ k: 1 }), await proximity.query(X, { k: 1 })];
    },
    options: {},
    known: ['threads', 'signal'],
  },
  { name: 'nearestNeighbors', call: nearestNeighbors, options: { k: 2 }, known: COMMON },
  {
    name: 'trustworthiness',
    call: async (X, options) => ({ value: await trustworthiness(X, X, options) }),
    options: { neighbors: 1 },
    known: ['threads', 'signal'],
  },
];

/** The documented error of a training whose loss is not finite. */
function isDivergence(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('The loss stopped being a finite number');
}

describe.each(subjects)('$name', ({ call, options, known }) => {
  it.each(badMatrices)(
    'refuses a matrix: $name',
    { timeout: 5_000 },
    async ({ make, throws, says, place }) => {
      const failure = call(make() as MatrixLike, options);
      await expect(failure).rejects.toThrow(says);
      await expect(failure).rejects.toBeInstanceOf(throws);
      if (place !== undefined) await expect(failure).rejects.toMatchObject(place);
    },
  );

  it.each(oddMatrices)('survives: $name', { timeout: 5_000 }, async ({ make }) => {
    const result = await call(make() as MatrixLike, options).catch((error: unknown) => {
      if (error instanceof TypeError || error instanceof RangeError || isDivergence(error)) return undefined;
      throw error;
    });
    expect(notFiniteNumbers(result)).toEqual([]);
  });

  it.each(badOptions(known))('refuses options: $name', { timeout: 5_000 }, async ({ make, throws, says }) => {
    const given = make();
    const plain = typeof given === 'object' && given !== null && !Array.isArray(given);
    const hasProto = plain && Object.hasOwn(given, '__proto__');
    const merged = plain && !hasProto ? { ...options, ...given } : given;
    const failure = call({ data: plainValues(), rows: 12, cols: 3 }, merged as object);
    await expect(failure).rejects.toThrow(says);
    await expect(failure).rejects.toBeInstanceOf(throws);
  });
});

/** Arguments other than a function's matrix: their shape, and a call. */
const others: [string, [rows: number, cols: number], (rows: number[][]) => unknown][] = [
  ['the query of nearestNeighbors', [12, 3], (query) => nearestNeighbors(plainMatrix(), { k: 2, query })],
  [
    'the query of MutualProximity',
    [12, 3],
    async (Q) => (await MutualProximity.fit(plainMatrix())).query(Q, { k: 1 }),
  ],
  ['the map of trustworthiness', [12, 2], (Y) => trustworthiness(plainMatrix(), Y, { neighbors: 1 })],
  [
    'the start of TSNE.fit',
    [12, 2],
    (init) => TSNE.fit(plainMatrix(), { perplexity: 2, iterations: 5, init }),
  ],
  ['the points of a leaf order', [12, 3], async (points) => (await tree).optimalLeafOrder({ points })],
  [
    'the distances of a leaf order',
    [12, 12],
    async (distances) => (await tree).optimalLeafOrder({ distances }),
  ],
  [
    'AgglomerativeClustering.fitDistances',
    [12, 12],
    (distances) => AgglomerativeClustering.fitDistances(distances, { linkage: 'average' }),
  ],
  ['agnes', [12, 3], (rows) => agnes(rows)],
  ['agnes by its doubles', [12, 3], (rows) => agnes(rows, { method: 'ward' })],
];

describe.each(others)('%s', (_, [rows, cols], call) => {
  it.each(badNumbers(rows, cols))('refuses $name', { timeout: 5_000 }, async ({ make, throws, says }) => {
    const failure = (async () => call(make() as number[][]))();
    await expect(failure).rejects.toThrow(says);
    await expect(failure).rejects.toBeInstanceOf(throws);
  });
});

it.each(badNumbers(12, 12))('agnes refuses among distances: $name', ({ make, throws }) => {
  // It reads distances on one side of the diagonal only, as ml-hclust does.
  const distances = make() as number[][];
  const whole = distances.every((row, i) =>
    Array.from(row).every((value, j) => j >= i || typeof value === 'number'),
  );
  const call = () => agnes(distances, { isDistanceMatrix: true });
  if (whole) expect(call).not.toThrow();
  else expect(call).toThrow(throws);
});
