// Run as a separate process by processors.test.ts. Prints as JSON the instruction set in use and a hash of the results of whole
// computations.
import { createHash } from 'node:crypto';
import { nearestNeighbors, PCA, TSNE, VAE } from '../../src/index.ts';
import { native } from '../../src/native/loader.ts';
import { points } from '../support/linkage.ts';

const X = points(3000, 141, 1);
const pca = await PCA.fit(X, { components: 42 });
const projected = await pca.transform(X);
const vae = await VAE.fit(projected, { engine: 'native', hidden: [65, 33], latent: 11, epochs: 2 });
const codes = await vae.encode(projected);
const neighbors = await nearestNeighbors(X, { k: 20 });
const cosine = await nearestNeighbors(codes.mean, { k: 20, metric: 'cosine' });
const map = await TSNE.fit(codes.mean, { iterations: 60 });

const results = {
  'PCA, components': pca.components.data,
  'PCA, variances': pca.explainedVariance,
  'PCA.transform': projected.data,
  'PCA.inverseTransform': (await pca.inverseTransform(projected)).data,
  'VAE, losses': Float64Array.from(vae.history, ({ training }) => training.loss),
  'VAE.encode': codes.mean.data,
  'VAE.decode': (await vae.decode(codes.mean)).data,
  'neighbors, indices': neighbors.indices,
  'neighbors, distances': neighbors.distances,
  'neighbors, cosine': cosine.distances,
  map: map.embedding.data,
};
const hashes = Object.entries(results).map(([name, array]) => [
  name,
  createHash('sha256')
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest('hex'),
]);
console.log(JSON.stringify({ simd: native().simd, hashes: Object.fromEntries(hashes) }));
