import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AgglomerativeClustering,
  checkpointFromState,
  checkpointState,
  DataError,
  type Model,
  type ModelState,
  matrix,
  PCA,
  readModelState,
  saveModel,
  TSNE,
  VAE,
} from '../../src/index.ts';
import { stateFromBytes, stateToChunks } from '../../src/models/model-file.ts';
import { seededRandom } from '../support/bytes.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { tempFolder } from '../support/temp.ts';

interface Case<M extends Model> {
  readonly model: M;
  readonly of: { name: string; fromJSON(json: unknown): M; load(file: string): Promise<M> };
  use(model: M): Promise<unknown>;
}

const folder = tempFolder();
const stateToBytes = (state: ModelState) => Buffer.concat(stateToChunks(state));
const random = seededRandom(1);
const X = matrix(
  Float32Array.from({ length: 60 * 5 }, () => random()),
  60,
  5,
);
const pca = await PCA.fit(X, { components: 3 });
const file = join(folder.path, 'pca.safetensors');
await saveModel(pca, file);

describe('a saved and loaded model', () => {
  test('PCA gives the same projections', async () => {
    const read = PCA.fromState(await readModelState(file));
    expect(await read.transform(X)).toEqual(await pca.transform(X));
    expect(read.state()).toEqual(pca.state());
  });

  test('VAE gives the same codes, and its checkpoint resumes as before', async () => {
    const options = { latent: 2, hidden: [8], epochs: 3, warmup: 1, seed: 4 };
    const vae = await VAE.fit(X, options);
    const vaeFile = join(folder.path, 'vae.safetensors');
    await saveModel(vae, vaeFile);
    const read = VAE.fromState(await readModelState(vaeFile));
    expect(await read.encode(X)).toEqual(await vae.encode(X));
    if (vae.checkpoint === undefined) expect.unreachable('a fit has a checkpoint');
    const kept = { state: () => checkpointState(vae.checkpoint as NonNullable<typeof vae.checkpoint>) };
    await saveModel(kept, vaeFile);
    const checkpoint = checkpointFromState(await readModelState(vaeFile));
    const resumed = await VAE.fit(X, { ...options, epochs: 6, checkpoint });
    const whole = await VAE.fit(X, { ...options, epochs: 6 });
    expect(resumed.state()).toEqual(whole.state());
  });

  test('t-SNE and the tree have the same map, merges and labels', async () => {
    const map = await TSNE.fit(X, { perplexity: 5, iterations: 50 });
    const tree = await AgglomerativeClustering.fit(X);
    const place = join(folder.path, 'model.safetensors');
    await saveModel(map, place);
    expect(TSNE.fromState(await readModelState(place)).state()).toEqual(map.state());
    await saveModel(tree, place);
    const read = AgglomerativeClustering.fromState(await readModelState(place));
    expect(read.labels({ clusters: 4 })).toEqual(tree.labels({ clusters: 4 }));
    await expect(async () => PCA.fromState(await readModelState(place))).rejects.toThrow(
      'Expected the state of a PCA',
    );
  });

  test('has the same bytes each time, and no other files are left', async () => {
    const before = readFileSync(file);
    await saveModel(PCA.fromState(await readModelState(file)), file);
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(folder.path).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  test('any state is read back bit by bit', () => {
    const array = fc.oneof(
      fc.float32Array({ maxLength: 20 }),
      fc.float64Array({ maxLength: 20 }),
      fc.int32Array({ maxLength: 20 }),
    );
    const name = fc
      .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
      .filter((text) => !['__metadata__', '__proto__'].includes(text));
    const state = fc.record({
      kind: fc.string(),
      version: fc.nat(),
      values: fc.dictionary(name, fc.jsonValue()),
      arrays: fc.dictionary(name, array),
    });
    fc.assert(
      fc.property(state, ({ arrays, ...rest }) => {
        const shaped = Object.entries(arrays).map(([key, data]) => [key, { data, shape: [data.length] }]);
        const given = { ...rest, arrays: Object.fromEntries(shaped) } as ModelState;
        const read = stateFromBytes(stateToBytes(given), 'x');
        expect(JSON.stringify(read.values)).toBe(JSON.stringify(given.values));
        expect([read.kind, read.version]).toEqual([given.kind, given.version]);
        expect(Object.keys(read.arrays).sort()).toEqual(Object.keys(arrays).sort());
        for (const [key, data] of Object.entries(arrays)) {
          const back = read.arrays[key].data;
          expect(back.constructor).toBe(data.constructor);
          expect(Buffer.from(back.buffer, back.byteOffset, back.byteLength)).toEqual(
            Buffer.from(data.buffer, data.byteOffset, data.byteLength),
          );
        }
      }),
    );
  });
});

describe('every model', async () => {
  const high = Array.from({ length: 40 }, (_, i) => [1.7e12 + ((i * 37) % 101), (i * 13) % 29]);
  const cases = [
    { model: await PCA.fit(high), of: PCA, use: (model: PCA) => model.transform(high) },
    {
      model: await TSNE.fit(high, { perplexity: 4, iterations: 20 }),
      of: TSNE,
      use: (model: TSNE) => model.transform(high.slice(3, 9)),
    },
    {
      model: await VAE.fit(high, { latent: 1, hidden: [4], epochs: 2 }),
      of: VAE,
      use: (model: VAE) => model.encode(high),
    },
    {
      model: await AgglomerativeClustering.fit(high, { linkage: 'median' }),
      of: AgglomerativeClustering,
      use: async (model: AgglomerativeClustering) => [model.linkage, model.merges],
    },
  ] as Case<Model>[];

  test.each(cases)('is the same after $of.name.fromJSON and $of.name.load', async ({ model, of, use }) => {
    const place = join(folder.path, `${of.name}.safetensors`);
    await saveModel(model, place);
    for (const again of [of.fromJSON(JSON.parse(JSON.stringify(model))), await of.load(place)]) {
      expect(again.constructor).toBe(of);
      expect(again.state()).toEqual(model.state());
      expect(await use(again)).toEqual(await use(model));
    }
  });

  test.each(cases)(
    '$of.name refuses the models of other classes, and states that lack a part',
    async ({ model, of }) => {
      for (const other of cases.filter((c) => c.of !== of)) {
        expect(() => of.fromJSON(other.model.toJSON())).toThrow(`Expected the state of a ${of.name}`);
      }
      const { kind, version, values, arrays } = JSON.parse(JSON.stringify(model));
      for (const name of Object.keys(arrays).filter((key) => key !== 'columnOffset')) {
        const less = { ...arrays, [name]: undefined };
        expect(() => of.fromJSON({ kind, version, values, arrays: less })).toThrow(TypeError);
      }
      expect(() => of.fromJSON({ kind, version, values: {}, arrays })).toThrow(/Expected/);
    },
  );

  test('t-SNE refuses a state whose points and rows do not match', () => {
    const state = (cases[1].model as TSNE).state();
    const embedding = { data: new Float32Array(4), shape: [2, 2] };
    expect(() => TSNE.fromState({ ...state, arrays: { ...state.arrays, embedding } })).toThrow(
      'a point for each of 40 rows but it has 2',
    );
  });
});

describe('a file that is not a model is refused with an error that names it', () => {
  test('a missing, empty or cut file', async () => {
    await expect(readModelState(join(folder.path, 'none'))).rejects.toThrow(DataError);
    const cut = join(folder.path, 'cut.safetensors');
    const size = readFileSync(file).length;
    for (const length of [0, 7, 8, 100, size - 1]) {
      writeFileSync(cut, readFileSync(file));
      truncateSync(cut, length);
      const reading = readModelState(cut);
      await expect(reading).rejects.toThrow(DataError);
      await expect(reading).rejects.toThrow(cut);
    }
  });

  test.each(['{}', '[]', 'null', '{"kind":"PCA"}', '7', '{"kind":', '"kind version values"'])(
    'an entry that is %s',
    (entry) => {
      const bytes = stateToBytes(pca.state());
      const length = Number(Buffer.from(bytes).readBigUInt64LE());
      const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString());
      header.__metadata__['global-object-embedder'] = entry;
      const json = Buffer.from(JSON.stringify(header));
      const start = Buffer.alloc(8);
      start.writeBigUInt64LE(BigInt(json.length));
      const changed = Buffer.concat([start, json, bytes.subarray(8 + length)]);
      expect(() => stateFromBytes(changed, 'f')).toThrow(DataError);
    },
  );

  test('damaged bytes are read or refused', async () => {
    const inputs = [stateToBytes(pca.state())];
    const { tried, refused } = await fuzzParser(inputs, async (bytes) => stateFromBytes(bytes, 'f'));
    expect(refused).toBeGreaterThan(tried / 3);
  });
});
