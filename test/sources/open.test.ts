import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { npyBytes } from '../../src/formats/npy.ts';
import { writeMatrix } from '../../src/matrix-files/index.ts';
import { openSource } from '../../src/sources/open.ts';
import { tempFolder } from '../support/temp.ts';
import { audiosetClip, tfrecords } from '../support/tfrecord.ts';

const folder = tempFolder();
const all = { limit: 100, seed: 0 };
const npy = folder.write('m.npy', npyBytes({ data: Float32Array.of(1, 2, 3, 4), rows: 2, cols: 2 }));

test.each(['audio', 'text', 'image', 'smell'])('an .npy file is a feature matrix of %s', async (modality) => {
  const source = await openSource(modality, npy, { labels: undefined });
  expect(source.description).toContain('feature matrix');
  expect(await source.gather(all)).toMatchObject({ modality, ids: ['row 0', 'row 1'] });
});

test('an .npy file is recognized by its content, too', async () => {
  const file = folder.write('features', npyBytes({ data: Float32Array.of(1), rows: 1, cols: 1 }));
  expect((await openSource('audio', file)).description).toContain('feature matrix');
});

test.each(['npz', 'parquet', 'arrow', 'csv', 'bin'])(
  'a .%s file gives its rows and its ids',
  async (ending) => {
    const file = join(folder.path, `rows.${ending}`);
    await writeMatrix(file, { data: Float32Array.of(1, 2, 3, 4), rows: 2, cols: 2, ids: ['a', 'b'] });
    const labels = folder.write('by-id.csv', 'id,label\nb,second\na,first\n');
    const source = await openSource('image', file, { labels });
    const gathered = await source.gather(all);
    expect(gathered).toMatchObject({ modality: 'image', ids: ['a', 'b'], labels: ['first', 'second'] });
    expect([...gathered.vectors.data]).toEqual([1, 2, 3, 4]);
  },
);

test('columns of a file can be named, and are part of the fingerprint', async () => {
  const file = folder.write('keys.csv', 'name,id,x\nn,i,5\n');
  const [named, plain] = [
    await openSource('smell', file, { idKey: 'name' }),
    await openSource('smell', file),
  ];
  expect(await named.gather(all)).toMatchObject({ ids: ['n'] });
  expect(await plain.gather(all)).toMatchObject({ ids: ['i'] });
  expect(await named.fingerprint()).not.toEqual(await plain.fingerprint());
  await expect(openSource('smell', file, { idKey: 7 as never })).rejects.toThrow(
    'Expected `idKey` to be a string',
  );
});

test('the kind of source depends on what is at the path', async () => {
  const records = folder.write(
    'clips/a.tfrecord',
    tfrecords(audiosetClip({ video: 'v', frames: [new Uint8Array(2)] })),
  );
  const words = folder.write('words.txt', 'a 1 2\n');
  const archive = folder.write('pictures.zip', 'not read yet');
  const kinds: [string, string, string][] = [
    ['audio', records, 'AudioSet VGGish vectors'],
    ['audio', folder.path, 'AudioSet VGGish vectors'],
    ['text', words, 'word and entity vectors'],
    ['smell', words, 'word and entity vectors'],
    ['image', archive, 'images through the network'],
    ['image', folder.path, 'images through the network'],
  ];
  for (const [modality, path, description] of kinds) {
    const source = await openSource(modality, path);
    expect(source).toMatchObject({ modality, synthetic: false });
    expect(source.description).toContain(description);
    expect(source.description).toContain(basename(path));
    expect(source.description).not.toContain('/');
  }
});

test('errors name a path that does not suit the modality', async () => {
  await expect(openSource('audio', `${npy}.missing`)).rejects.toThrow(
    `${npy}.missing: no such file or folder`,
  );
  await expect(openSource('text', folder.path)).rejects.toThrow(
    'is a folder, expected a file of word vectors',
  );
  const picture = folder.write('one.jpg', 'x');
  await expect(openSource('image', picture)).rejects.toThrow(`${picture}: expected a folder`);
});

test('options of another kind of source are refused, and undefined ones are ignored', async () => {
  await expect(openSource('image', npy, { model: 'x.onnx' })).rejects.toThrow('Unknown option `model`');
  await expect(openSource('audio', folder.path, { output: 'x' })).rejects.toThrow('Unknown option `output`');
  await expect(openSource('image', npy, { model: undefined })).resolves.toBeDefined();
});
