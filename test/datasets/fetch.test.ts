import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { DATASET_NAMES, DATASETS } from '../../src/datasets/catalogue.ts';
import { inBytes } from '../../src/datasets/fetch.ts';
import { FetchError, type FetchOptions, type FetchProgress, fetchDataset } from '../../src/index.ts';
import { addressOfNobody, answering, dropping, type FileServer, fileServer } from '../support/file-server.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const features = gzipSync(Buffer.alloc(50_000, 'sound'));
const classes = 'index,mid,display_name\n0,/m/09x0r,"Speech"\n';

let mirror = '';
let server: FileServer;
let to = '';
let count = 0;

beforeEach(async () => {
  server = await fileServer({ bytes: features, etag: '"one"' });
  mirror = server.url.replace('/file', '/mirror/');
  to = join(folder.path, `to-${count++}`);
});

/** The next request gets the classes. */
const classesFirst = () => server.next.push((_, response) => response.end(classes));
const failure = (...args: Parameters<typeof fetchDataset>) =>
  fetchDataset(...args).then(
    () => undefined,
    (error: unknown) => error as Error,
  );

test('a data set of several files comes into a new folder', async () => {
  classesFirst();
  const progress: FetchProgress[] = [];
  const fetched = await fetchDataset('audioset', {
    to: join(to, 'deep'),
    mirror,
    onProgress: (one) => progress.push(one),
  });
  expect(fetched).toEqual(
    ['class_labels_indices.csv', 'features.tar.gz'].map((name) => ({
      name,
      path: join(to, 'deep', name),
      kept: false,
    })),
  );
  expect(readdirSync(join(to, 'deep')).sort()).toEqual(['class_labels_indices.csv', 'features.tar.gz']);
  expect(readFileSync(fetched[1].path)).toEqual(features);
  expect(server.asked.map(({ path }) => path)).toEqual([
    '/mirror/class_labels_indices.csv',
    '/mirror/features.tar.gz',
  ]);
  expect(progress.at(-1)).toEqual({
    phase: 'features.tar.gz',
    fraction: 1,
    bytes: features.length,
    received: features.length,
    total: features.length,
  });
  const fractions = progress.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
});

test('files that are there are kept', async () => {
  mkdirSync(to);
  folder.write(`to-${count - 1}/features.tar.gz`, 'brought by hand');
  classesFirst();
  const notes: string[] = [];
  const fetched = await fetchDataset('audioset', { to, mirror, onNote: (note) => notes.push(note) });
  expect(fetched.map(({ kept }) => kept)).toEqual([false, true]);
  expect(readFileSync(join(to, 'features.tar.gz'), 'utf8')).toBe('brought by hand');
  expect(notes).toEqual(['features.tar.gz is there']);
  expect(server.asked).toHaveLength(1);
});

test('a file with another checksum than the published one is refused, and stays', async () => {
  const brought = folder.write(`to-${count - 1}/tiny-imagenet-200.zip`, 'another file');
  expect(String(await failure('tiny-imagenet', { to, mirror }))).toMatch(
    /has the md5 [0-9a-f]{32}, where tiny-imagenet-200.zip has 90528d7ca1a48142e341f4ef8d21d0de. Remove it/,
  );
  expect(readFileSync(brought, 'utf8')).toBe('another file');
  expect(server.asked).toEqual([]);
});

test('a file that is not the published one is not kept', async () => {
  const error = await failure('resnet18', { to, mirror });
  expect(error).toBeInstanceOf(FetchError);
  expect(error).toMatchObject({ file: join(to, 'resnet18-v1-7.onnx'), url: `${mirror}resnet18-v1-7.onnx` });
  expect(error?.message).toMatch(
    /^resnet18-v1-7.onnx cannot be fetched: 127.0.0.1:\d+ has \d+ bytes where the file has 46820737. Bring /,
  );
  expect(readdirSync(to)).toEqual([]);
});

test('`url` is the address of the largest file alone', async () => {
  const other = await fileServer({ bytes: Buffer.from(classes) });
  await fetchDataset('audioset', { to, url: server.url, mirror: other.url });
  expect(server.asked.map(({ path }) => path)).toEqual(['/file']);
  expect(other.asked.map(({ path }) => path)).toEqual(['/file/class_labels_indices.csv']);
});

test('without a network the error names what to bring, from where, and where to put it', async () => {
  const nobody = await addressOfNobody();
  const error = await failure('audioset', { to, mirror: nobody });
  expect(error?.message).toBe(
    `class_labels_indices.csv cannot be fetched: ${new URL(nobody).host} cannot be reached (ECONNREFUSED). ` +
      'Bring class_labels_indices.csv (15 kB) and features.tar.gz (2.4 GB) from ' +
      `https://research.google.com/audioset/download.html and put them into ${to}`,
  );
  folder.write(`to-${count - 1}/class_labels_indices.csv`, classes);
  expect((await failure('audioset', { to, mirror: nobody }))?.message).toMatch(
    /^features.tar.gz cannot .* Bring features.tar.gz \(2.4 GB\) from .* and put it into /,
  );
});

test('what came stays after a failure, and the next call continues', async () => {
  for (let i = 0; i < 2; i++) server.next.push(dropping(server, 20));
  expect(await failure('wikipedia2vec', { to, mirror, attempts: 1 })).toBeInstanceOf(FetchError);
  expect(readdirSync(to).sort()).toEqual([
    'enwiki_20180420_100d.txt.bz2.part',
    'enwiki_20180420_100d.txt.bz2.part.json',
  ]);
  server.next.length = 0;
  // The rest shows that it is not a bzip2 file.
  expect(String(await failure('wikipedia2vec', { to, mirror }))).toMatch(
    /gave a gzip file, expected a bzip2 file/,
  );
  expect(server.asked[1].range).toBe('bytes=20-');
});

test('one call at a time fetches into a folder', async () => {
  server.next.push(() => {});
  const controller = new AbortController();
  const first = failure('audioset', { to, mirror, signal: controller.signal });
  await expect.poll(() => server.asked.length).toBe(1);
  expect(await failure('wikipedia2vec', { to, mirror })).toMatchObject({ name: 'RunInProgressError' });
  const reason = new Error('enough');
  controller.abort(reason);
  expect(await first).toBe(reason);
  expect(readdirSync(to)).toEqual([]);
});

test('an aborted signal stops it before anything happens', async () => {
  expect(await failure('audioset', { to, mirror, signal: AbortSignal.abort('no') })).toBe('no');
  expect(existsSync(to)).toBe(false);
});

describe('what is refused', () => {
  test.each<[FetchOptions, RegExp]>([
    [{ url: 'ftp://x/y' }, /`url` to be an address with http: or https: but received "ftp/],
    [{ mirror: 'here' }, /`mirror` to be an address with http: or https: but received "here"/],
    [{ attempts: 0 }, /`attempts` .*\[1, 100\] but received 0/],
    [{ stall: 0 }, /`stall` .*\(0, 3600\] but received 0/],
    [{ folder: 'x' } as FetchOptions, /Unknown option `folder`/],
    [{ to: 3 } as unknown as FetchOptions, /`to` to be a string/],
  ])('%o', async (options, message) => {
    expect((await failure('audioset', options))?.message).toMatch(message);
  });

  test('a data set that does not exist', async () => {
    expect((await failure('imagenet' as 'audioset'))?.message).toMatch(
      /`name` to be one of 'audioset', .* but received "imagenet"/,
    );
    expect((await failure('toString' as 'audioset'))?.message).toMatch(/`name` to be one of/);
  });
});

test('a status is a failure that says so', async () => {
  server.next.push(answering(403));
  expect(String(await failure('audioset', { to, mirror }))).toMatch(
    /answers 403 Forbidden. Bring class_labels/,
  );
});

test('the table names every file once, with addresses that end with its name', () => {
  const files = DATASET_NAMES.flatMap((name) => DATASETS[name].files);
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  for (const { name, urls, bytes, checksum } of files) {
    for (const url of urls) expect(new URL(url).pathname.endsWith(`/${name}`), url).toBe(true);
    expect(urls.length).toBeGreaterThan(0);
    expect(Number.isSafeInteger(bytes)).toBe(true);
    if (checksum)
      expect(checksum.value).toMatch(checksum.algorithm === 'md5' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/);
  }
});

test('sizes are rounded to two or three digits', () => {
  expect([0, 999, 14_675, 2.4e9, 248_100_043, 99.7e9, 1e13].map(inBytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '15 kB',
    '2.4 GB',
    '248 MB',
    '100 GB',
    '10 TB',
  ]);
});
