// Run as a separate process by processors.test.ts. Computes rows with all others, with fewer and alone, and prints as JSON
// the kernels in use and which results differ from those with all rows.
import { type Matrix, MutualProximity, matrix, nearestNeighbors, PCA, TSNE, VAE } from '../../src/index.ts';
import { native } from '../../src/native/loader.ts';
import { points } from '../support/linkage.ts';

const ROWS = 1000;
const COUNTS = [1, 7, 256, ROWS];
/** Rows at both ends of blocks and inside them. */
const ALONE = [1, 6, 63, 64, 255, 256, 500, 998, 999];

const X = points(ROWS, 41, 1);
const wideX = points(ROWS, 700, 2);
// The neighbor search uses units that depend on the size of values; those of other rows must not matter.
const unlike = matrix(Float32Array.from(X.data), ROWS, X.cols);
unlike.data.fill(1e30, 10 * X.cols, 11 * X.cols);
unlike.data.fill(1e-30, 20 * X.cols, 21 * X.cols);

const pca = await PCA.fit(X, { components: 13 });
const wide = await PCA.fit(rowsOf(wideX, 0, 300), { components: 57 });
const vae = await VAE.fit(X, { engine: 'native', hidden: [33, 18], latent: 5, epochs: 1 });
const map = await TSNE.fit(rowsOf(X, 0, 300), { iterations: 60 });
const kinds = Array.from({ length: 300 }, (_, row) => row % 3);
const proximity = await MutualProximity.fit(rowsOf(X, 0, 300), { groups: kinds });

type Compute = (rows: Matrix) => Promise<ArrayLike<number>>;

const projected = await pca.transform(X);
const wideProjected = await wide.transform(wideX);
const computations: readonly [name: string, input: Matrix, compute: Compute][] = [
  ['PCA.transform', X, async (rows) => (await pca.transform(rows)).data],
  ['PCA.inverseTransform', projected, async (rows) => (await pca.inverseTransform(rows)).data],
  ['PCA.transform of many columns', wideX, async (rows) => (await wide.transform(rows)).data],
  [
    'PCA.inverseTransform to many columns',
    wideProjected,
    async (rows) => (await wide.inverseTransform(rows)).data,
  ],
  ['VAE.encode, mean', X, async (rows) => (await vae.encode(rows)).mean.data],
  ['VAE.encode, log variance', X, async (rows) => (await vae.encode(rows)).logVariance.data],
  ['VAE.decode', (await vae.encode(X)).mean, async (rows) => (await vae.decode(rows)).data],
  ['TSNE.transform', X, async (rows) => (await map.transform(rows, { iterations: 30 })).data],
  ...(['euclidean', 'cosine'] as const).flatMap((metric): [string, Matrix, Compute][] => {
    const search = (queries: Matrix) => nearestNeighbors(rowsOf(X, 0, 300), { query: queries, k: 9, metric });
    return [
      [`neighbors, ${metric}`, unlike, async (queries) => (await search(queries)).indices],
      [`distances, ${metric}`, unlike, async (queries) => (await search(queries)).distances],
    ];
  }),
  ...(['indices', 'proximities', 'distances'] as const).map((field): [string, Matrix, Compute] => [
    `MutualProximity.query, ${field}`,
    unlike,
    async (rows) => {
      const groups = new Array<number>(rows.rows).fill(1);
      return (await proximity.query(rows, { groups, k: 5 }))[field];
    },
  ]),
];

const different: string[] = [];
for (const [name, input, compute] of computations) {
  const all = await compute(input);
  const width = all.length / input.rows;
  const check = async (from: number, to: number): Promise<void> => {
    const some = await compute(rowsOf(input, from, to));
    const expected = Array.prototype.slice.call(all, from * width, to * width);
    if (some.length !== expected.length || expected.some((value, e) => !Object.is(value, some[e]))) {
      different.push(`${name}: rows ${from} to ${to - 1} of ${input.rows}`);
    }
  };
  for (const count of COUNTS) await check(0, count);
  for (const row of ALONE) await check(row, row + 1);
}
const { simd, blas } = native();
console.log(JSON.stringify({ simd, blas, checked: computations.length, different }));

function rowsOf({ data, cols }: Matrix, from: number, to: number): Matrix {
  return matrix(data.slice(from * cols, to * cols), to - from, cols);
}
