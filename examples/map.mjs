// node examples/map.mjs [rows] [file]
// Maps rows with progress, ends at Ctrl-C, saves the map, loads it and places new rows on it.
import { matrix, saveModel, TSNE } from 'global-object-embedder';

const [rows = '20000', file = 'map.safetensors'] = process.argv.slice(2);
const vectors = (count) =>
  matrix(
    Float32Array.from(
      { length: count * 16 },
      (_, i) => Math.random() + 5 * (Math.floor(i / 16) % 8 === i % 16),
    ),
    count,
    16,
  );

const controller = new AbortController();
process.once('SIGINT', () => controller.abort(new Error('stopped by Ctrl-C')));

const map = await TSNE.fit(vectors(Number(rows)), {
  signal: controller.signal,
  onProgress: ({ phase, fraction }) => process.stderr.write(`\r${phase} ${Math.round(100 * fraction)} %  `),
});
await saveModel(map, file);

const loaded = await TSNE.load(file);
const placed = await loaded.transform(vectors(10));
console.log(
  `${loaded.embedding.rows} rows on the map, ${placed.rows} added, divergence ${map.klDivergence.toFixed(3)}`,
);
