import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  binary,
  bool,
  type Column,
  columnFromArray,
  field,
  float32,
  int32,
  largeUtf8,
  list,
  struct,
  type Table,
  tableFromIPC,
  timestamp,
  utf8,
} from '@uwdata/flechette';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { ArrowStreamWriter, columnOf } from '../../../src/formats/arrow/stream-write.ts';
import { GOD, matrix, PCA, saveModel, synthetic, VAE } from '../../../src/index.ts';
import { arrowStream, END, godWorker, STORAGES, vectorColumn } from '../../support/arrow-stream.ts';
import { seededRandom } from '../../support/bytes.ts';
import { tinyClassifier } from '../../support/onnx.ts';
import { tempFolder } from '../../support/temp.ts';

const folder = tempFolder();
const [rows, cols] = [300, 6];
const random = seededRandom(11);
const X = matrix(Float32Array.from({ length: rows * cols }, random), rows, cols);
const vectors = Array.from({ length: rows }, (_, i) => X.data.subarray(i * cols, (i + 1) * cols));
const file = (name: string) => join(folder.path, name);
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

beforeAll(async () => {
  await saveModel(await PCA.fit(X, { components: 3 }), file('pca.safetensors'));
  await saveModel(await VAE.fit(X, { latent: 2, hidden: [8], epochs: 3 }), file('vae.safetensors'));
});

/** Two batches of the vectors with other columns around them. */
function streamOf(
  type = STORAGES['list of float'](cols),
  all: readonly (ArrayLike<number> | null)[] = vectors,
) {
  const batch = (begin: number, end: number) => ({
    id: columnFromArray(
      all.slice(begin, end).map((_, i) => `row ${begin + i}`),
      utf8(),
    ) as Column<unknown>,
    vector: vectorColumn(all.slice(begin, end), type),
    label: columnFromArray(all.slice(begin, end).map((_, i) => (i % 5 ? 'some' : null))),
  });
  return arrowStream(batch(0, 120), batch(120, all.length));
}

const flat = (table: Table | undefined, name: string): number[] =>
  [...(table?.getChild(name) ?? [])].flatMap((row) => [...(row as Iterable<number>)]);
const texts = (table: Table | undefined, name: string) => [...(table?.getChild(name) ?? [])];

describe('god worker transform', () => {
  test.each(Object.entries(STORAGES))(
    'projects %s as PCA does, and keeps the other columns',
    async (_, type) => {
      const { code, stderr, table } = godWorker(
        ['transform', '--model', file('pca.safetensors'), '--sha256', hashOf(file('pca.safetensors'))],
        streamOf(type(cols)),
      );
      expect({ code, stderr, names: table?.names }).toEqual({
        ...{ code: 0, stderr: '' },
        names: ['id', 'label', 'projection'],
      });
      const Z = await (await PCA.load(file('pca.safetensors'))).transform(X);
      expect(flat(table, 'projection')).toEqual([...Z.data]);
      expect(texts(table, 'id')).toEqual(vectors.map((_, i) => `row ${i}`));
      expect(texts(table, 'label').slice(0, 6)).toEqual([null, 'some', 'some', 'some', 'some', null]);
    },
  );

  test('batches of any size, read ahead or not, stay in order', async () => {
    // 100 rows, more than is read ahead, few, and more than kernels get at once.
    const counts = [100, 720_000, 50, 100_000];
    const total = counts.reduce((sum, count) => sum + count, 0);
    const data = Float32Array.from({ length: total * cols }, (_, i) => ((i * 7919) % 1013) / 1013);
    const pieces: Uint8Array[] = [];
    const writer = new ArrowStreamWriter(
      { fields: [field('row', int32(), false), field('vector', list(float32()), false)], metadata: null },
      (bytes) => pieces.push(bytes.slice()),
    );
    let from = 0;
    for (const count of counts) {
      const numbers = data.subarray(from * cols, (from + count) * cols);
      writer.batch([
        columnOf([Int32Array.from({ length: count }, (_, i) => from + i)]),
        columnOf([{ data: numbers, rows: count, cols }]),
      ]);
      from += count;
    }
    writer.end();
    const { code, stderr, table } = godWorker(
      ['transform', '--model', file('pca.safetensors')],
      Buffer.concat(pieces),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const row = table?.getChild('row')?.toArray() as Int32Array;
    expect({ length: row.length, first: row.findIndex((number, i) => number !== i) }).toEqual({
      length: total,
      first: -1,
    });
    const Z = await (await PCA.load(file('pca.safetensors'))).transform(matrix(data, total, cols));
    let at = 0;
    let different = 0;
    for (const projected of texts(table, 'projection') as Float32Array[])
      for (const value of projected) if (value !== Z.data[at++]) different++;
    expect({ numbers: at, different }).toEqual({ numbers: Z.data.length, different: 0 });
  });

  test('columns of any type stay as they are', () => {
    const kept = {
      text: columnFromArray(['a', null, 'c'], largeUtf8()),
      when: columnFromArray(
        [1, null, 3].map((day) => day && new Date(day * 864e5)),
        timestamp(),
      ),
      flag: columnFromArray([true, false, null], bool()),
      word: columnFromArray(['x', 'y', 'x']),
      nested: columnFromArray([{ a: ['p', 'q'] }, null, { a: [] }], struct({ a: list(utf8()) })),
      bytes: columnFromArray([Uint8Array.of(1), Uint8Array.of(), null], binary()),
    } as Record<string, Column<unknown>>;
    const vector = vectorColumn(vectors.slice(0, 3), STORAGES.binary(cols));
    const { text, when, flag, ...others } = kept;
    const stream = arrowStream({ text, when, flag, vector, ...others });
    const { code, stderr, table } = godWorker(['transform', '--model', file('pca.safetensors')], stream);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(table?.names).toEqual([...Object.keys(kept), 'projection']);
    for (const [name, column] of Object.entries(kept)) expect(texts(table, name)).toEqual([...column]);
  });

  test('columns of kinds that only other programs write stay as they are', () => {
    const stream = readFileSync(join(import.meta.dirname, 'kinds.arrows'));
    const { code, stderr, table } = godWorker(['transform', '--model', file('pca.safetensors')], stream);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const before = tableFromIPC(new Uint8Array(stream));
    const kept = before.names.filter((name) => name !== 'vector');
    expect(kept).toHaveLength(8);
    expect(table?.names).toEqual([...kept, 'projection']);
    for (const name of kept) expect(texts(table, name)).toEqual(texts(before, name));
    expect(table?.numRows).toBe(5);
  });

  test('an empty table gives an empty table with all columns', () => {
    const empty = arrowStream({
      id: columnFromArray([], utf8()),
      vector: vectorColumn([], STORAGES.binary(cols)),
    });
    const { code, table } = godWorker(['transform', '--model', file('pca.safetensors')], empty);
    expect({ code, rows: table?.numRows, names: table?.names }).toEqual({
      ...{ code: 0, rows: 0 },
      names: ['id', 'projection'],
    });
  });
});

describe('god worker encode', () => {
  test('gives the codes of a VAE', async () => {
    const { code, stderr, table } = godWorker(['encode', '--model', file('vae.safetensors')], streamOf());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { mean } = await (await VAE.load(file('vae.safetensors'))).encode(X);
    expect(flat(table, 'code')).toEqual([...mean.data]);
  });

  test('gives the vectors of pictures by a network, and names the row of one that is damaged', async () => {
    const network = folder.write('tiny.onnx', tinyClassifier());
    const pictures = await Promise.all(
      [0, 90, 200].map((red) =>
        sharp({ create: { width: 9, height: 12, channels: 3, background: { r: red, g: 10, b: 250 } } })
          .png()
          .toBuffer(),
      ),
    );
    const stream = (images: readonly Uint8Array[]) => {
      const column = columnFromArray(
        images.map((image) => new Uint8Array(image)),
        binary(),
      ) as Column<unknown>;
      return arrowStream({ id: columnFromArray(images.map((_, i) => i)), image: column });
    };
    const { code, stderr, table } = godWorker(['encode', '--network', network], stream(pictures));
    expect({ code, stderr, names: table?.names }).toEqual({ code: 0, stderr: '', names: ['id', 'vector'] });
    const { openImageNetwork } = await import('../../../src/sources/image-network.ts');
    const opened = await openImageNetwork(network, {});
    const prepared = await Promise.all(pictures.map((picture) => opened.prepare(picture)));
    const expected = await opened.run(prepared.filter((picture) => picture !== undefined));
    await opened.close();
    expect(flat(table, 'vector')).toEqual(expected.flatMap((vector) => [...vector]));
    const damaged = godWorker(
      ['encode', '--network', network],
      stream([pictures[0], Buffer.from('not a picture')]),
    );
    expect({ code: damaged.code, stderr: damaged.stderr }).toEqual({
      code: 65,
      stderr: 'god worker encode: row 1: `image` is not a picture that can be decoded\n',
    });
  });
});

describe('god worker place', () => {
  const god = GOD.fit(synthetic({ rows: 200 }), { samples: 150, epochs: 2 });

  test('finds the places that GOD.place finds', async () => {
    await (await god).save(file('god'));
    const { modalities, signs, objects } = await god;
    const [{ name, pca }] = modalities;
    const width = pca.mean.length;
    const data = Float32Array.from({ length: 40 * width }, random);
    const given = Array.from({ length: 40 }, (_, i) => data.subarray(i * width, (i + 1) * width));
    const { code, stderr, table } = godWorker(
      ['place', '--model', file('god'), '--modality', name, '--sha256', hashOf(file('god/god.json'))],
      arrowStream({ vector: vectorColumn(given, STORAGES['list of float'](width)) }),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const places = await (await god).place(name, matrix(data, 40, width));
    expect(table?.toArray().map((row) => ({ ...row, latent: [...row.latent] }))).toEqual(
      places.map(({ latent, map, cluster, sign, nearest, spread, outside }) => ({
        ...{ x: map[0], y: map[1], cluster, sign, nearest },
        ...{ spread: Math.fround(spread), outside: Math.fround(outside) },
        ...{ nearest_id: objects[nearest].id, latent: [...latent] },
      })),
    );
    expect(places.map(({ nearest }) => signs[nearest])).toEqual(texts(table, 'sign'));
  });

  test('names the row of a value that is not finite', async () => {
    await (await god).save(file('god'));
    const [{ name, pca }] = (await god).modalities;
    const bad = Array.from({ length: 5 }, (_, i) =>
      new Float32Array(pca.mean.length).fill(i === 3 ? 1 / 0 : i),
    );
    const { code, stderr } = godWorker(
      ['place', '--model', file('god'), '--modality', name],
      arrowStream({ vector: vectorColumn(bad, STORAGES['list of float'](pca.mean.length)) }),
    );
    const line = 'god worker place: row 3: `vector` holds inf at 0, expected finite float32 numbers\n';
    expect({ code, stderr }).toEqual({ code: 65, stderr: line });
  });

  test('refuses a modality and a model that are not those', async () => {
    await (await god).save(file('god'));
    const names = (await god).modalities.map(({ name }) => name).join(', ');
    const cases: [string[], number, string][] = [
      [['--modality', 'smell'], 65, `${file('god')}: was fitted to ${names}, not to smell`],
      [[], 2, `name the modality: --modality ${names.replaceAll(', ', '|')}`],
      [
        ['--sha256', 'ab'],
        65,
        `${file('god/god.json')}: is another model: expected the SHA-256 ab, not ${hashOf(file('god/god.json'))}`,
      ],
    ];
    for (const [args, code, line] of cases) {
      const found = godWorker(['place', '--model', file('god'), ...args], END);
      expect({ code: found.code, stderr: found.stderr }).toEqual({
        code,
        stderr: `god worker place: ${line}\n`,
      });
    }
  });
});

describe('what a model cannot take ends with its code, one line and no end mark', () => {
  const model = ['transform', '--model', file('pca.safetensors')];
  const bad = (row: number, vector: ArrayLike<number> | null) =>
    streamOf(
      STORAGES['list of float'](cols),
      vectors.map((old, i) => (i === row ? vector : old)),
    );
  const cases: [string, string[], Buffer, number, string][] = [
    [
      'vectors of another length',
      model,
      bad(0, [1, 2]),
      65,
      'row 0: `vector` has 2 numbers, where the model has 6',
    ],
    ['a null', model, bad(250, null), 65, 'row 250: `vector` is null'],
    [
      'NaN',
      model,
      bad(250, [1, 2, 3, Number.NaN, 5, 6]),
      65,
      'row 250: `vector` holds nan at 3, expected finite float32 numbers',
    ],
    [
      'values whose projection overflows',
      model,
      bad(250, [-3e38, 3e38, 3e38, -3e38, -3e38, 3e38]),
      65,
      'from row 120 on: Expected `X` to give numbers that fit into float32 but they overflow: scale it',
    ],
    [
      'a column that is there already',
      model,
      arrowStream({
        projection: columnFromArray([1]),
        vector: vectorColumn([vectors[0]], STORAGES.binary(cols)),
      }),
      65,
      'there is a column `projection` already: rename it or leave it out',
    ],
    [
      'a model of another kind',
      ['transform', '--model', file('vae.safetensors')],
      streamOf(),
      65,
      `${file('vae.safetensors')}: holds a model of VAE: expected PCA`,
    ],
    ['no model', ['encode'], streamOf(), 2, 'name the model: --model FILE'],
    [
      'a stream that was cut',
      model,
      streamOf().subarray(0, -8),
      1,
      'The Arrow stream ends between two batches',
    ],
  ];
  test.each(cases)('%s', (_, args, stream, code, line) => {
    const found = godWorker([...args, '--partition', '4'], stream);
    expect({ code: found.code, lines: found.stderr.split('\n').length }).toEqual({ code, lines: 2 });
    expect(found.stderr).toContain(`: partition 4: ${line}`);
    expect(found.stdout.subarray(-END.length)).not.toEqual(END);
  });

  test('a missing or damaged file is named', () => {
    const file = folder.write('damaged.safetensors', 'x');
    for (const [path, line] of [
      [file, /damaged\.safetensors/],
      [`${file}.not`, /damaged\.safetensors\.not/],
    ] as const) {
      const { code, stderr } = godWorker(['transform', '--model', path], streamOf());
      expect(code).toBe(65);
      expect(stderr).toMatch(line);
    }
  });
});
