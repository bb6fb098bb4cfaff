// A user's script: calls every public function of the installed package, and fails if one was left out. It is copied
// into an empty project, together with corpus files (test/package/project.ts).
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as god from 'global-object-embedder';
import * as files from 'global-object-embedder/files';
import * as server from 'global-object-embedder/server';
import { Calls } from './calls.mjs';

const { AgglomerativeClustering, GOD, PCA, signs, TSNE, VAE } = god;
const calls = new Calls(god, files, server);
const call = calls.functions;
const finite = (X) => assert.ok(X.data.length > 0 && X.data.every(Number.isFinite));

const rows = 240;
const cols = 12;
const X = call.matrix(
  Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i * i) + (i % 3)),
  rows,
  cols,
);

await trueVariances();
const Z = await principalComponents();
await autoencoder(Z);
await mapAndTree(Z);
await zodiacAndQuality();
await sources();
await matrixFiles();
await pipeline();
await errors();

assert.deepEqual(calls.missing(), [], 'public functions that this script does not call');
const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
const platform = `${process.platform}-${process.arch}${process.platform === 'linux' ? `-${libc}` : ''}`;
checkLibraries();
const runtime = ['bun', 'deno', 'node'].find((name) => process.versions[name]);
console.log(`${calls.count} functions ran on ${runtime} ${process.versions[runtime]}, ${platform}`);

/** The variances of all components sum to those of the columns; wide enough for every kind of the products' kernels. */
async function trueVariances() {
  const [rows, cols] = [3000, 256];
  const data = Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i * i) + (i % 7));
  const { explainedVariance } = await PCA.fit(call.matrix(data, rows, cols), { components: cols });
  let total = 0;
  for (let j = 0; j < cols; j++) {
    const column = Array.from({ length: rows }, (_, i) => data[i * cols + j]);
    const mean = column.reduce((sum, value) => sum + value, 0) / rows;
    total += column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (rows - 1);
  }
  const sum = explainedVariance.reduce((left, right) => left + right, 0);
  assert.ok(Math.abs(sum / total - 1) < 1e-6, `variances sum to ${sum}, expected ${total}`);
}

async function principalComponents() {
  const pca = await PCA.fit(X, { components: 5 });
  const Z = await pca.transform(X);
  finite(await pca.inverseTransform(Z));
  assert.equal(PCA.fromState(pca.state()).components.rows, 5);
  finite((await PCA.fitTransform(X, { components: 2 })).projections);
  const half = PCA.accumulator(cols);
  await half.add(X);
  await half.fold();
  const whole = PCA.accumulatorFromBytes(half.toBytes());
  await whole.merge(half);
  assert.equal((await whole.finish({ components: 3 })).rows, 2 * rows);
  assert.equal(PCA.fromJSON(JSON.parse(JSON.stringify(pca))).components.rows, 5);
  await call.saveModel(pca, 'pca.safetensors');
  assert.equal((await call.readModelState('pca.safetensors')).kind, 'PCA');
  assert.equal((await PCA.load('pca.safetensors')).components.rows, 5);
  return Z;
}

async function autoencoder(Z) {
  const vae = await VAE.fit(Z, { latent: 2, hidden: [8], epochs: 3, warmup: 1, seed: 7 });
  const { mean } = await vae.encode(Z);
  finite(await vae.decode(mean));
  finite(await vae.sample(3));
  finite(await vae.decode(call.interpolate([0, 1], [1, 0], 5, { path: 'spherical' })));
  assert.ok((await vae.evaluate(Z)).loss > 0);
  VAE.fromState(vae.state());
  assert.equal(call.checkpointFromState(call.checkpointState(vae.checkpoint)).rows, rows);
}

async function mapAndTree(Z) {
  const map = await TSNE.fit(Z, { perplexity: 10, iterations: 100, seed: 7 });
  finite(map.embedding);
  const again = TSNE.fromState(map.state());
  if ('transform' in again) finite(await again.transform(Z));
  finite((await TSNE.fitDistances([1, 5, 4, 2, 3, 6], { perplexity: 1, iterations: 10 })).embedding);

  const tree = await AgglomerativeClustering.fit(Z, { linkage: 'ward' });
  assert.equal(new Set(tree.labels({ clusters: 4 })).size, 4);
  assert.equal(tree.leafOrder().length, rows);
  assert.ok(tree.inconsistent({ depth: 2 }));
  assert.equal((await tree.optimalLeafOrder({ points: Z })).length, rows);
  AgglomerativeClustering.fromState(tree.state());
  const root = tree.toCluster();
  assert.equal(root.indices().length, rows);
  assert.equal(root.group(4).children.length, 4);
  assert.equal(root.cut(0).length, rows);
  root.traverse((node) => assert.ok(node.size >= 1));
  assert.equal(tree.copheneticDistances().length, (rows * (rows - 1)) / 2);
  assert.match(tree.toNewick(), /;$/);
  const three = await AgglomerativeClustering.fitDistances([1, 5, 4], { linkage: 'average' });
  assert.deepEqual([...three.heights], [1, 4.5]);
  assert.equal(
    call.agnes(
      [
        [0, 0],
        [0, 1],
        [5, 5],
      ],
      { method: 'ward2' },
    ).size,
    3,
  );
}

async function zodiacAndQuality() {
  const means = signs.map(({ angle }) => [
    Math.cos((angle * Math.PI) / 180),
    Math.sin((angle * Math.PI) / 180),
  ]);
  const match = call.matchZodiac(means);
  assert.deepEqual(match.signOf, [...signs.keys()]);
  assert.equal(call.theology(means, match).hull.length, 12);
  const { indices } = await call.nearestNeighbors(X, { k: 3 });
  assert.equal(indices.length, rows * 3);
  const proximity = await call.MutualProximity.fit(X, {
    groups: Array.from({ length: rows }, (_, i) => i % 2),
  });
  assert.equal((await proximity.neighbors({ k: 1 })).indices.length, rows * 2);
  assert.equal((await proximity.query(X, { groups: new Array(rows).fill(0), k: 1 })).indices[0], 0);
  assert.equal(await call.trustworthiness(X, X), 1);
  const halves = Int32Array.from({ length: rows }, (_, i) => i % 2);
  assert.ok(Number.isFinite((await call.silhouette(X, halves)).mean));
  assert.equal((await call.medoids(X, halves)).length, 2);
}

async function sources() {
  const options = { limit: 100, seed: 0 };
  assert.equal((await call.audioset('clips.tfrecord').gather(options)).ids.length, 2);
  assert.equal((await call.wikipedia2vec('words.txt').gather(options)).ids.length, 2);
  assert.equal(
    (await call.featureMatrix('features.npy', { modality: 'image' }).gather(options)).ids.length,
    3,
  );
  assert.equal((await (await call.openSource('text', 'words.txt')).gather(options)).ids.length, 2);
  assert.equal((await call.jsonLines('smells.jsonl').gather(options)).ids.length, 2);
  // Its network needs packages that a project must install itself; the error says which.
  const images = call.tinyImageNet('pictures', { model: 'network.onnx' });
  const isMissing = ({ name, message }) =>
    name === 'MissingDependencyError' && /npm install .*onnxruntime-node/.test(message);
  await assert.rejects(images.gather(options), isMissing);
  await assert.rejects(call.embedImages('pictures', 'features.npy', { model: 'network.onnx' }), isMissing);
}

async function matrixFiles() {
  await call.writeMatrix('rows.csv.gz', X);
  assert.deepEqual((await call.readMatrix('rows.csv.gz', { type: 'float32' })).data, X.data);
  const writer = await call.writeRows('rows.npy');
  for await (const batch of call.readRows('rows.csv.gz', { type: 'float32', batchRows: 100 }))
    await writer.write(batch);
  assert.equal((await writer.close()).rows, rows);
  assert.deepEqual((await call.readMatrix('rows.npy')).data, X.data);
}

async function pipeline() {
  const fitted = await GOD.fit(call.synthetic({ rows: 300 }), { samples: 300, epochs: 3, iterations: 150 });
  await fitted.save('model');
  const loaded = await GOD.load('model');
  assert.equal(loaded.signs.length, 300);
  assert.equal((await loaded.neighbors({ k: 3 })).k, 3);
  assert.ok((await loaded.outlyingness()).length > 0);
  const places = await loaded.place('audio', call.matrix(new Float32Array(128), 1, 128));
  assert.equal(places.length, 1);
  const columns = await loaded.placeColumns('audio', call.matrix(new Float32Array(128), 1, 128));
  assert.equal(columns.nearest[0], places[0].nearest);
  const server = call.createServer(loaded);
  const { url } = await server.listen(0);
  const status = await fetch(`${url}/health`).then(
    (response) => response.status,
    ({ cause }) => cause.code,
  );
  // Under Wine, Node cannot connect to anything.
  assert.ok(status === 200 || (process.platform === 'win32' && status === 'UNKNOWN'), `status ${status}`);
  await server.close();
}

async function errors() {
  const nowhere = await call
    .fetchDataset('resnet18', { mirror: 'http://127.0.0.1:9', attempts: 1 })
    .catch((error) => error);
  assert.ok(nowhere instanceof call.FetchError);
  assert.match(nowhere.message, /Bring resnet18-v1-7.onnx/);
  assert.match(new call.DataError('odd', { file: 'x', line: 3 }).message, /x, line 3: odd/);
  assert.match(new call.MissingDependencyError(['y'], 'This').message, /npm install y/);
  assert.equal(new call.NativeLoadError('no').name, 'NativeLoadError');
  assert.match(new call.DisconnectedError(3).message, /3 components/);
  const nan = await call.PCA.fit([
    [1, 2],
    [3, Number.NaN],
  ]).catch((error) => error);
  assert.ok(nan instanceof call.RowsError && nan.row === 1 && nan.column === 1);
}

/** The binary must contain its linear algebra: the process must not load such a library of the system. */
function checkLibraries() {
  if (process.platform !== 'linux') return;
  const maps = readFileSync('/proc/self/maps', 'utf8');
  assert.match(maps, new RegExp(`prebuilds/linux-${process.arch}/\\S*\\.${libc}\\.node`));
  assert.doesNotMatch(maps, /openblas|lapack|gfortran|quadmath|gomp/);
  assert.throws(() => createRequire(import.meta.url).resolve('onnxruntime-node'));
}
