import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrix, nearestNeighbors, TSNE, type TSNEProgress } from '../../src/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { realData, testOnRealData } from '../support/real-data.ts';
import {
  bruteForce,
  conditional,
  euclidean,
  normalMatrix,
  tsneDivergence,
} from '../support/tsne-reference.ts';

/** Points around 6 centers; row i belongs to center i % 6. */
function blobs(rows: number, cols = 10): Matrix {
  const X = normalMatrix(rows, cols, seededRandom(3));
  for (let i = 0; i < rows; i++) X.data[i * cols + (i % 6)] += 12;
  return X;
}

const X = blobs(600);
const SHORT = { perplexity: 15, iterations: 250, exaggerationIterations: 100, seed: 5 };

const finite = (map: TSNE) => map.embedding.data.every(Number.isFinite) && Number.isFinite(map.klDivergence);

describe('TSNE.fit', () => {
  it.each([1, 2, 3])(
    'reports a divergence that agrees with the definition, in %i dimensions',
    async (dimensions) => {
      const map = await TSNE.fit(X, { ...SHORT, dimensions, exactKL: true });
      const expected = tsneDivergence(X, 15, map.embedding);
      expect(map.klExact).toBe(true);
      expect(map.klDivergence).toBeCloseTo(expected, 4);
      expect(map.embedding.cols).toBe(dimensions);
      const estimated = await TSNE.fit(X, { ...SHORT, dimensions });
      expect(estimated.klExact).toBe(false);
      expect(Math.abs(estimated.klDivergence - expected)).toBeLessThan(0.01);
      expect(estimated.embedding).toEqual(map.embedding);
    },
  );

  it('separates clusters and centers the map', async () => {
    const { embedding } = await TSNE.fit(X, SHORT);
    for (let i = 0; i < X.rows; i += 7) {
      for (const { index } of bruteForce(embedding, i, embedding, 5, undefined, false)) {
        expect(index % 6).toBe(i % 6);
      }
    }
    for (const c of [0, 1]) {
      const mean = embedding.data.reduce((sum, y, e) => (e % 2 === c ? sum + y : sum), 0) / X.rows;
      expect(Math.abs(mean)).toBeLessThan(1e-3);
    }
  });

  it('approaches the optimum the longer it runs, with theta 0 as with theta 0.5', async () => {
    const short = await TSNE.fit(X, { ...SHORT, iterations: 150, exactKL: true });
    const long = await TSNE.fit(X, { ...SHORT, iterations: 500, exactKL: true });
    const exact = await TSNE.fit(X, { ...SHORT, iterations: 500, theta: 0 });
    expect(long.klDivergence).toBeLessThan(short.klDivergence);
    expect(exact.klExact).toBe(true);
    expect(Math.abs(exact.klDivergence - long.klDivergence)).toBeLessThan(0.03);
  });

  it('is bit-identical for any number of threads, and differs for another seed', async () => {
    const options = { ...SHORT, init: 'random' } as const;
    const one = await TSNE.fit(X, { ...options, threads: 1 });
    for (const threads of [2, 3, 8]) {
      expect((await TSNE.fit(X, { ...options, threads })).embedding).toEqual(one.embedding);
    }
    expect((await TSNE.fit(X, { ...options, seed: 6 })).embedding).not.toEqual(one.embedding);
  });

  it('reports its progress without a change of the result', async () => {
    const told: TSNEProgress[] = [];
    const map = await TSNE.fit(X, { ...SHORT, progressInterval: 40, onProgress: (p) => told.push(p) });
    const fractions = told.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    const phases = [...new Set(told.map(({ phase }) => phase))];
    expect(phases).toEqual(['neighbors', 'affinities', 'descent'].filter((phase) => phases.includes(phase)));
    expect([phases[0], phases.at(-1)]).toEqual(['neighbors', 'descent']);
    const reports = new Map(told.map(({ iteration, klDivergence }) => [iteration, klDivergence]));
    expect([...reports.keys()]).toEqual([0, 40, 80, 120, 160, 200, 240]);
    expect(reports.get(0)).toBeNaN();
    const last = told[told.length - 1].klDivergence;
    expect(Math.abs(last - map.klDivergence)).toBeLessThan(0.05);
    expect(reports.get(120)).toBeGreaterThan(last);
    // The reported values are also kept.
    expect([map.historyInterval, [...map.history]]).toEqual([40, [...reports.values()].slice(1)]);
    expect(map.embedding).toEqual((await TSNE.fit(X, SHORT)).embedding);
  });

  it('stops for lack of progress on request, and says so', async () => {
    const patient = { ...SHORT, iterations: 20_000, iterationsWithoutProgress: 100, minProgress: 0.005 };
    const told: number[] = [];
    const map = await TSNE.fit(X, {
      ...patient,
      progressInterval: 100,
      onProgress: ({ iteration }) => told.push(iteration),
    });
    expect(map.stopped).toBe('no progress');
    expect(map.iterations).toBeGreaterThanOrEqual(200);
    expect(map.iterations).toBeLessThan(5000);
    expect(map.history).toHaveLength(Math.floor(map.iterations / 100));
    expect(new Set(told).size).toBe(1 + Math.floor(map.iterations / 100));
    // The map is the same as that of a fit with exactly this many iterations.
    const short = await TSNE.fit(X, { ...SHORT, iterations: map.iterations });
    expect(short.stopped).toBe('iterations');
    expect(short.embedding).toEqual(map.embedding);
    const again = await TSNE.fit(X, { ...patient, threads: 3 });
    expect(again.embedding).toEqual(map.embedding);
    expect(TSNE.fromState(map.state())).toEqual(map);
    // More iterations would have gained little.
    const long = await TSNE.fit(X, { ...SHORT, iterations: 2 * map.iterations });
    expect(map.klDivergence - long.klDivergence).toBeLessThan(0.05);
  });

  it('starts at the given coordinates', async () => {
    const init = normalMatrix(600, 2, seededRandom(9));
    const still = await TSNE.fit(X, { ...SHORT, init, iterations: 0 });
    const mean = [0, 1].map((c) => init.data.reduce((sum, y, e) => (e % 2 === c ? sum + y : sum), 0) / 600);
    still.embedding.data.forEach((y, e) => {
      expect(y).toBeCloseTo(init.data[e] - mean[e % 2], 5);
    });
    const pca = await TSNE.fit(X, { ...SHORT, iterations: 0 });
    const spread = Math.sqrt(pca.embedding.data.reduce((s, y, e) => s + (e % 2 === 0 ? y * y : 0), 0) / 600);
    expect(spread).toBeCloseTo(1e-4, 8);
  });

  it('accepts given neighbors', async () => {
    const neighbors = await nearestNeighbors(X, { k: 45 });
    const given = await TSNE.fit(X, { ...SHORT, neighbors });
    expect(given.embedding).toEqual((await TSNE.fit(X, SHORT)).embedding);
    await expect(TSNE.fit(X, { ...SHORT, neighbors: { ...neighbors, k: 44 } })).rejects.toThrow(RangeError);
    neighbors.distances[3] = -1;
    await expect(TSNE.fit(X, { ...SHORT, neighbors })).rejects.toThrow(/neighbor 3 of row 0/);
    neighbors.distances[3] = 1;
    neighbors.indices[50] = 600;
    await expect(TSNE.fit(X, { ...SHORT, neighbors })).rejects.toThrow(/neighbor 5 of row 1 is 600/);
  });

  it('does not depend on the lengths of rows by the cosine metric', async () => {
    const scaled = matrix(
      X.data.map((v, e) => v * 2 ** (Math.floor(e / 10) % 4)),
      600,
      10,
    );
    const init = normalMatrix(600, 2, seededRandom(9));
    const a = await TSNE.fit(X, { ...SHORT, init, metric: 'cosine' });
    const b = await TSNE.fit(scaled, { ...SHORT, init, metric: 'cosine' });
    expect(b.embedding).toEqual(a.embedding);
  });

  it('does not change its input, unless asked to move it', async () => {
    const copy = X.data.slice();
    await TSNE.fit(X, SHORT);
    expect(X.data).toEqual(copy);
    const given = matrix(copy, X.rows, X.cols);
    await TSNE.fit(given, { ...SHORT, transfer: true });
    expect(given.data.length).toBe(0);
  });

  it('rejects with the reason of an abort and with an error of its listener', async () => {
    const controller = new AbortController();
    let reports = 0;
    const onProgress = () => {
      reports++;
      controller.abort(new Error('no longer needed'));
    };
    const running = TSNE.fit(X, { ...SHORT, iterations: 1e6, signal: controller.signal, onProgress });
    await expect(running).rejects.toThrow('no longer needed');
    const reported = reports;
    await TSNE.fit(X, SHORT); // time in which a run that had not stopped would report
    expect(reports).toBe(reported);
    const failing = TSNE.fit(X, {
      ...SHORT,
      iterations: 1e6,
      onProgress: () => {
        throw new Error('listener');
      },
    });
    await expect(failing).rejects.toThrow('listener');
  });

  it('can be saved and restored', async () => {
    const map = await TSNE.fit(X, { ...SHORT, metric: 'cosine', exactKL: true });
    expect(TSNE.fromState(map.state())).toEqual(map);
    const state = map.state();
    expect(() => TSNE.fromState({ ...state, kind: 'PCA' })).toThrow(TypeError);
    expect(() => TSNE.fromState({ ...state, arrays: {} })).toThrow(TypeError);
  });
});

describe('unusual input of TSNE.fit', () => {
  it.each([2, 3, 4, 5, 10])('%i rows give a finite map', async (rows) => {
    const map = await TSNE.fit(normalMatrix(rows, 3, seededRandom(rows)));
    expect(map.perplexity).toBeCloseTo((rows - 1) / 3);
    expect(finite(map)).toBe(true);
  });

  const short = { iterations: 120, exaggerationIterations: 60 };
  const table: [string, Matrix, object][] = [
    ['equal rows', { data: new Float32Array(200 * 4).fill(3), rows: 200, cols: 4 }, {}],
    ['no columns', { data: new Float32Array(0), rows: 50, cols: 0 }, {}],
    ['one column', normalMatrix(100, 1, seededRandom(1)), {}],
    [
      'pairs of equal rows',
      { data: X.data.map((_, e) => X.data[e - (e % 20) + (e % 10)]), rows: 600, cols: 10 },
      {},
    ],
    ['huge values', { ...X, data: X.data.map((v) => v * 1e30) }, {}],
    ['tiny values', { ...X, data: X.data.map((v) => v * 1e-38) }, {}],
    ['a huge learning rate', X, { learningRate: 1e30 }],
    ['a huge learning rate in 3 dimensions', X, { learningRate: 1e30, dimensions: 3 }],
    ['a tiny learning rate', X, { learningRate: 1e-30 }],
    ['huge exaggeration', X, { earlyExaggeration: 1e6 }],
    ['a tiny perplexity', X, { perplexity: 1e-6 }],
    ['the largest perplexity', X, { perplexity: 599 / 3 }],
    ['a far start', X, { init: { ...X, data: X.data.map((v) => v * 3e4), rows: 3000, cols: 2 } }],
    ['theta 1', X, { theta: 1 }],
    ['no iterations', X, { iterations: 0, exactKL: true }],
  ];
  it.each(table)('%s gives a finite map', async (_, data, options) => {
    const rows = 'init' in options ? 3000 : data.rows;
    const input = rows === data.rows ? data : blobs(rows);
    expect(finite(await TSNE.fit(input, { ...short, ...options }))).toBe(true);
  });

  it.each([
    [
      { perplexity: 0 },
      RangeError,
      'Expected `perplexity` in (0, 199.66666666666666] for 600 rows but received 0',
    ],
    [{ perplexity: -1 }, RangeError, /perplexity/],
    [{ perplexity: 200 }, RangeError, /in \(0, 199.66666666666666\] for 600 rows but received 200/],
    [{ perplexity: 1e9 }, RangeError, /perplexity/],
    [{ perplexity: Number.NaN }, RangeError, /perplexity/],
    [{ perplexity: '30' }, TypeError, /perplexity/],
    [{ theta: -0.1 }, RangeError, /theta/],
    [{ theta: 1.5 }, RangeError, /theta/],
    [{ iterations: 1.5 }, RangeError, /iterations/],
    [{ iterations: -1 }, RangeError, /iterations/],
    [{ iterationsWithoutProgress: 0 }, RangeError, /iterationsWithoutProgress/],
    [{ minProgress: -1 }, RangeError, /minProgress/],
    [{ learningRate: 0 }, RangeError, /learningRate/],
    [{ learningRate: 1e31 }, RangeError, /learningRate/],
    [{ learningRate: 'fast' }, TypeError, /learningRate/],
    [{ momentum: 1 }, RangeError, /momentum/],
    [{ earlyExaggeration: 0.5 }, RangeError, /earlyExaggeration/],
    [{ dimensions: 4 }, RangeError, /dimensions/],
    [{ init: 'spectral' }, TypeError, /init/],
    [{ init: [[1, 2]] }, RangeError, 'Expected `init` to be 600 x 2 but received 1 x 2'],
    [
      { init: { data: new Float32Array(1200).fill(Number.NaN), rows: 600, cols: 2 } },
      RangeError,
      /row 0 has NaN/,
    ],
    [{ metric: 'manhattan' }, RangeError, /metric/],
    [{ neighbors: {} }, TypeError, /neighbors/],
    [{ progressInterval: 0 }, RangeError, /progressInterval/],
    [{ onProgress: 1 }, TypeError, /onProgress/],
    [{ seed: 2 ** 53 }, RangeError, /seed/],
    [{ threads: 0 }, RangeError, /threads/],
    [{ Perplexity: 3 }, TypeError, /Unknown option `Perplexity`/],
  ] as [object, ErrorConstructor, string | RegExp][])('%o is refused', async (options, type, message) => {
    const failure = await TSNE.fit(X, options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(type);
    expect((failure as Error).message).toMatch(message);
  });

  it('refuses what cannot be embedded', async () => {
    await expect(TSNE.fit([])).rejects.toThrow('Expected `X` to have at least two rows but received 0');
    await expect(TSNE.fit([[1]])).rejects.toThrow('at least two rows but received 1');
    await expect(TSNE.fit([[1], [2], [Number.POSITIVE_INFINITY]])).rejects.toThrow(/row 2, column 0 is inf/);
    // @ts-expect-error: no matrix
    await expect(TSNE.fit(null)).rejects.toThrow(TypeError);
  });
});

describe('TSNE.transform', () => {
  const fitting = TSNE.fit(X, SHORT);
  const fresh = normalMatrix(120, 10, seededRandom(77));
  for (let i = 0; i < 120; i++) fresh.data[i * 10 + (i % 6)] += 12;

  it('places new rows among the rows of their cluster', async () => {
    const { embedding } = await fitting;
    const places = await (await fitting).transform(fresh);
    for (let i = 0; i < 120; i++) {
      const near = bruteForce(places, i, embedding, 5);
      expect(near.filter(({ index }) => index % 6 === i % 6).length).toBe(5);
    }
  });

  it('ends where the gradient of a new row alone vanishes', async () => {
    const { embedding } = await fitting;
    const row: Matrix = { data: fresh.data.slice(0, 10), rows: 1, cols: 10 };
    const near = bruteForce(row, 0, X, 15);
    const place = await (await fitting).transform(row, { iterations: 3000 });
    const weights = conditional(near, 5);
    const kernels = Array.from(
      { length: X.rows },
      (_, j) => 1 / (1 + euclidean(place, 0, embedding, j) ** 2),
    );
    const sum = kernels.reduce((a, b) => a + b, 0);
    for (const c of [0, 1]) {
      const away = (j: number) => place.data[c] - embedding.data[2 * j + c];
      let gradient = 0;
      near.forEach(({ index }, e) => {
        gradient += weights[e] * kernels[index] * away(index);
      });
      kernels.forEach((kernel, j) => {
        gradient -= (kernel * kernel * away(j)) / sum;
      });
      expect(Math.abs(gradient)).toBeLessThan(1e-3);
    }
  });

  it('does not depend on the batch, the number of threads or saving and restoring the state', async () => {
    const map = await fitting;
    const all = await map.transform(fresh, { threads: 1 });
    expect(await map.transform(fresh, { threads: 3 })).toEqual(all);
    expect(await TSNE.fromState(map.state()).transform(fresh)).toEqual(all);
    for (const i of [0, 57, 119]) {
      const alone = await map.transform([fresh.data.subarray(i * 10, i * 10 + 10)]);
      expect(alone.data).toEqual(all.data.slice(2 * i, 2 * i + 2));
    }
  });

  it('starts a fitted row at its own place', async () => {
    const map = await fitting;
    const still = await map.transform(X, { perplexity: 0.1, iterations: 0 });
    expect(still).toEqual(map.embedding);
    expect((await map.transform([])).rows).toBe(0);
  });

  it('refuses bad arguments with an error that says what is wrong', async () => {
    const map = await fitting;
    await expect(map.transform([[1, 2]])).rejects.toThrow('Expected `X` to have 10 columns but received 2');
    await expect(map.transform(X, { perplexity: 201 })).rejects.toThrow(/\(0, 200\] for 600 fitted rows/);
    await expect(map.transform(X, { iterations: -1 })).rejects.toThrow(RangeError);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(map.transform(X, { signal })).rejects.toThrow('enough');
  });
});

describe("TSNE's repulsion", () => {
  const many = blobs(3000);
  const options = { perplexity: 10, iterations: 120, exaggerationIterations: 60, exactKL: true, seed: 2 };
  const mapped = (repulsion: 'auto' | 'barnes-hut' | 'fft', threads = 2) =>
    TSNE.fit(many, { ...options, repulsion, threads });

  it('gives equally good maps by every method', async () => {
    const exact = await TSNE.fit(many, { ...options, theta: 0 });
    for (const repulsion of ['auto', 'barnes-hut', 'fft'] as const) {
      const map = await mapped(repulsion);
      expect(Math.abs(map.klDivergence - exact.klDivergence)).toBeLessThan(
        repulsion === 'fft' ? 0.1 : 0.03, // the grid is less accurate on so sparse a map
      );
    }
  });

  it('is bit-identical for any number of threads', async () => {
    for (const repulsion of ['auto', 'fft'] as const) {
      expect((await mapped(repulsion, 3)).embedding).toEqual((await mapped(repulsion, 1)).embedding);
    }
  });

  it('is accurate enough for the reported divergence', async () => {
    const map = await mapped('fft');
    const estimated = await TSNE.fit(many, { ...options, repulsion: 'fft', exactKL: false });
    expect(estimated.embedding).toEqual(map.embedding);
    expect(Math.abs(estimated.klDivergence - map.klDivergence)).toBeLessThan(1e-3);
  });

  it('uses cells in one and three dimensions, for theta 0 and for a map that is too large', async () => {
    const short = { perplexity: 10, iterations: 10 };
    const init = matrix(many.data.slice(0, 6000), 3000, 2);
    init.data[0] = 1e5;
    for (const [auto, cells] of [
      [{ dimensions: 3 }, { dimensions: 3, repulsion: 'barnes-hut' }],
      [{ theta: 0 }, { theta: 0, repulsion: 'barnes-hut' }],
      [
        { init, repulsion: 'fft' },
        { init, repulsion: 'barnes-hut' },
      ],
    ] as const) {
      const map = await TSNE.fit(many, { ...short, ...auto });
      expect(map.embedding).toEqual((await TSNE.fit(many, { ...short, ...cells })).embedding);
    }
  });

  it.each([
    [{ repulsion: 'tree' }, "Expected `repulsion` to be one of 'auto', 'barnes-hut', 'fft'"],
    [{ repulsion: 'fft', dimensions: 3 }, "Expected `dimensions` to be 2 for repulsion 'fft' but received 3"],
    [{ repulsion: 'fft', theta: 0 }, "Expected `theta` to be above 0 for repulsion 'fft' but received 0"],
  ])('refuses %j', async (wrong, message) => {
    const fitting = TSNE.fit(X, wrong as object);
    await expect(fitting).rejects.toThrow(RangeError);
    await expect(fitting).rejects.toThrow(message);
  });
});

testOnRealData(
  'a New Reality is mapped as well as by other implementations',
  ['reference/newreality_s0.bin'],
  async () => {
    const bytes = readFileSync(realData('reference/newreality_s0.bin'));
    const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const map = await TSNE.fit(matrix(data, 7183, 42), { exactKL: true });
    // In as many iterations, openTSNE reaches 2.713 and scikit-learn 2.669.
    expect(map.klDivergence).toBeLessThan(2.73);
  },
);
