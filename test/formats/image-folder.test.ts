import { expect, test } from 'vitest';
import type { FileTree } from '../../src/files/file-tree.ts';
import { listImages } from '../../src/formats/image-folder.ts';

/** A tree that is only in memory. */
function treeOf(files: Record<string, string>): FileTree {
  return {
    names: Object.keys(files).sort(),
    async *read(names) {
      for (const name of names) yield { name, bytes: Buffer.from(files[name]) };
    },
  };
}

const list = (files: Record<string, string>, split?: 'train' | 'val') =>
  listImages(treeOf(files), 'data', split);

const tiny = {
  'x/words.txt': 'n1\tgoldfish, Carassius auratus\r\nn2\tcrane, bird\nn3\tcrane, machine\n',
  'x/train/n1/images/a.JPEG': '',
  'x/train/n2/images/b.JPEG': '',
  'x/train/n3/images/c.JPEG': '',
  'x/train/n4/images/d.JPEG': '',
  'x/val/images/v.JPEG': '',
  'x/val/images/w.JPEG': '',
  'x/val/val_annotations.txt': 'v.JPEG\tn2\t0\t0\t1\t1\n',
  'x/test/images/t.JPEG': '',
};

test('a class gets its first name, all its names if two classes would be alike, or its number without names', async () => {
  const images = await list(tiny);
  expect(images.map(({ id, label }) => [id, label])).toEqual([
    ['train/n1/images/a.JPEG', 'goldfish'],
    ['train/n2/images/b.JPEG', 'crane, bird'],
    ['train/n3/images/c.JPEG', 'crane, machine'],
    ['train/n4/images/d.JPEG', 'n4'],
  ]);
});

test('validation images have the same class names, or none when they are not annotated', async () => {
  expect((await list(tiny, 'val')).map(({ id, label }) => [id, label])).toEqual([
    ['val/images/v.JPEG', 'crane, bird'],
    ['val/images/w.JPEG', ''],
  ]);
});

test('in a plain folder, classes are named by their subfolders, whatever is above them', async () => {
  const files = {
    'a/b/cat/1.jpg': '',
    'a/b/dog/2.png': '',
    'a/b/dog/x/3.webp': '',
    'a/b/readme.txt': '',
    'a/b/dog/._2.png': '',
  };
  expect(await list(files)).toEqual([
    { name: 'a/b/cat/1.jpg', id: 'cat/1.jpg', label: 'cat' },
    { name: 'a/b/dog/2.png', id: 'dog/2.png', label: 'dog' },
    { name: 'a/b/dog/x/3.webp', id: 'dog/x/3.webp', label: 'dog' },
  ]);
});

test('a single class keeps its name, and images outside folders have none', async () => {
  expect(await list({ 'a/cat/1.jpg': '', 'a/cat/2.jpg': '' })).toMatchObject([
    { label: 'cat' },
    { label: 'cat' },
  ]);
  expect(await list({ '1.jpg': '' })).toEqual([{ name: '1.jpg', id: '1.jpg', label: '' }]);
});

test('the training folder alone is a plain folder of classes', async () => {
  expect(await list({ 'n1/images/a.JPEG': '', 'n2/images/b.JPEG': '' })).toMatchObject([
    { label: 'n1' },
    { label: 'n2' },
  ]);
});

test('a damaged list of classes is refused with its line', async () => {
  await expect(list({ ...tiny, 'x/words.txt': 'n1\tgoldfish\nn2 crane\n' })).rejects.toThrow(
    'x/words.txt, line 2: expected two columns with a TAB between',
  );
});

test('a tree without images is refused', async () => {
  await expect(list({ 'readme.txt': '' })).rejects.toThrow('data: holds no images');
});
