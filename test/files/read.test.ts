import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { readTar } from '../../src/files/archive.ts';
import { ByteQueue } from '../../src/files/byte-queue.ts';
import { splitLines } from '../../src/files/lines.ts';
import { collect, readBytes } from '../../src/files/read.ts';
import { tarOf } from '../support/archives.ts';
import { gatherAll, inChunks, seededRandom } from '../support/bytes.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const random = seededRandom(3);
const noise = Uint8Array.from({ length: 700_000 }, () => random() * 256);

async function bytesOf(file: string): Promise<Buffer> {
  return Buffer.concat(await gatherAll(readBytes(file)));
}

test('a plain file is read unchanged', async () => {
  expect((await bytesOf(folder.write('plain', noise))).equals(noise)).toBe(true);
});

test('gzip is recognized by its content, also with several members', async () => {
  const file = folder.write('no-suffix', Buffer.concat([gzipSync(noise), gzipSync('tail')]));
  expect((await bytesOf(file)).equals(Buffer.concat([noise, Buffer.from('tail')]))).toBe(true);
});

test('gzip data that are cut off or damaged are refused with an error that names the file', async () => {
  const good = gzipSync(noise);
  const cut = folder.write('cut.gz', good.subarray(0, 5000));
  await expect(bytesOf(cut)).rejects.toThrow(`${cut}: damaged gzip data (unexpected end of file)`);
  const bad = Buffer.from(good);
  bad[bad.length - 6] ^= 1;
  await expect(bytesOf(folder.write('crc.gz', bad))).rejects.toThrow(
    /damaged gzip data \(incorrect data check\)/,
  );
});

test('a missing file and a folder each give an error of one line that names them', async () => {
  const missing = join(folder.path, 'missing');
  await expect(bytesOf(missing)).rejects.toThrow(new DataError('no such file or folder', { file: missing }));
  await expect(bytesOf(folder.path)).rejects.toThrow(`${folder.path}: is not a file`);
});

test('a reader that stops early closes the file', async () => {
  const file = folder.write('big.gz', gzipSync(noise));
  for (let i = 0; i < 300; i++) {
    for await (const chunk of readBytes(file)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  }
  // Of 300 leaked handles, some would still be open.
  const open = process
    .getActiveResourcesInfo()
    .filter((name) => name === 'FSReqCallback' || name === 'FileHandle');
  expect(open.length).toBeLessThan(50);
});

test.each([1, 3, 10_000])('lines are split at line feeds only, in chunks of %i bytes', async (size) => {
  const text = 'one\r\n\n\u00a0\u2028\u0085 x\rtwo\nlast';
  const lines = await gatherAll(splitLines(inChunks(Buffer.from(text), size), 'f'));
  expect(lines.map(String)).toEqual(['one', '', '\u00a0\u2028\u0085 x\rtwo', 'last']);
});

test('a line without an end is refused at the limit instead of filling memory', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('first\n');
    for (;;) yield Buffer.alloc(1000, 'x');
  }
  await expect(gatherAll(splitLines(endless(), 'f', 10_000))).rejects.toThrow(
    'f, line 2: longer than 10000 bytes',
  );
});

test('collect counts real bytes against its limit', async () => {
  expect(await collect(inChunks(Buffer.alloc(100), 7), 100, 'f')).toHaveLength(100);
  await expect(collect(inChunks(Buffer.alloc(101), 7), 100, 'f')).rejects.toThrow(
    'f: holds more than the 100 bytes',
  );
});

test('a queue gives its bytes in order, however they are split', () => {
  const queue = new ByteQueue();
  for (let at = 0; at < 1000; at += 37) queue.push(noise.subarray(at, Math.min(1000, at + 37)));
  const taken: Buffer[] = [];
  for (const count of [0, 1, 36, 37, 38, 200, 74, 614]) taken.push(queue.take(count));
  expect(Buffer.concat(taken).equals(noise.subarray(0, 1000))).toBe(true);
  expect(queue.length).toBe(0);
  expect(() => queue.take(1)).toThrow(RangeError);
});

async function membersOf(file: string): Promise<[string, string][]> {
  const members: [string, string][] = [];
  for await (const { name, chunks } of readTar(file)) {
    members.push([name, (await collect(chunks, 1e6, name)).toString()]);
  }
  return members;
}

const files = { 'a/one.txt': 'first', [`${'long/'.repeat(40)}two.txt`]: 'x'.repeat(3000), empty: '' };

test('tar members come in order, plain and gzipped, with long names and unread members skipped', async () => {
  const tar = await tarOf(files);
  expect(await membersOf(folder.write('a.tar', tar))).toEqual(Object.entries(files));
  expect(await membersOf(folder.write('a.tgz', gzipSync(tar)))).toEqual(Object.entries(files));
  const names = (await gatherAll(readTar(folder.write('b.tar', tar)))).map(({ name }) => name);
  expect(names).toEqual(Object.keys(files));
});

test('a tar archive that is cut off anywhere is refused', async () => {
  const tar = await tarOf(files);
  for (let length = 512; length <= tar.length - 1024; length += 512) {
    await expect(membersOf(folder.write('cut.tar', tar.subarray(0, length)))).rejects.toThrow(DataError);
  }
  await expect(membersOf(folder.write('cut.tar', tar.subarray(0, 700)))).rejects.toThrow(DataError);
});

test('a damaged gzip stream around a tar archive is reported as such', async () => {
  const tgz = gzipSync(await tarOf({ a: noise }));
  const file = folder.write('cut.tar.gz', tgz.subarray(0, 300_000));
  await expect(membersOf(file)).rejects.toThrow(`${file}: damaged gzip data (unexpected end of file)`);
});

test('damaged tar archives end in DataError', async () => {
  const tar = await tarOf({ 'a.txt': 'hello', 'b.txt': 'x'.repeat(600) });
  const { refused } = await fuzzParser([tar], (bytes) => membersOf(folder.write('fuzz.tar', bytes)));
  expect(refused).toBeGreaterThan(20);
});

test('damaged gzip files end in DataError', async () => {
  const { refused } = await fuzzParser([gzipSync('hello '.repeat(50))], (bytes) =>
    bytesOf(folder.write('fuzz.gz', bytes)),
  );
  expect(refused).toBeGreaterThan(150);
});

test('members of a tar archive can be read, read in part or skipped in any order', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [`${i}.bin`, noise.subarray(0, (i * 7919) % 5000)]),
  );
  let read = 0;
  for await (const { name, chunks } of readTar(folder.write('many.tar', await tarOf(many)))) {
    if (read % 3 === 0) expect(Buffer.concat(await gatherAll(chunks)).equals(many[name])).toBe(true);
    if (read % 3 === 1) for await (const _ of chunks) break;
    read++;
  }
  expect(read).toBe(3000);
});
