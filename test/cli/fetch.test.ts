import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { addressOfNobody, dropping, type FileServer, fileServer, stalling } from '../support/file-server.ts';
import { god, startGod } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cwd = folder.path;
const features = gzipSync(Buffer.alloc(200_000, 'sound'), { level: 0 });
const classes = 'index,mid,display_name\n0,/m/09x0r,"Speech"\n';
let server: FileServer;
let to = '';
let count = 0;

beforeEach(async () => {
  server = await fileServer({ bytes: features, etag: '"one"' });
  to = `to-${count++}`;
});

const mirror = () => ({ cwd, env: { GOD_MIRROR: server.url } });
/** The next request gets the classes. */
const classesFirst = () => server.next.push((_, response) => response.end(classes));

test('god fetch prints the license once, what happens on stderr, and the files on stdout', async () => {
  classesFirst();
  server.next.push(dropping(server, 100_000));
  const { code, stdout, stderr } = await god(['fetch', 'audioset', '--to', to], mirror());
  expect(code, stderr).toBe(0);
  expect(stdout).toBe(`${to}/class_labels_indices.csv\n${to}/features.tar.gz\n`);
  expect(stderr.match(/CC BY 4.0/g)).toHaveLength(1);
  expect(stderr).toMatch(/127.0.0.1:\d+ .*; trying again in 1.0 s\n/);
  expect(readFileSync(join(cwd, to, 'features.tar.gz'))).toEqual(features);

  const again = await god(['fetch', 'audioset', '--to', to, '--json'], mirror());
  expect(JSON.parse(again.stdout)).toEqual({
    files: ['class_labels_indices.csv', 'features.tar.gz'].map((name) => ({
      dataset: 'audioset',
      name,
      path: `${to}/${name}`,
      kept: true,
    })),
  });
  expect(again.stderr).toContain('features.tar.gz is there\n');
});

test('Ctrl-C keeps what came, and the next command continues', async () => {
  classesFirst();
  server.next.push(stalling(server, 90_000));
  const { child, ended } = startGod(['fetch', 'audioset', '--to', to], mirror());
  await expect.poll(() => readdirSync(join(cwd, to)), { timeout: 20_000 }).toContain('features.tar.gz.part');
  await expect
    .poll(() => readFileSync(join(cwd, to, 'features.tar.gz.part')).length, { timeout: 20_000 })
    .toBe(90_000);
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(code).toBe(130);
  expect(stderr).toContain('god: Interrupted. What came is kept');
  expect(readdirSync(join(cwd, to)).filter((name) => name.endsWith('.lock'))).toEqual([]);

  const { code: done } = await god(['fetch', 'audioset', '--to', to], mirror());
  expect(done).toBe(0);
  expect(server.asked.at(-1)?.range).toBe('bytes=90000-');
  expect(readFileSync(join(cwd, to, 'features.tar.gz'))).toEqual(features);
});

test('a killed process leaves what the next one uses', async () => {
  const large = gzipSync(Buffer.alloc(40 << 20, 'sound'), { level: 0 });
  server.file = { bytes: large, etag: '"large"' };
  classesFirst();
  server.next.push(stalling(server, 36 << 20));
  const { child, ended } = startGod(['fetch', 'audioset', '--to', to], mirror());
  const record = join(cwd, to, 'features.tar.gz.part.json');
  await expect
    .poll(
      () => {
        try {
          return JSON.parse(readFileSync(record, 'utf8')).length;
        } catch {
          return 0;
        }
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThanOrEqual(32 << 20);
  child.kill('SIGKILL');
  await ended;
  expect((await god(['fetch', 'audioset', '--to', to], mirror())).code).toBe(0);
  const from = Number(/\d+/.exec(server.asked.at(-1)?.range ?? ''));
  expect(from).toBeGreaterThanOrEqual(32 << 20);
  expect(readFileSync(join(cwd, to, 'features.tar.gz')).equals(large)).toBe(true);
});

test('without a network, one line for each data set says what to bring', async () => {
  const nobody = await addressOfNobody();
  const { code, stdout, stderr } = await god(['fetch', 'all', '--to', to], {
    cwd,
    env: { GOD_MIRROR: nobody },
  });
  expect(code).toBe(1);
  expect(stdout).toBe('');
  const lines = stderr.split('\n').filter((line) => line.startsWith('god: '));
  expect(
    lines.map((line) => /Bring (\S+) .* from (\S+) and put (?:it|them) into (\S+)$/.exec(line)?.slice(1)),
  ).toEqual([
    ['class_labels_indices.csv', 'https://research.google.com/audioset/download.html', to],
    ['enwiki_20180420_100d.txt.bz2', 'https://wikipedia2vec.github.io/wikipedia2vec/pretrained/', to],
    ['tiny-imagenet-200.zip', 'http://cs231n.stanford.edu/', to],
    ['resnet18-v1-7.onnx', 'https://github.com/onnx/models', to],
  ]);
});

test.each([
  [
    ['fetch', 'imagenet'],
    /expected a data set, audioset, .*, all, but received imagenet. See god fetch --help/,
  ],
  [['fetch', 'all', '--url', 'http://127.0.0.1:9/x'], /--url is the address of one file, not of all/],
  [['fetch', 'audioset', '--url', 'there'], /Expected --url to be an address/],
  [['fetch', 'audioset', '--stall', '0'], /Expected --stall in \(0, 3600\] but received 0/],
  [['fetch'], /missing required argument 'name'/],
])('%j is wrong usage', async (args, message) => {
  const { code, stderr } = await god(args, { cwd });
  expect(code, stderr).toBe(2);
  expect(stderr).toMatch(message);
});

test('a GOD_MIRROR that is not an address is wrong usage', async () => {
  const { code, stderr } = await god(['fetch', 'audioset'], { cwd, env: { GOD_MIRROR: 'there' } });
  expect(code).toBe(2);
  expect(stderr).toContain('Expected GOD_MIRROR to be an address with http: or https: but received "there"');
});

test('the help lists every data set with its size and license', async () => {
  const { stdout } = await god(['fetch', '--help'], { cwd });
  for (const word of [
    'audioset',
    'wikipedia2vec',
    'tiny-imagenet',
    'resnet18',
    '2.4 GB',
    '248 MB',
    'CC BY 4.0',
  ])
    expect(stdout).toContain(word);
});
