import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type FileTree, openTree } from '../../src/files/file-tree.ts';
import { tarOf, zipOf } from '../support/archives.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const files = { 'root/b.txt': 'bee', 'root/a/one.txt': 'one', 'root/a/two.bin': Buffer.alloc(200_000, 'x') };

async function contents(tree: FileTree, names = tree.names): Promise<Record<string, string>> {
  const found: [string, string][] = [];
  for await (const { name, bytes } of tree.read(new Set(names))) found.push([name, bytes.toString()]);
  return Object.fromEntries(found.sort());
}

const texts = Object.fromEntries(
  Object.entries(files)
    .map(([name, content]) => [name, content.toString()])
    .sort(),
);

test('a folder, a tar and a zip archive give the same names and contents', async () => {
  for (const [name, content] of Object.entries(files)) folder.write(`tree/${name}`, content);
  const paths = [
    join(folder.path, 'tree'),
    folder.write('tree.tar', await tarOf(files)),
    folder.write('tree.tgz', gzipSync(await tarOf(files))),
    folder.write('tree.zip', zipOf(files)),
  ];
  for (const path of paths) {
    const tree = await openTree(path);
    expect(tree.names).toEqual(Object.keys(texts));
    expect(await contents(tree)).toEqual(texts);
    expect(await contents(tree, ['root/b.txt'])).toEqual({ 'root/b.txt': 'bee' });
  }
});

test('a leading ./ is not part of a name', async () => {
  const tree = await openTree(folder.write('dot.tar', await tarOf({ './a//b.txt': 'x' })));
  expect(tree.names).toEqual(['a/b.txt']);
  expect(await contents(tree)).toEqual({ 'a/b.txt': 'x' });
});

test('links to files are followed; links to folders and dead links are not', async () => {
  folder.write('links/real.txt', 'x');
  symlinkSync(join(folder.path, 'links/real.txt'), join(folder.path, 'links/link.txt'));
  symlinkSync(join(folder.path, 'links'), join(folder.path, 'links/circle'));
  symlinkSync(join(folder.path, 'nowhere'), join(folder.path, 'links/dead'));
  expect((await openTree(join(folder.path, 'links'))).names).toEqual(['link.txt', 'real.txt']);
});

test.each(['../evil.jpg', '/etc/evil.jpg', 'a/../../evil.jpg', 'C:\\evil.jpg', '..\\evil.jpg'])(
  'an archive with the name %s is refused',
  async (name) => {
    const zip = folder.write('evil.zip', zipOf({ [name]: 'x' }));
    await expect(openTree(zip)).rejects.toMatchObject({ name: 'DataError', file: zip });
    const tar = folder.write('evil.tar', await tarOf({ [name]: 'x' }));
    await expect(openTree(tar)).rejects.toThrow(`${tar}: the archive holds a file with the unsafe name`);
  },
);

test('a zip bomb is refused if its real bytes exceed the limit or do not match the declared size', async () => {
  const bomb = await openTree(folder.write('bomb.zip', zipOf({ 'a/1.jpg': Buffer.alloc(65 << 20) })));
  await expect(contents(bomb)).rejects.toThrow(/1\.jpg: holds more than the 67108864 bytes/);
  const path = folder.write('liar.zip', zipOf({ 'a/1.jpg': Buffer.alloc(1 << 20) }, { declaredSize: 10 }));
  await expect(contents(await openTree(path))).rejects.toThrow(`${path}: a/1.jpg: damaged zip archive`);
});

test('a tar bomb is refused if its real bytes exceed the limit', async () => {
  const bomb = await openTree(
    folder.write('bomb.tgz', gzipSync(await tarOf({ big: Buffer.alloc(65 << 20) }), { level: 1 })),
  );
  await expect(contents(bomb)).rejects.toThrow(/big: holds more than the 67108864 bytes/);
});

test('errors name a path that is missing or not an archive', async () => {
  const missing = join(folder.path, 'missing.zip');
  await expect(openTree(missing)).rejects.toThrow(`${missing}: no such file or folder`);
  const text = folder.write('text.zip', 'no archive');
  await expect(openTree(text)).rejects.toThrow(`${text}: damaged zip archive`);
});

test('damaged zip archives end in DataError', async () => {
  const { refused } = await fuzzParser([zipOf({ 'a/1.txt': 'hello hello hello', b: 'x' })], async (bytes) =>
    contents(await openTree(folder.write('fuzz.zip', bytes))),
  );
  expect(refused).toBeGreaterThan(100);
});
