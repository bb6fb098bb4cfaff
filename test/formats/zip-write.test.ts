import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTree } from '../../src/files/file-tree.ts';
import { ZipWriter } from '../../src/formats/zip-write.ts';
import { gatherAll } from '../support/bytes.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();

test.each([1, 65_534, 65_536])('an archive of %i members is listed, and its last is read', async (count) => {
  const pieces: Uint8Array[] = [];
  const zip = new ZipWriter(async (bytes) => {
    pieces.push(bytes);
  });
  for (let i = 0; i < count; i++) {
    const member = await zip.begin(`member ${i}`);
    if (i === count - 1) await member.write(Buffer.from('last'));
    await member.end();
  }
  await zip.finish();
  const file = join(folder.path, `${count}.zip`);
  writeFileSync(file, Buffer.concat(pieces));
  const tree = await openTree(file);
  expect(tree.names).toHaveLength(count);
  const [{ bytes }] = await gatherAll(tree.read(new Set([`member ${count - 1}`])));
  expect(bytes.toString()).toBe('last');
});
