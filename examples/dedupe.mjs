// node examples/dedupe.mjs products.csv 0.05
// Prints groups of rows that are nearly the same: a chain of cosine distances of at most the threshold joins them.
import { AgglomerativeClustering } from 'global-object-embedder';
import { readMatrix } from 'global-object-embedder/files';

const [file, threshold = '0.05'] = process.argv.slice(2);
const X = await readMatrix(file, { type: 'float32' });
const tree = await AgglomerativeClustering.fit(X, { linkage: 'single', metric: 'cosine' });

const groups = new Map();
tree.labels({ distance: Number(threshold) }).forEach((cluster, row) => {
  groups.set(cluster, [...(groups.get(cluster) ?? []), X.ids?.[row] ?? String(row)]);
});
for (const ids of groups.values()) if (ids.length > 1) console.log(ids.join(', '));
