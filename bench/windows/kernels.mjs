// node kernels.mjs: the seconds of one case of each kernel, as JSON. Copied into a project that has the package installed.
import { AgglomerativeClustering, matrix, nearestNeighbors, PCA, TSNE, VAE } from 'global-object-embedder';

const blobs = (rows, cols) =>
  matrix(
    Float32Array.from({ length: rows * cols }, (_, i) => {
      const row = Math.floor(i / cols);
      return Math.sin(i * 12.9898) + Math.sin((row % 12) * 78.233 + (i % cols)) * 3;
    }),
    rows,
    cols,
  );
const wide = blobs(20_000, 256);
const table = blobs(20_000, 100);
const latent = blobs(7183, 42);

const cases = {
  'PCA, 20,000 x 256 to 50': () => PCA.fitTransform(wide, { components: 50 }),
  'VAE, 20,000 x 100, 3 epochs': () => VAE.fit(table, { latent: 42, epochs: 3, warmup: 1, seed: 7 }),
  'neighbors, 7183 x 42, k = 15': () => nearestNeighbors(latent, { k: 15 }),
  't-SNE, 7183 x 42, 400 iterations': () => TSNE.fit(latent, { iterations: 400, seed: 7 }),
  'Ward, 7183 x 42': () => AgglomerativeClustering.fit(latent, { linkage: 'ward' }),
};
const times = {};
for (const [name, run] of Object.entries(cases)) {
  const start = performance.now();
  await run();
  times[name] = (performance.now() - start) / 1000;
}
console.log(JSON.stringify(times));
