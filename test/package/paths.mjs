// A user's script: reads and writes under long paths and names that are not ASCII, and over files that are open. It fails if
// something is lost, or a temporary file stays.
import { strict as assert } from 'node:assert';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GOD, matrix, PCA, saveModel, synthetic } from 'global-object-embedder';
import { readMatrix, writeMatrix } from 'global-object-embedder/files';

const X = matrix(Float32Array.of(1, 2, 3, 5, 8, 13), 3, 2);
const Y = matrix(Float32Array.of(2, 3, 5, 7, 11, 13), 3, 2);
/** Longer than the 260 characters that older programs of Windows take. */
const folder = resolve('paths', ...Array.from({ length: 6 }, (_, i) => `${i} ${'long '.repeat(10)}folder`));
const names = ['Größe', '日本語', 'с пробелом', 'e\u0301', '🌹 rose', "it's (1) & 100 %"];

assert.ok(folder.length > 300);
await mkdir(folder, { recursive: true });
for (const name of names) {
  for (const ending of ['.csv', '.npy', '.jsonl.gz', '.parquet'])
    await roundTrip(join(folder, `${name}${ending}`));
}
await models(join(folder, names[1]));
await overOpenFile(join(folder, 'open.npy'));
assert.deepEqual(
  (await readdir(folder)).filter((name) => name.includes('tmp')),
  [],
);
console.log(`${names.length} names in a path of ${folder.length} characters, and an open file`);

async function roundTrip(file) {
  await writeMatrix(file, X);
  assert.deepEqual((await readMatrix(file, { type: 'float32' })).data, X.data);
  if (file.endsWith('.csv')) assert.ok(!(await readFile(file)).includes('\r'));
}

async function models(folder) {
  const pca = await PCA.fit(X, { components: 1 });
  await saveModel(pca, `${folder}.safetensors`);
  assert.deepEqual((await PCA.load(`${folder}.safetensors`)).components.data, pca.components.data);
  const god = await GOD.fit(synthetic({ rows: 60 }), { samples: 60, epochs: 2, iterations: 60 });
  await god.save(folder);
  assert.deepEqual((await GOD.load(folder)).signs, god.signs);
}

/** Windows does not replace an open file; the package then waits for some seconds. */
async function overOpenFile(file) {
  await writeMatrix(file, X);
  const reader = await open(file);
  const written = writeMatrix(file, Y);
  setTimeout(() => reader.close(), 500);
  await written;
  assert.deepEqual((await readMatrix(file)).data, Y.data);

  const other = await open(file);
  const failure = await writeMatrix(file, X).then(
    () => undefined,
    (error) => error,
  );
  await other.close();
  if (failure !== undefined) assert.match(failure.code, /^(EACCES|EBUSY|EPERM)$/);
  assert.deepEqual((await readMatrix(file)).data, failure === undefined ? X.data : Y.data);
}
