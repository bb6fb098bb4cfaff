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

test('text without repeats is unpacked', async () => {
  const hash = createHash('sha256')
    .update(await unpack(digits))
    .digest('hex');
  expect(hash).toBe('56ee0a7cdfea95f99ff5920f618cbd8c252379796d9b93ff2caf5e9d5df98ac0');
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
  const { refused } = await fuzzParser([hello, runs, digits, allBytes], (bytes) => unpack(bytes));
  expect(refused).toBeGreaterThan(200);
});

const hasBzip2 = spawnSync('bzip2', ['--help']).status === 0;

test.skipIf(!hasBzip2)('output of the bzip2 program is unpacked, with blocks of every size', async () => {
  const random = seededRandom(11);
  // Repetitions at all distances, so that blocks differ.
  const words = Array.from({ length: 500 }, () => 'x'.repeat(random() * 20) + Math.floor(random() * 1e6));
  const plain = Buffer.from(
    Array.from({ length: 300_000 }, () => words[Math.floor(random() ** 3 * 500)]).join(' '),
  );
  for (const level of ['-1', '-5', '-9']) {
    const { stdout } = spawnSync('bzip2', ['-c', level], { input: plain, maxBuffer: 1 << 28 });
    expect((await unpack(stdout, 65_536)).equals(plain)).toBe(true);
  }
});
