import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCsv } from '../../src/formats/csv.ts';
import { GOD } from '../../src/index.ts';
import { gatherAll, inChunks } from '../support/bytes.ts';
import { clusteredNpy, god } from '../support/god.ts';
import { tinyClassifier } from '../support/onnx.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cwd = folder.path;
const program = join(import.meta.dirname, '../../dist/cli/main.js');
folder.write('audio.npy', clusteredNpy(120, 10, 1));
folder.write('image.npy', clusteredNpy(90, 12, 2));
folder.write('text.npy', clusteredNpy(5, 10, 3));

beforeAll(async () => {
  const { code, stderr } = await god('run --audio audio.npy --image image.npy -o out'.split(' '), { cwd });
  expect(code, stderr).toBe(0);
});

interface PlaceLine {
  readonly id: string;
  readonly nearest: { readonly id: string; readonly modality: string; readonly label: string };
  readonly neighbors: readonly {
    readonly modality: string;
    readonly objects: readonly { readonly id: string; readonly proximity: number }[];
  }[];
}

const place = (args: string) => god(`place ${args}`.split(' '), { cwd });

const PLAIN = 'id,modality,label,x,y,cluster,sign,spread,outside'.split(',');
const COLUMNS = [
  ...PLAIN,
  ...'nearest_id,nearest_modality,nearest_label'.split(','),
  ...'near_audio_id,near_audio_proximity,near_image_id,near_image_proximity'.split(','),
];

test('every object of the New Reality is nearest to itself and has its sign, for both modalities in one call', async () => {
  const { code, stdout, stderr } = await place('out --audio audio.npy --image image.npy');
  expect({ code, titles: stderr.match(/^\S+ \S+/gm) }).toEqual({
    code: 0,
    titles: ['Gather audio', 'Place audio', 'Gather image', 'Place image'],
  });
  const [head, ...rows] = await csv(stdout);
  expect(head).toEqual(COLUMNS);
  expect(rows).toHaveLength(210);
  for (const row of rows) expect([row[9], row[10]]).toEqual([row[0], row[1]]);
  const objects = await csv(readFileSync(join(cwd, 'out/objects.csv'), 'utf8'));
  const [id, modality, sign] = ['id', 'modality', 'sign'].map((name) => objects[0].indexOf(name));
  const signs = new Map(objects.map((row) => [`${row[modality]} ${row[id]}`, row[sign]]));
  expect(rows.map((row) => row[6])).toEqual(rows.map((row) => signs.get(`${row[1]} ${row[0]}`)));
  expect(rows.every((row) => [row[3], row[4]].every((value) => Number.isFinite(Number(value))))).toBe(true);
});

test('--json gives the same, one object per line, also from the model alone', async () => {
  const [, ...rows] = await csv((await place('out --audio audio.npy')).stdout);
  const { stdout } = await place('out/model --audio audio.npy --json');
  const objects = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PlaceLine);
  expect(Object.keys(objects[0])).toEqual([...PLAIN, 'nearest', 'neighbors']);
  const asTable = objects.map(({ nearest, neighbors, ...plain }) => [
    ...Object.values(plain).map(String),
    ...[nearest.id, nearest.modality, nearest.label],
    ...neighbors.flatMap(({ objects: [first] }) => [first.id, String(first.proximity)]),
  ]);
  expect(asTable).toEqual(rows);
  for (const { id, neighbors } of objects) {
    expect(neighbors.map(({ modality, objects }) => [modality, objects.length])).toEqual([
      ['audio', 3],
      ['image', 3],
    ]);
    expect(neighbors[0].objects.map((object) => object.id)).not.toContain(id);
  }
});

describe('what cannot be placed is reported in one line', () => {
  test.each([
    ['out', 2, 'Name what to place: --audio, --text, --image or --embedding'],
    ['out --text text.npy', 2, 'The model was fitted to audio, image, not to text'],
    [
      'out --audio audio.npy --labels image=x',
      2,
      '--labels image=x is only for --image. See god place --help',
    ],
    ['out --audio image.npy', 1, "image.npy: has vectors of 12 values, where the model's audio has 10"],
    ['out --audio none.npy', 1, 'none.npy: no such file'],
    ['nowhere --audio audio.npy', 1, 'god.json: no such file'],
  ])('god place %s', async (args, expected, message) => {
    const { code, stderr } = await place(args);
    expect(code).toBe(expected);
    expect(stderr.trim().split('\n').at(-1)).toContain(message);
  });
});

async function csv(text: string): Promise<string[][]> {
  const records = await gatherAll(readCsv(inChunks(Buffer.from(text)), 'x'));
  return records.map(({ fields }) => [...fields]);
}

test('succeeds when its output is closed early, and places objects batch by batch', async () => {
  folder.write('many.npy', clusteredNpy(9000, 10, 4));
  const command = `"${process.execPath}" "${program}" place out --audio many.npy`;
  const { stdout } = await place('out --audio many.npy --json');
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(9000);
  // A batch ends after 4096 rows; later rows have their own ids.
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)[5000]).toMatch(/5000/);
  const { status, stderr } = spawnSync('sh', ['-c', `${command} | head -n 1`], { cwd, encoding: 'utf8' });
  expect({ status, error: stderr.includes('god:') }).toEqual({ status: 0, error: false });
});

describe('images', async () => {
  const colors = Array.from({ length: 12 }, (_, i) => ({ r: 20 * i, g: 255 - 15 * i, b: (70 * i) % 256 }));
  for (const [i, background] of colors.entries()) {
    const pixels = sharp({ create: { width: 9, height: 9, channels: 3, background } });
    folder.write(`pictures/class/${i}.png`, await pixels.png().toBuffer());
  }
  folder.write('nets/tiny.onnx', tinyClassifier());
  folder.write('nets/other.onnx', tinyClassifier(9));
  const args =
    'run --image pictures --model nets/tiny.onnx --output features --clusters 3 --latent 2 -o seen';
  const made = await god(args.split(' '), { cwd });

  test('are encoded by the network and layer that the run recorded, without a message', async () => {
    expect(made.code, made.stderr).toBe(0);
    const { modalities } = JSON.parse(readFileSync(join(cwd, 'seen/run.json'), 'utf8'));
    const model = readFileSync(join(cwd, 'seen/model/god.json'), 'utf8');
    const { network } = JSON.parse(model).modalities[0];
    const sha256 = createHash('sha256').update(tinyClassifier()).digest('hex');
    expect(network).toEqual({
      file: 'tiny.onnx',
      sha256,
      output: 'features',
      preprocessing: expect.any(String),
    });
    expect(modalities[0].network).toEqual({ ...network, path: join(realpathSync(cwd), 'nets/tiny.onnx') });
    expect(model).not.toContain(cwd);
    const { code, stdout, stderr } = await place('seen --image pictures');
    expect(code, stderr).toBe(0);
    const [head, ...rows] = await csv(stdout);
    const nearest = head.indexOf('nearest_id');
    expect(rows.map((row) => row[nearest])).toEqual(rows.map(([id]) => id));
    expect(rows).toHaveLength(12);
  });

  test.each([
    ['--model nets/other.onnx', 'other.onnx: is another network than the one that made the model'],
    ['--output pooled', 'tiny.onnx: is another layer than the one that made the model'],
    ['--preprocessing torchvision', 'tiny.onnx: is another preprocessing than the one that made the model'],
  ])('%s is refused', async (other, message) => {
    const { code, stderr } = await place(`seen --image pictures ${other}`);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });

  test('the same model is loaded from the run directory and from its folder in it', async () => {
    const vectors = [[0.1, 0.2, 0.3]];
    const [whole, inner] = [await GOD.load(join(cwd, 'seen')), await GOD.load(join(cwd, 'seen/model'))];
    expect(await whole.place('image', vectors)).toEqual(await inner.place('image', vectors));
  });
});
