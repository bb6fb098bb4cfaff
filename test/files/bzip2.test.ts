import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { bunzip2, isBzip2 } from '../../src/files/bzip2.ts';
import { gatherAll, inChunks, seededRandom } from '../support/bytes.ts';
import { fuzzParser } from '../support/fuzz.ts';

// Made with Python's bz2.compress (libbzip2 1.0.8).
const fixture = (base64: string): Buffer => Buffer.from(base64, 'base64');
const empty = fixture('QlpoORdyRThQkAAAAAA=');
const hello = fixture('QlpoOTFBWSZTWaTXloQAAARRgAAQQAAGRJCAIAAxBkxAyDEWy2dQkKB6LxdyRThQkKTXloQ=');
const runs = fixture(
  'QlpoMTFBWSZTWaH3daUAAEvRIf+AACAwAACAAIAAGCAAVEajTJ6TCDZSjTIyZ7IE+2rBGRIoDJQAoBTSAdds/THiTN1jpmkAHxdyRThQkKH3daU=',
);
const allBytes = fixture(
  'QlpoMTFBWSZTWb4Y+nUAAAD/////////////////////////////////////////////sAGA0KCqqoAAAA0JkwAAATCMJgAAADTQAATAAmAAAAAAAAAAAAAAAAAAAAAJMABMAATAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAaVUGmhiYgYTAmmRiGmAmEwEYmEDCAYmCDAAEGAEZMJhMgBkZNNMTTQNNNAYRowTAJgAmmmTAAIQP6hCEoUhaGIahyHogiKJImiiKosi6MIyjSNo4jqPI+gEgSFIn8JGkj+UlSZJ0oSlKkrSxLUuS9MExTJM00TVNk3ThOU6Tt/SeJ6nyfv7f4oCgqEob/VEUVRlHUhSVKUtTFNU5T1QVFUlTVRVVWVdWFZVpW1cV1XkCu8EglgWFYljWRZVmWdaFpWpa1sW1blvf8uC4rkua6LquyAg33CBAiLm6EAECBEXOGgBECBEXPHQD6H4P4gBAiCEGIRgmDYRhWGYdiGJYpi2MY1jmPZBkWSZNlGVZZl2YZlmmbZxnWeZ9oGhaJo2kaVpmnahqWqatrGta5r2wbFsmzbRtW2bduG5bpu28b1vm/cBwXCcNxHFcZx3IclynLcxzXOc90HRdJ03UdV1nXdh2Xadt3Hdd533geF4njeR5Rfj9jAGCP4MIYYxBijGGOMgZIyhljMGaH0AgQIizhAjPfl+n7F3JFOFCQvhj6dQ==',
);
const digits = fixture(
  'QlpoOTFBWSZTWfjq/zwAAYMYAEAAf+AwAToqYip/knhKmElGABqZhCg+2g3FUR2fMwdVPPso5ZwSwzVRvJLovdy63txavUU30weRRd22nufo0iEMJ9sxw9R0oLfttx7HKGuLXr6cX7umjwDKCw8eQisrjNP4ITd2Xauz1oT2ryNUqzbB7NwT00p8XzsptjTcKrQcNLZpuRWEt8nnpbjmSO9nSvDhgjwgjvXLrtjBrZ2AgqdYxO10W8wzrRJHX2Mi1B0zLKhrbpxjCuUmu9V82Sgpf3veEkP4BcLuSKcKEh8dX+eA',
);

// Made by hand: four blocks whose codes all have 8 bits, so that their symbols are bytes of our choice. In each, the magic number of
// a block occurs twice; three of the blocks contain a whole block of `hello` with its checksum. Python's bz2 unpacks it to this hash.
const deceptive = fixture(
  'QlpoOTFBWSZTWSDcloIAAAH////////////////////////////////////////////+IABCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEQvw77CbYC7Pei61TchUuyN9yhmKCskymsscFvvy06ZrMemKCskyms0mvLQgAAAijAAAggAAMiSEAQABiDJiBkGItls6hIUD0XoLBerhwpVaINmP+YoKyTKayw2IgBAAAA/////////////////////////////////////////////xAAIQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACSiFJP0acwzg9kzdsMARnmt2wEoxQVkmU1lqieaFYXvUbUQxQVkmU1mk15aEAAAEUYAAEEAABkSQgCAAMQZMQMgxFstnUJCgei9IZ8RjP1mySyI4i/8xQVkmU1mrQRPDAAAB/////////////////////////////////////////////iAAQgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIF8YVg5C9CfP+qfJb44xSuT7jqJigrJMprLjIdsY0QW26JZigrJMprJigrJMprKe3ZbUjMFypFJ/JE3+YoKyTKazlGwHrgAAA/////////////////////////////////////////////xAAIQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFzaTMg4ogRruB1rrvs4frHmEzlgxQVkmU1l4l/STb4nie1IxQVkmU1mk15aEAAAEUYAAEEAABkSQgCAAMQZMQMgxFstnUJCgei9WddJxTWfAWTBGmS39/xdyRThQkByU0EgA==',
);
const deceptiveHash = '3232c4326afb510a7b80ddaa631f8782f979edb438a390aae78bc2e096b270fb';

async function unpack(bytes: Uint8Array, chunk?: number): Promise<Buffer> {
  return Buffer.concat(await gatherAll(bunzip2(inChunks(bytes, chunk))));
}

const text = 'hello hello hello world\n';

test.each([1, 10, 1000])('text is unpacked from chunks of %i bytes', async (chunk) => {
  expect((await unpack(hello, chunk)).toString()).toBe(text);
});

test('runs of every length around the limits of run-length coding are unpacked', async () => {
  const lengths = [...Array.from({ length: 11 }, (_, i) => i + 1), 254, 255, 256, 259, 260, 300, 1000, 5000];
  expect((await unpack(runs)).toString()).toBe(lengths.map((length) => `${'a'.repeat(length)}b`).join(''));
});

test('every byte value and a run far longer than a block are unpacked', async () => {
  const table = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  expect((await unpack(allBytes)).equals(Buffer.concat([table, Buffer.alloc(250_000, 'z'), table]))).toBe(
    true,
  );
});

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('text without repeats is unpacked', async () => {
  expect(hashOf(await unpack(digits))).toBe(
    '56ee0a7cdfea95f99ff5920f618cbd8c252379796d9b93ff2caf5e9d5df98ac0',
  );
});

test('blocks that only seem to begin within others are not unpacked', async () => {
  expect(hashOf(await unpack(deceptive))).toBe(deceptiveHash);
});

test('a block that is followed by damage is not given out twice, and the offset is that of the damage', async () => {
  const bad = Buffer.from(deceptive);
  bad[bad.length - 1] ^= 0x80;
  const given: Uint8Array[] = [];
  const error = await (async () => {
    for await (const piece of bunzip2(inChunks(bad))) given.push(piece);
  })().catch((reason: unknown) => reason);
  expect(hashOf(Buffer.concat(given))).toBe(deceptiveHash);
  expect(error).toMatchObject({
    problem: 'damaged bzip2 data (the checksum of the stream is wrong)',
    offset: bad.length - 11,
  });
});

test('several streams are unpacked as one, empty ones included', async () => {
  expect((await unpack(Buffer.concat([hello, empty, hello]), 7)).toString()).toBe(text + text);
  expect(await unpack(empty)).toHaveLength(0);
});

test('damaged bytes and cut files never give wrong text', async () => {
  let refused = 0;
  for (let at = 0; at < hello.length; at++) {
    const bad = Buffer.from(hello);
    bad[at] ^= 0x04;
    // Some bits are not used, such as those of code tables that no group selects.
    const result = await unpack(bad).catch((error: unknown) => error);
    if (result instanceof DataError) refused++;
    else expect(String(result)).toBe(text);
    if (at > 0)
      await expect(unpack(hello.subarray(0, at)), `cut at ${at}`).rejects.toThrow('damaged bzip2 data');
  }
  expect(refused).toBeGreaterThan(hello.length * 0.8);
});

test('bytes after the last stream are refused with their offset', async () => {
  const error = await unpack(Buffer.concat([hello, Buffer.from('garbage')])).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'DataError', offset: hello.length });
});

test('the format is recognized by its first ten bytes', () => {
  expect([hello, empty, runs].every(isBzip2)).toBe(true);
  expect(isBzip2(Buffer.from('BZh9 is a word'))).toBe(false);
  expect(isBzip2(Buffer.from('BZh'))).toBe(false);
});

test('damaged files end in DataError, within bounded time and memory', async () => {
  const { refused } = await fuzzParser([hello, runs, digits, allBytes, deceptive], (bytes) => unpack(bytes));
  expect(refused).toBeGreaterThan(200);
});

test('a reader that stops early stops the decoder', async () => {
  for await (const piece of bunzip2(inChunks(allBytes, 100))) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
});

const hasBzip2 = spawnSync('bzip2', ['--help']).status === 0;
const packed = (plain: Uint8Array, level: number): Buffer =>
  spawnSync('bzip2', ['-c', `-${level}`], { input: plain, maxBuffer: 1 << 28 }).stdout;

/** Repetitions at all distances, so that blocks differ. */
function wordy(count: number): Buffer {
  const random = seededRandom(11);
  const words = Array.from({ length: 500 }, () => 'x'.repeat(random() * 20) + Math.floor(random() * 1e6));
  return Buffer.from(Array.from({ length: count }, () => words[Math.floor(random() ** 3 * 500)]).join(' '));
}

function noise(count: number): Buffer {
  const random = seededRandom(12);
  return Buffer.from(Uint8Array.from({ length: count }, () => random() * 256));
}

test.skipIf(!hasBzip2)('output of the bzip2 program is unpacked, with blocks of every size', async () => {
  const plain = wordy(150_000);
  for (let level = 1; level <= 9; level++)
    expect((await unpack(packed(plain, level), 65_536)).equals(plain)).toBe(true);
});

test.skipIf(!hasBzip2)(
  'bytes without any order, and blocks that are exactly full, are unpacked',
  async () => {
    // At level 1, bzip2 puts 99,981 bytes into a block.
    for (const count of [1, 99_980, 99_981, 99_982, 200_000, 899_981, 900_000, 3_000_000]) {
      const plain = noise(count);
      for (const level of [1, 9]) {
        const result = await unpack(packed(plain, level), 100_000);
        expect(result.equals(plain), `${count} bytes at level ${level}`).toBe(true);
      }
    }
  },
);

test.skipIf(!hasBzip2)('long runs, periods and many streams are unpacked', async () => {
  const period = Buffer.from('abcabcab'.repeat(120_000));
  const zeros = Buffer.alloc(20_000_000);
  for (const plain of [period, zeros]) expect((await unpack(packed(plain, 9))).equals(plain)).toBe(true);
  const small = noise(5000);
  const streams = Array.from({ length: 60 }, (_, i) => packed(small.subarray(i, i + 2000), 1 + (i % 9)));
  const plain = Buffer.concat(Array.from({ length: 60 }, (_, i) => small.subarray(i, i + 2000)));
  expect((await unpack(Buffer.concat(streams), 1000)).equals(plain)).toBe(true);
});

test.skipIf(!hasBzip2)('a file cut or damaged after many blocks names an offset there', async () => {
  const plain = noise(2_500_000);
  const good = packed(plain, 1);
  for (const cut of [good.length - 1, good.length - 12, good.length >> 1, 700_001]) {
    const error = await unpack(good.subarray(0, cut)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ problem: 'damaged bzip2 data (ends early)', offset: cut });
  }
  const bad = Buffer.from(good);
  bad[1_500_000] ^= 1;
  const error = await unpack(bad).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  // Where the damaged block begins: each takes about 100,400 bytes.
  expect((error as DataError).offset).toBeGreaterThan(1_500_000 - 101_000);
  expect((error as DataError).offset).toBeLessThanOrEqual(1_500_000);
});

test.skipIf(!hasBzip2)('the event loop runs meanwhile', async () => {
  const bytes = packed(wordy(600_000), 9);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const pieces = await gatherAll(bunzip2(inChunks(bytes)));
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(pieces.length / 2);
});
