import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from '@uwdata/flechette';
import { expect, test } from 'vitest';
import { GOD, matrix, PCA, synthetic } from '../../src/index.ts';
import { arrowStream, STORAGES, vectorColumn } from '../support/arrow-stream.ts';
import { seededRandom } from '../support/bytes.ts';
import { god } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cwd = folder.path;
// Node itself takes seconds to compress: this starts the one that runs the tests.
const node = folder.write('node', `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
const run = (args: readonly string[]) => god(args, { cwd });

test('an unpacked archive sums up and places rows, from any working directory and without an environment', async () => {
  const model = await GOD.fit(synthetic({ rows: 200 }), { samples: 150, epochs: 2 });
  await model.save(join(cwd, 'model'));
  const made = await run(['pack', '-o', 'env.tgz', '--model', 'model', '--node', node]);
  expect(made).toMatchObject({ code: 0, stdout: 'env.tgz\n', stderr: '' });
  mkdirSync(join(cwd, 'env'));
  expect(spawnSync('tar', ['xzf', '../env.tgz'], { cwd: join(cwd, 'env') }).status).toBe(0);

  const [{ name, pca }] = model.modalities;
  const [rows, cols] = [30, pca.mean.length];
  const X = matrix(Float32Array.from({ length: rows * cols }, seededRandom(2)), rows, cols);
  const vectors = Array.from({ length: rows }, (_, i) => X.data.subarray(i * cols, (i + 1) * cols));
  const input = arrowStream({ vector: vectorColumn(vectors, STORAGES.binary(cols)) });
  // Other kernels would give other bits.
  const { GOD_SIMD, OPENBLAS_CORETYPE } = process.env;
  const kernels = { ...(GOD_SIMD && { GOD_SIMD }), ...(OPENBLAS_CORETYPE && { OPENBLAS_CORETYPE }) };
  const packed = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(join(cwd, 'env/bin/god'), ['worker', ...args], {
      ...{ cwd: '/', env: kernels, input },
    });
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
    return tableFromIPC(new Uint8Array(stdout));
  };
  const sum = PCA.accumulator(cols);
  await sum.add(X);
  await sum.fold();
  expect(Buffer.from(packed('moments').at(0).state)).toEqual(Buffer.from(sum.toBytes()));
  const places = await model.place(name, X);
  const found = packed('place', '--model', join(cwd, 'env/model'), '--modality', name);
  expect([...(found.getChild('nearest') ?? [])]).toEqual(places.map(({ nearest }) => nearest));
});

test('the same files give the same bytes', async () => {
  for (const file of ['one.tgz', 'two.tgz'])
    expect((await run(['pack', '-o', file, '--node', node])).stderr).toBe('');
  const [one, two] = ['one.tgz', 'two.tgz'].map((file) => readFileSync(join(cwd, file)));
  expect(one.equals(two)).toBe(true);
});

test('a model that is not whole, and an archive without a name, are refused', async () => {
  folder.write('broken/god.json', '{}');
  expect(await run(['pack', '-o', 'x.tgz', '--model', 'broken', '--node', node])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('broken/god.json: is not an index of a model'),
  });
  expect(await run(['pack', '--node', node])).toMatchObject({
    code: 2,
    stderr: 'god: Name the archive: -o FILE. See god pack --help\n',
  });
});
