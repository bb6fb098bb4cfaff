import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { readLines } from '../../src/files/lines.ts';
import { gatherAll } from '../support/bytes.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const words = ['caf\u00e9', '', 'k\u00f6nig \u{1f600}', 'last'];

async function linesOf(bytes: Uint8Array, options?: Parameters<typeof readLines>[1]): Promise<string[]> {
  return (await gatherAll(readLines(folder.write('lines.txt', bytes), options))).map(String);
}

function bigEndian(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

test.each(['\n', '\r\n', '\r'])('lines that end with %j are read in every encoding', async (end) => {
  for (const text of [words.join(end), words.join(end) + end]) {
    const marked = `\ufeff${text}`;
    expect(await linesOf(Buffer.from(text))).toEqual(words);
    expect(await linesOf(Buffer.from(marked))).toEqual(words);
    expect(await linesOf(Buffer.from(marked, 'utf16le'))).toEqual(words);
    expect(await linesOf(bigEndian(marked))).toEqual(words);
    expect(await linesOf(gzipSync(Buffer.from(marked, 'utf16le')))).toEqual(words);
  }
});

test('characters of UTF-16 that are split between chunks are kept', async () => {
  const long = Array.from({ length: 60_000 }, (_, i) => `w${i} \u{1f600}`);
  expect(await linesOf(Buffer.from(`\ufeff${long.join('\n')}`, 'utf16le'))).toEqual(long);
});

test('only the byte order mark at the start is left out', async () => {
  expect(await linesOf(Buffer.from('\ufeffa\n\ufeffb\n'))).toEqual(['a', '\ufeffb']);
});

test('Latin-1 is read on request', async () => {
  const bytes = Buffer.from('caf\u00e9\n\u00fc\n', 'latin1');
  expect(await linesOf(bytes, { encoding: 'latin1' })).toEqual(['caf\u00e9', '\u00fc']);
  const error = await linesOf(Buffer.concat([Buffer.from('fine\n'), bytes]), { encoding: 'utf8' }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  expect(error).toMatchObject({
    line: 2,
    problem: expect.stringContaining('is not UTF-8 text; if'),
    option: 'encoding',
  });
});

test.each([
  ['UTF-16 without a mark', Buffer.from('cat\ndog\n', 'utf16le'), 'is UTF-16 text without a byte order mark'],
  ['big-endian UTF-16 without a mark', bigEndian('cat\ndog\n'), 'is UTF-16 text without a byte order mark'],
  ['UTF-32', Buffer.from('fffe000063000000', 'hex'), 'is UTF-32 text'],
  ['half a character', Buffer.from('fffe630064', 'hex'), 'line 1: damaged UTF-16'],
  ['a lone surrogate', Buffer.from('fffe63000a0000d86400', 'hex'), 'damaged UTF-16'],
  ['a compressed file in a compressed file', gzipSync(gzipSync('x')), 'is a gzip file, expected text'],
  ['a PNG image', Buffer.from('89504e470d0a1a0a', 'hex'), 'is a PNG image, expected text'],
])('%s is refused by name', async (_, bytes, message) => {
  await expect(linesOf(bytes)).rejects.toThrow(message);
});

test('damaged text ends in DataError', async () => {
  const inputs = [
    Buffer.from('\ufeffcaf\u00e9\nx\n', 'utf16le'),
    Buffer.from('\ufeffcaf\u00e9 \u{1f600}\r\nx'),
  ];
  const { refused } = await fuzzParser(inputs, (bytes) => linesOf(bytes));
  expect(refused).toBeGreaterThan(50);
});
