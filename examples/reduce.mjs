// node examples/reduce.mjs vectors.npy projected.npy 32
// PCA of a file that is larger than memory: it is read twice, in batches.
import { PCA } from 'global-object-embedder';
import { readRows, writeRows } from 'global-object-embedder/files';

const [input, output, components = '32'] = process.argv.slice(2);
let sum;
for await (const batch of readRows(input)) {
  sum ??= PCA.accumulator(batch.cols);
  await sum.add(batch);
}
const pca = await sum.finish({ components: Number(components) });

const writer = await writeRows(output, { rows: pca.rows });
for await (const batch of readRows(input)) await writer.write(await pca.transform(batch));
await writer.close();
const kept = pca.explainedVarianceRatio.reduce((total, share) => total + share, 0);
console.log(`${pca.rows} rows, ${(100 * kept).toFixed(1)} % of the variance`);
