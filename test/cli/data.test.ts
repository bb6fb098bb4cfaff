import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { DATASET_NAMES, DATASETS } from '../../src/datasets/catalogue.ts';
import { findData } from '../../src/datasets/data-folder.ts';
import { tarOf, zipOf } from '../support/archives.ts';
import { seededRandom } from '../support/bytes.ts';
import { god } from '../support/god.ts';
import { tinyClassifier } from '../support/onnx.ts';
import { tempFolder } from '../support/temp.ts';
import { audiosetClip, tfrecords } from '../support/tfrecord.ts';

const folder = tempFolder();
const cwd = folder.path;
const SMALL = '--components 3 --latent 2 --epochs 2 --iterations 50 --samples 60 --clusters 3 --json'.split(
  ' ',
);
const random = seededRandom(5);
const bytes = (count: number) => Uint8Array.from({ length: count }, () => 256 * random());
const files: Record<string, Buffer> = {};

/** Small files with the names and formats of the real ones. */
beforeAll(async () => {
  const clips = Array.from({ length: 30 }, (_, i) =>
    audiosetClip({ video: `clip${i}`, labels: [i % 2], frames: [bytes(6), bytes(6)] }),
  );
  const records = (from: number, to: number) => tfrecords(...clips.slice(from, to));
  files['features.tar.gz'] = gzipSync(
    await tarOf({
      'audioset_v1_embeddings/bal_train/0a.tfrecord': records(0, 20),
      'audioset_v1_embeddings/eval/0b.tfrecord': records(20, 30),
    }),
  );
  const lines = Array.from({ length: 30 }, (_, i) => {
    const vector = Array.from({ length: 5 }, () => random().toFixed(4));
    return `${i % 3 ? 'word' : 'ENTITY/Thing'}_${i} ${vector.join(' ')}\n`;
  });
  const text = Buffer.from(`30 5\n${lines.join('')}`);
  const { stdout, error } = spawnSync('bzip2', ['-c'], { input: text });
  files['enwiki_20180420_100d.txt.bz2'] = error === undefined ? stdout : text;
  const pictures: Record<string, Buffer> = { 'tiny-imagenet-200/wnids.txt': Buffer.from('n01\nn02\n') };
  for (let i = 0; i < 20; i++) {
    const [r, g, b] = bytes(3);
    const background = { r, g, b };
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background } });
    pictures[`tiny-imagenet-200/train/n0${1 + (i % 2)}/images/p_${i}.JPEG`] = await picture.png().toBuffer();
  }
  files['tiny-imagenet-200.zip'] = zipOf(pictures);
  files['resnet18-v1-7.onnx'] = Buffer.from(tinyClassifier());
});

/** A folder with some of the files. */
function dataWith(name: string, ...names: string[]): string {
  for (const file of names) folder.write(`${name}/${file}`, files[file]);
  return name;
}

interface Summary {
  modalities: { name: string; rows: number; columns: number }[];
}

async function run(args: string[], out: string): Promise<{ summary: Summary; stderr: string }> {
  const { code, stdout, stderr } = await god(['run', ...args, ...SMALL, '-o', out], { cwd });
  expect(code, stderr).toBe(0);
  return { summary: JSON.parse(stdout) as Summary, stderr };
}
const shape = ({ modalities }: Summary) => modalities.map(({ name, rows, columns }) => [name, rows, columns]);

test('the files are those that god fetch gets', async () => {
  const names = DATASET_NAMES.flatMap((name) => DATASETS[name].files.map((file) => file.name));
  expect(names.filter((name) => name !== 'class_labels_indices.csv').sort()).toEqual(
    Object.keys(files).sort(),
  );
  const { paths } = await findData(join(cwd, dataWith('names', ...Object.keys(files))), new Set());
  expect(
    Object.values(paths)
      .map((path) => path.slice(cwd.length + 1))
      .sort(),
  ).toEqual(
    Object.keys(files)
      .map((name) => join('names', name))
      .sort(),
  );
});

test('a folder with all files is the whole paper, and class names that come later train nothing again', async () => {
  const data = dataWith('all', ...Object.keys(files));
  const { summary, stderr } = await run(['--data', data], 'whole');
  expect(shape(summary)).toEqual([
    ['audio', 30, 6],
    ['text', 30, 5],
    // The features before the last layer of the network, not its two scores.
    ['image', 20, 3],
  ]);
  expect(stderr).not.toMatch(/god fetch/);
  expect(readFileSync(join(cwd, 'whole/objects.csv'), 'utf8')).toMatch(/clip\d*[02468]@0s,audio,class 0,/);

  folder.write(
    'all/class_labels_indices.csv',
    'index,mid,display_name\n0,/m/a,"Speech"\n1,/m/b,"Bark, dog"\n',
  );
  const { stderr: again } = await run(['--data', data], 'whole');
  const objects = readFileSync(join(cwd, 'whole/objects.csv'), 'utf8');
  expect(objects).toMatch(/clip\d*[02468]@0s,audio,Speech,/);
  expect(objects).toMatch(/clip\d*[13579]@0s,audio,"Bark, dog",/);
  for (const stage of ['Gather text', 'Gather image', 'PCA of audio', 'Train the VAE', 'Map by t-SNE'])
    expect(again).toMatch(new RegExp(`${stage} +kept from an earlier run`));
  expect(again).toMatch(/Gather audio +\d/);
});

test('a folder with a part of the files runs with these, and says what is not there', async () => {
  const data = dataWith('part', 'features.tar.gz', 'tiny-imagenet-200.zip');
  folder.write('part/enwiki_20180420_100d.txt.bz2.part', 'the beginning');
  const { summary, stderr } = await run(['--data', data], 'out-part');
  expect(shape(summary)).toEqual([['audio', 30, 6]]);
  expect(stderr).toContain(
    'no text: enwiki_20180420_100d.txt.bz2 is not complete; god fetch wikipedia2vec --to part\n',
  );
  expect(stderr).toContain(
    'no network, so no images: resnet18-v1-7.onnx is not there; god fetch resnet18 --to part\n',
  );
});

test('other flags come before the folder', async () => {
  const data = dataWith('other', 'features.tar.gz', 'enwiki_20180420_100d.txt.bz2', 'tiny-imagenet-200.zip');
  folder.write('mine.onnx', files['resnet18-v1-7.onnx']);
  folder.write('words.txt', 'north 1 2 3 4\nsouth 5 6 7 8\neast 9 8 7 5\nwest 4 3 1 1\n');
  const flags = ['--data', data, '--text', 'words.txt', '--model', 'mine.onnx', '--frames'];
  const { summary, stderr } = await run(flags, 'out-other');
  expect(shape(summary)).toEqual([
    ['audio', 60, 6],
    ['text', 4, 4],
    ['image', 20, 3],
  ]);
  expect(stderr).not.toMatch(/god fetch/);
});

test('a folder without a corpus fails', async () => {
  dataWith('network', 'resnet18-v1-7.onnx');
  const { code, stderr } = await god(['run', '--data', 'network'], { cwd });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /god: network: has no corpus that can be used \(no audio: features.tar.gz is not there; /,
  );
  const nowhere = await god(['run', '--data', 'nowhere'], { cwd });
  expect([nowhere.code, nowhere.stderr]).toEqual([1, 'god: nowhere: no such file or folder\n']);
});
