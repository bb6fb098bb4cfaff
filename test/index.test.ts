import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as god from '../src/index.ts';

const root = resolve(import.meta.dirname, '..');

// `npm run lint` compiles this file, and fails if a type has changed.
describe('the exported types', () => {
  it('accept every form of a matrix', () => {
    expectTypeOf<god.Matrix>().toExtend<god.MatrixLike>();
    expectTypeOf<number[][]>().toExtend<god.MatrixLike>();
    expectTypeOf<Float32Array[]>().toExtend<god.MatrixLike>();
    expectTypeOf<Float64Array[]>().toExtend<god.MatrixLike>();
    expectTypeOf<{ data: Float64Array; rows: number; cols: number }>().toExtend<god.MatrixLike>();
    expectTypeOf<string[][]>().not.toExtend<god.MatrixLike>();
    expectTypeOf(god.matrix).parameters.toEqualTypeOf<[Float32Array, number, number]>();
  });

  it('return models as promises and their results as float32 matrices', () => {
    expectTypeOf(god.PCA.fit).returns.resolves.toEqualTypeOf<god.PCA>();
    expectTypeOf(god.VAE.fit).returns.resolves.toEqualTypeOf<god.VAE>();
    expectTypeOf<god.PCA['components']>().toEqualTypeOf<god.Matrix>();
    expectTypeOf<ReturnType<god.PCA['transform']>>().resolves.toEqualTypeOf<god.Matrix>();
    expectTypeOf<god.TSNE['embedding']>().toEqualTypeOf<god.Matrix>();
    expectTypeOf(
      god.AgglomerativeClustering.fit,
    ).returns.resolves.toEqualTypeOf<god.AgglomerativeClustering>();
    expectTypeOf<god.AgglomerativeClustering['labels']>().returns.toEqualTypeOf<Int32Array>();
    expectTypeOf(god.GOD.load).returns.resolves.toExtend<god.GOD>();
  });

  it('accept the names of options and refuse others', () => {
    expectTypeOf<god.PCAOptions>().toHaveProperty('components');
    expectTypeOf<{ component: 2 }>().not.toExtend<god.PCAOptions>();
    expectTypeOf<god.AgglomerativeOptions['linkage']>().toEqualTypeOf<god.Linkage | undefined>();
    expectTypeOf<god.CommonOptions['signal']>().toEqualTypeOf<AbortSignal | undefined>();
    expectTypeOf(god.agnes<number[]>)
      .parameter(1)
      .toEqualTypeOf<god.AgnesOptions<number[]> | undefined>();
    expectTypeOf(god.agnes).returns.toEqualTypeOf<god.Cluster>();
    expectTypeOf<god.Engine>().toEqualTypeOf<'native' | 'tfjs-node'>();
  });

  it('allow metrics other than Euclidean only for linkages that are defined for them', () => {
    type Options = god.AgglomerativeOptions;
    expectTypeOf<{ linkage: 'average'; metric: 'cosine' }>().toExtend<Options>();
    expectTypeOf<{ linkage: 'ward'; metric: 'euclidean' }>().toExtend<Options>();
    expectTypeOf<{ linkage: god.Linkage }>().toExtend<Options>();
    expectTypeOf<{ linkage: 'ward'; metric: 'cosine' }>().not.toExtend<Options>();
    expectTypeOf<{ linkage: 'centroid'; metric: 'cityblock' }>().not.toExtend<Options>();
    expectTypeOf<{ linkage: 'median'; metric: 'chebyshev' }>().not.toExtend<Options>();
    expectTypeOf<{ metric: 'cosine' }>().not.toExtend<Options>();
  });

  it('tell errors apart', () => {
    expectTypeOf<god.DataError>().toExtend<Error>();
    expectTypeOf<god.DisconnectedError>().toExtend<RangeError>();
    expectTypeOf<god.RowsError>().toExtend<RangeError>();
    expectTypeOf<god.DataError['line']>().toEqualTypeOf<number | undefined>();
  });
});

it('every type that a signature names is exported and documented', { timeout: 180_000 }, () => {
  const typedoc = join(root, 'node_modules/typedoc/bin/typedoc');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [typedoc, '--emit', 'none', '--treatValidationWarningsAsErrors'],
    { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
  );
  expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('not included'))).toEqual([]);
  expect(status).toBe(0);
});

it('classes and functions are called what they are exported as', () => {
  const functions = Object.entries(god).filter(([, value]) => typeof value === 'function');
  expect(functions.length).toBeGreaterThan(20);
  for (const [name, value] of functions) expect((value as { name: string }).name).toBe(name);
});
