import { open } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { FileWindows } from '../../src/files/file-windows.ts';
import { gatherAll, seededRandom } from '../support/bytes.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const random = seededRandom(9);
const plain = Buffer.from(Uint8Array.from({ length: 300_000 }, () => random() * 256));

test('pieces at any place are those of the file, fewer at its end', async () => {
  const windows = new FileWindows(await open(folder.write('bytes', plain)));
  for (let i = 0; i < 500; i++) {
    // Two places that advance by turns, and a few anywhere.
    const start = i % 7 === 0 ? Math.floor(random() * 300_000) : (i % 2) * 150_000 + i * 280;
    const count = Math.floor(random() ** 4 * 100_000);
    const found = await windows.read(start, count);
    expect(found.equals(plain.subarray(start, start + count))).toBe(true);
  }
  expect(await windows.read(299_990, 50)).toHaveLength(10);
  expect(await windows.read(400_000, 50)).toHaveLength(0);
  await windows.close();
});

test('a range comes in pieces, and ends at the end of the file', async () => {
  const windows = new FileWindows(await open(folder.write('bytes', plain)));
  const range = Buffer.concat(await gatherAll(windows.pieces(10, 200_010)));
  expect(range.equals(plain.subarray(10, 200_010))).toBe(true);
  expect(Buffer.concat(await gatherAll(windows.pieces(299_000, 310_000)))).toHaveLength(1000);
  await windows.close();
});

test('neighboring pieces are read from disk once', async () => {
  const handle = await open(folder.write('bytes', plain));
  let reads = 0;
  const counted = new Proxy(handle, {
    get: (target, name: keyof typeof handle) => {
      if (name === 'read') reads++;
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const windows = new FileWindows(counted);
  for (let i = 0; i < 1000; i++) {
    await windows.read(100 + i * 46, 46);
    await windows.read(200_000 + i * 30, 30);
  }
  expect(reads).toBeLessThan(10);
  await windows.close();
});
