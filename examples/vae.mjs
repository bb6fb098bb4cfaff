// node examples/vae.mjs table.csv samples.csv vae.safetensors
// Trains a VAE on a table, draws rows like those of the table from it, and saves it.
import { matrix, saveModel, VAE } from 'global-object-embedder';
import { readMatrix, writeMatrix } from 'global-object-embedder/files';

const [table, samples, model] = process.argv.slice(2);
const X = await readMatrix(table);
const vae = await VAE.fit(X, { latent: 4, hidden: [32], beta: 0.1 });
for (const warning of vae.warnings) console.error(warning);

// Standard normal codes (Box and Muller 1958).
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const codes = matrix(Float32Array.from({ length: 100 * 4 }, normal), 100, 4);
await writeMatrix(samples, await vae.decode(codes));
await saveModel(vae, model);
console.log(`${X.rows} rows learned, 100 drawn`);
