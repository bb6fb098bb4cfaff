import { describe, expect, it } from 'vitest';
import {
  AgglomerativeClustering,
  agnes,
  MutualProximity,
  matrix,
  nearestNeighbors,
  PCA,
  readModelState,
  saveModel,
  silhouette,
  TSNE,
  trustworthiness,
  VAE,
} from '../src/index.ts';
import { seededRandom } from './support/bytes.ts';
import { tempFolder } from './support/temp.ts';

const folder = tempFolder();

/** Rows that vary by hundreds around zero, and the same around large values: times in milliseconds, UTM in meters. */
const uniform = seededRandom(7);
const rows = 150;
const plain = Array.from({ length: rows }, () => [uniform() * 60_000, uniform() * 300, uniform()]);
const CENTER = [1_700_000_000_000, 4_649_776.25, 0];
const high = plain.map((row) => row.map((value, c) => value + CENTER[c]));
/** The differences as doubles hold them. */
const kept = high.map((row) => row.map((value, c) => value - CENTER[c]));
const asFloat64 = (from: number[][]) => ({
  data: Float64Array.from(from.flat()),
  rows: from.length,
  cols: from[0].length,
});
const forms: [string, (from: number[][]) => Parameters<typeof PCA.fit>[0]][] = [
  ['rows of numbers', (from) => from],
  ['rows of Float64Array', (from) => from.map((row) => Float64Array.from(row))],
  ['a matrix of Float64Array', asFloat64],
];

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, relative = 1e-5) {
  expect(found.length).toBe(expected.length);
  const size = Math.max(...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(found[i] - expected[i])).toBeLessThan(relative * size);
}

describe.each(forms)('doubles that vary by little around large values, as %s', (_, form) => {
  it('keep their distances in trees of every linkage', async () => {
    const few = await AgglomerativeClustering.fit(form([[1.7e12], [1.7e12 + 1000], [1.7e12 + 60_000]]), {
      linkage: 'single',
    });
    expectClose(few.heights, [1000, 59_000]);
    for (const linkage of ['ward', 'single', 'complete', 'average', 'centroid'] as const) {
      const tree = await AgglomerativeClustering.fit(form(high), { linkage });
      expectClose(tree.heights, (await AgglomerativeClustering.fit(kept, { linkage })).heights);
    }
    const order = await (await AgglomerativeClustering.fit(kept)).optimalLeafOrder({ points: form(high) });
    expect(order).toEqual(await (await AgglomerativeClustering.fit(kept)).optimalLeafOrder({ points: kept }));
  });

  it('keep their neighbors, also of queries', async () => {
    const query = high.slice(0, 9).map((row) => row.map((value) => value + 0.25));
    const keptQuery = query.map((row) => row.map((value, c) => value - CENTER[c]));
    for (const options of [{ k: 5 }, { k: 5, query: form(query) }]) {
      const expected = 'query' in options ? { k: 5, query: keptQuery } : options;
      const found = await nearestNeighbors(form(high), options);
      const right = await nearestNeighbors(kept, expected);
      expect(found.indices).toEqual(right.indices);
      expectClose(found.distances, right.distances);
    }
    const proximity = await MutualProximity.fit(form(high));
    const right = await MutualProximity.fit(kept);
    expect((await proximity.query(form(query), { k: 2 })).indices).toEqual(
      (await right.query(keptQuery, { k: 2 })).indices,
    );
  });

  it('keep their variances and projections, also through state, file and JSON', async () => {
    const pca = await PCA.fit(form(high), { components: 2 });
    const right = await PCA.fit(kept, { components: 2 });
    expectClose(pca.explainedVariance, right.explainedVariance);
    expectClose(
      pca.mean,
      high[0].map((_, c) => high.reduce((sum, row) => sum + row[c], 0) / rows),
      1e-12,
    );
    const expected = (await right.transform(kept)).data;
    await saveModel(pca, `${folder.path}/pca.safetensors`);
    const models = [
      pca,
      PCA.fromState(pca.state()),
      PCA.fromState(await readModelState(`${folder.path}/pca.safetensors`)),
      PCA.fromJSON(JSON.parse(JSON.stringify(pca))),
    ];
    for (const model of models) expectClose((await model.transform(form(high))).data, expected);
    expectClose((await PCA.fitTransform(form(high), { components: 2 })).projections.data, expected);
  });

  it('keep their moments in accumulators, merged and sent', async () => {
    const first = PCA.accumulator(3);
    const calls = [high.slice(0, 40), high.slice(40, 90)].map((part) => first.add(form(part)));
    await Promise.all(calls);
    const second = PCA.accumulator(3);
    await second.add(form(high.slice(90)));
    await first.merge(PCA.accumulatorFromBytes(second.toBytes()));
    const again = PCA.accumulatorFromBytes(first.toBytes());
    await again.add(form(high.slice(0, 1)));
    const model = await first.finish();
    expectClose(model.explainedVariance, (await PCA.fit(kept)).explainedVariance);
    expectClose((await model.transform(form(high))).data, (await (await PCA.fit(kept)).transform(kept)).data);
    expect(again.rows).toBe(rows + 1);
  });

  it('keep their maps and measures', async () => {
    const map = await TSNE.fit(form(high), { iterations: 50, perplexity: 10 });
    const again = TSNE.fromState(map.state());
    const places = await again.transform(form(high.slice(0, 5)), { iterations: 0 });
    const right = await (await TSNE.fit(kept, { iterations: 50, perplexity: 10 })).transform(
      kept.slice(0, 5),
      {
        iterations: 0,
      },
    );
    expectClose(places.data, right.data, 0.05);
    expect(await trustworthiness(form(high), form(high))).toBe(1);
    const labels = kept.map(([time]) => (time < 30_000 ? 0 : 1));
    expect((await silhouette(form(high), labels)).mean).toBeCloseTo((await silhouette(kept, labels)).mean, 5);
  });

  it('train a VAE as well as the centered ones do', async () => {
    const scaled = (from: number[][]) => from.map(([time, meters, x]) => [time / 30_000, meters / 100, x]);
    const shifted = scaled(plain).map((row) => row.map((value) => value + 1e9));
    const options = { latent: 2, hidden: [8], epochs: 3, seed: 3 };
    const vae = await VAE.fit(form(shifted), options);
    const centered = await VAE.fit(scaled(plain), options);
    expect(vae.history.at(-1)?.training.r2).toBeCloseTo(centered.history.at(-1)?.training.r2 ?? 0, 3);
    const codes = await VAE.fromState(vae.state()).encode(form(shifted));
    expectClose(codes.mean.data, (await centered.encode(scaled(plain))).mean.data, 1e-3);
  });

  it('are refused where their size matters, with an error that names the column and says what to do', async () => {
    await expect(nearestNeighbors(form(high), { metric: 'cosine' })).rejects.toThrow(
      /column 0 of `X`.*subtract a constant/,
    );
    await expect(
      AgglomerativeClustering.fit(form(high), { linkage: 'average', metric: 'cosine' }),
    ).rejects.toThrow(RangeError);
    await expect(TSNE.fit(form(high), { metric: 'cosine' })).rejects.toThrow(RangeError);
    const tree = await AgglomerativeClustering.fit(kept, { linkage: 'average', metric: 'cosine' });
    await expect(tree.optimalLeafOrder({ points: form(high) }, { metric: 'cosine' })).rejects.toThrow(
      /column 0 of `points`/,
    );
  });
});

describe('a table of doubles around 1e9, whose differences float32 holds, gives the bits of its differences', () => {
  // The least and the greatest of each column lie evenly around 1e9, so it is shifted by exactly that.
  const values = Float64Array.from({ length: 64 * 3 }, () => Math.round(2000 * (uniform() - 0.5)) / 1024);
  values.set([-1, -1, -1, 1, 1, 1]);
  const differences = { data: values, rows: 64, cols: 3 };
  const far = { data: values.map((value) => 1e9 + value), rows: 64, cols: 3 };

  it('of a VAE', async () => {
    const options = { latent: 2, hidden: [8], epochs: 3, seed: 5 };
    const [vae, expected] = [await VAE.fit(far, options), await VAE.fit(differences, options)];
    expect(vae.history).toEqual(expected.history);
    const [codes, right] = [await vae.encode(far), await expected.encode(differences)];
    expect(codes).toEqual(right);
    const decoded = (await vae.decode(codes.mean)).data;
    (await expected.decode(right.mean)).data.forEach((value, i) => {
      expect(decoded[i]).toBe(Math.fround(1e9 + value));
    });
  });

  it('of t-SNE', async () => {
    const options = { iterations: 100, perplexity: 9, seed: 5 };
    const [map, expected] = [await TSNE.fit(far, options), await TSNE.fit(differences, options)];
    expect(map.embedding).toEqual(expected.embedding);
    expect(await map.transform(far, { iterations: 5 })).toEqual(
      await expected.transform(differences, { iterations: 5 }),
    );
  });
});

describe('rows compared with fitted ones', () => {
  const around = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(2 * i), Math.sin(3 * i)]);
  /** Two rows whose difference float32 cannot hold. */
  const near = [
    [0.3, 0.2, 0.1],
    [0.3 + 1e-9, 0.2, 0.1],
  ];
  const late = (from: number[][]) => from.map(([a, ...rest]) => [1.7e12 + 1e6 * a, ...rest]);

  it.each([
    ['plain columns', (from: number[][]) => from],
    ['shifted columns', late],
  ])('may be nearly equal, in %s', async (_, form) => {
    const X = form(around);
    const pca = await PCA.fit(X);
    const { data, cols } = await pca.transform(form(near));
    expectClose(data.subarray(0, cols), data.subarray(cols));
    const { indices } = await nearestNeighbors(X, { k: 3, query: form(near) });
    expect(indices.subarray(0, 3)).toEqual(indices.subarray(3));
    const sum = PCA.accumulator(3);
    await sum.add(X);
    await sum.add(form(near));
    expectClose(
      (await sum.finish()).explainedVariance,
      (await PCA.fit([...X, ...form(near)])).explainedVariance,
    );
    const map = await TSNE.fit(X, { iterations: 20, perplexity: 5 });
    expect((await map.transform(form(near), { iterations: 0 })).rows).toBe(2);
  });

  it('can be codes that are nearly equal', async () => {
    const vae = await VAE.fit(around, { latent: 3, hidden: [4], epochs: 1 });
    const { data } = await vae.decode(near);
    expectClose(data.subarray(0, 3), data.subarray(3));
    expect((await (await PCA.fit(around)).inverseTransform(near)).rows).toBe(2);
  });

  it('can be added to an accumulator that another one was merged into', async () => {
    const [late1, late2] = [high.slice(0, 70), high.slice(70)];
    const other = PCA.accumulator(3);
    await other.add(late1.map((row) => row.map((value, c) => value + (c === 0 ? 5e7 : 0))));
    const all = PCA.accumulator(3);
    await Promise.all([all.merge(other), all.add(late2)]);
    const rowsOfAll = [...late1.map(([time, ...rest]) => [time + 5e7, ...rest]), ...late2];
    expectClose((await all.finish()).explainedVariance, (await PCA.fit(rowsOfAll)).explainedVariance);
    expectClose((await all.finish()).mean, (await PCA.fit(rowsOfAll)).mean, 1e-12);
  });
});

describe('all other input', () => {
  it('gives the same bits as its values in float32', async () => {
    const doubles = Array.from({ length: 200 }, (_, i) => [
      Math.sin(i),
      50 + 3 * Math.cos(2 * i),
      i,
      7,
      1e-3 * i,
    ]);
    const single = matrix(Float32Array.from(doubles.flat()), 200, 5);
    const bits = async (X: Parameters<typeof PCA.fit>[0]) => [
      (await PCA.fit(X)).state(),
      await nearestNeighbors(X, { k: 4 }),
      (await AgglomerativeClustering.fit(X)).merges,
      (await TSNE.fit(X, { iterations: 30 })).state(),
    ];
    expect(await bits(doubles)).toEqual(await bits(single));
    expect(await bits(asFloat64(doubles))).toEqual(await bits(single));
  });

  it('is refused if its differences are too small for float32', async () => {
    const tiny = [[1e-60], [2e-60], [3e-60]];
    await expect(PCA.fit(tiny)).rejects.toThrow(/column 0 of `X`.*multiply the column by a constant/);
  });

  it('can have a column that is only rounding noise of doubles, also where its size matters', async () => {
    const noisy = plain.map(([, meters, x], i) => [meters, x, 1 + 2 ** -52 * (i % 3)]);
    const clean = noisy.map(([meters, x]) => [meters, x, 1]);
    const options = { k: 4, metric: 'cosine' } as const;
    expect(await nearestNeighbors(noisy, options)).toEqual(await nearestNeighbors(clean, options));
  });

  it('can have one shifted column among others that are not', async () => {
    const mixed = plain.map(([time, , x], i) => [time + 1.7e12, i % 7, x]);
    const { explainedVariance } = await PCA.fit(mixed);
    expectClose(
      explainedVariance,
      (await PCA.fit(mixed.map(([t, b, c]) => [t - 1.7e12, b, c]))).explainedVariance,
    );
  });

  it('does not change what agnes computes in double precision', () => {
    const tree = agnes([[1.7e12], [1.7e12 + 1000], [1.7e12 + 60_000]], { method: 'single' });
    expect(tree.height).toBe(59_000);
  });
});

const wrong: [string, unknown][] = [
  ['null', null],
  ['undefined', undefined],
  ['""', ''],
  ['"4"', '4'],
  ['true', true],
  ['an instance of Array', [7]],
  ['an instance of Date', new Date(5)],
  ['3n', 3n],
];

describe.each(wrong)('a value that is %s', (text, value) => {
  const bad = [
    [1, 2],
    [3, value as number],
    [5, 6],
  ];
  const says = new RegExp(`Expected \`\\w+\` to hold finite float32 numbers but row 1, column 1 is ${text}`);
  const calls: [string, () => Promise<unknown>][] = [
    ['PCA.fit', () => PCA.fit(bad)],
    ['PCA.fitTransform', () => PCA.fitTransform(bad)],
    [
      'PCA.transform',
      async () =>
        (
          await PCA.fit([
            [1, 2],
            [3, 5],
            [2, 2],
          ])
        ).transform(bad),
    ],
    ['an accumulator', () => PCA.accumulator(2).add(bad)],
    ['nearestNeighbors', () => nearestNeighbors(bad, { k: 1 })],
    [
      'its query',
      () =>
        nearestNeighbors(
          [
            [1, 2],
            [3, 4],
          ],
          { k: 1, query: bad },
        ),
    ],
    ['MutualProximity', () => MutualProximity.fit(bad)],
    ['TSNE.fit', () => TSNE.fit(bad)],
    [
      'its init',
      () =>
        TSNE.fit(
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          { init: bad },
        ),
    ],
    ['AgglomerativeClustering.fit', () => AgglomerativeClustering.fit(bad)],
    ['agnes', async () => agnes(bad)],
    ['VAE.fit', () => VAE.fit(bad, { latent: 1, hidden: [2] })],
    ['silhouette', () => silhouette(bad, [0, 1, 1])],
    ['trustworthiness', () => trustworthiness(bad, bad)],
  ];
  it.each(calls)('is refused by %s, with its row and column', async (_, call) => {
    await expect(call()).rejects.toThrow(says);
    await expect(call()).rejects.toBeInstanceOf(RangeError);
  });

  it('is refused among distances and labels', async () => {
    const square = [
      [0, value as number, 2],
      [value as number, 0, 1],
      [2, 1, 0],
    ];
    await expect(AgglomerativeClustering.fitDistances(square)).rejects.toThrow(/row 0, column 1/);
    await expect(AgglomerativeClustering.fitDistances([1, value as number, 2])).rejects.toThrow(/place 1/);
    expect(() => agnes(square, { isDistanceMatrix: true })).toThrow(RangeError);
    expect(() => agnes([1, 2, 3], { distanceFunction: () => value as number })).toThrow(RangeError);
    await expect(silhouette([[0], [1], [2]], [0, value as number, 1])).rejects.toThrow(/row 1/);
  });
});

it('holes of an array are not numbers', async () => {
  const sparse = [1, 2, 3];
  delete sparse[1];
  await expect(PCA.fit([[1, 2, 3], sparse])).rejects.toThrow(/row 1, column 1 is undefined/);
});
