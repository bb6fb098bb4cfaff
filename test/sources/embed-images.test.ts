import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type EmbedImagesOptions, embedImages, tinyImageNet } from '../../src/index.ts';
import { readMatrix } from '../../src/matrix-files/index.ts';
import { tarOf, zipOf } from '../support/archives.ts';
import { tinyClassifier } from '../support/onnx.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const model = folder.write('tiny.onnx', tinyClassifier());
const out = (name: string) => join(folder.path, name);

type Color = [red: number, green: number, blue: number];

function picture([r, g, b]: Color): Promise<Buffer> {
  return sharp({ create: { width: 12, height: 10, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

const colorOf = (i: number): Color => [(i * 53) % 256, (i * 101) % 256, (i * 197) % 256];

/** What the tiny network's features are for a color, from its definition: max(0, 2 (x / 255 - mean) / deviation + 1). */
function features(color: Color): number[] {
  const [mean, deviation] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  return color.map((value, i) => Math.max(0, (2 * (value / 255 - mean[i])) / deviation[i] + 1));
}

const count = 30;
/** Written in another order than that of the ids. */
const files = Object.fromEntries(
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const k = (i * 7) % count;
      return [`photos/kind ${k % 3}/${String(k).padStart(2, '0')}.png`, await picture(colorOf(k))] as const;
    }),
  ),
);
for (const [name, bytes] of Object.entries(files)) folder.write(name, bytes);
const photos = out('photos');
const ids = Object.keys(files)
  .map((name) => name.slice('photos/'.length))
  .sort();
const labels = ids.map((id) => id.slice(0, id.indexOf('/')));
const names = `id,label\n${ids.map((id, i) => `${id},${labels[i]}\n`).join('')}`;

await embedImages(photos, out('plain.npy'), { model });
const expected = readFileSync(out('plain.npy'));

const leftovers = () => readdirSync(folder.path).filter((name) => /\.part|god-tmp/.test(name));

describe('the vectors of images', () => {
  test('are those of kinds that are read, and a note counts the others', async () => {
    for (const name of ['a.PNG', 'b.gif', 'c.TIF', 'd.tif', '.e.gif', 'notes.txt'])
      folder.write(`kinds/${name}`, files['photos/kind 0/00.png']);
    const notes: string[] = [];
    const { rows } = await embedImages(out('kinds'), out('kinds.npy'), {
      model,
      onNote: (note) => notes.push(note),
    });
    expect(rows).toBe(1);
    expect(notes).toEqual(['pictures not read: 3 (.gif, .tif); convert them to .png or .jpg']);
  });

  test('are in the order of the ids, which are beside an .npy file', async () => {
    const { data, rows, cols } = await readMatrix(out('plain.npy'));
    expect({ rows, cols }).toEqual({ rows: count, cols: 3 });
    for (const [row, id] of ids.entries()) {
      const color = colorOf(Number(id.slice(-6, -4)));
      for (const [k, value] of features(color).entries()) expect(data[3 * row + k]).toBeCloseTo(value, 4);
    }
    expect(readFileSync(out('plain.names.csv'), 'utf8')).toBe(names);
    expect(leftovers()).toEqual([]);
  });

  test('are the same from a folder, a tar archive and a zip archive', async () => {
    const tar = folder.write('photos.tar.gz', gzipSync(await tarOf(files)));
    const zip = folder.write('photos.zip', zipOf(files));
    for (const [path, name] of [
      [tar, 'tar.npy'],
      [zip, 'zip.npy'],
    ]) {
      const { bad, kept, rows } = await embedImages(path, out(name), { model });
      expect({ bad, kept, rows }).toEqual({ bad: [], kept: 0, rows: count });
      expect(readFileSync(out(name))).toEqual(expected);
      expect(readFileSync(out(name.replace('.npy', '.names.csv')), 'utf8')).toBe(names);
    }
  });

  test.each(['parquet', 'arrow', 'csv', 'jsonl', 'npz'])(
    'have their ids and labels in .%s',
    async (ending) => {
      const written = await embedImages(photos, out(`named.${ending}`), { model });
      expect(written).toMatchObject({ format: ending, rows: count, cols: 3, names: undefined });
      const read = await readMatrix(out(`named.${ending}`), { type: 'float32' });
      const { data } = await readMatrix(out('plain.npy'));
      if (ending !== 'npz') expect({ ids: read.ids, labels: read.labels }).toEqual({ ids, labels });
      expect([...read.data]).toEqual([...data]);
      expect(existsSync(out('named.names.csv'))).toBe(false);
    },
  );

  test('are those of tinyImageNet with its preprocessing, from any layer', async () => {
    const { network } = await embedImages(photos, out('cover.npy'), {
      model,
      preprocessing: 'cover',
      output: 'classes',
    });
    const gathered = await tinyImageNet(photos, { model, output: 'classes' }).gather({
      limit: Number.POSITIVE_INFINITY,
      seed: 0,
    });
    expect((await readMatrix(out('cover.npy'))).data).toEqual(gathered.vectors.data);
    expect(gathered.network).toMatchObject(network);
  });

  test('have the same bytes for any number of threads', async () => {
    for (const threads of [1, 3]) {
      await embedImages(photos, out(`threads-${threads}.npy`), { model, threads });
      expect(readFileSync(out(`threads-${threads}.npy`))).toEqual(expected);
    }
  });
});

describe('bad images', () => {
  const damaged = {
    'a/1.png': files['photos/kind 0/00.png'],
    'a/2.png': 'no picture',
    'b/3.png': files['photos/kind 0/03.png'].subarray(0, 70),
    'b/4.png': files['photos/kind 1/04.png'],
  };
  for (const [name, bytes] of Object.entries(damaged)) folder.write(`bad/${name}`, bytes);

  test('end the call at the first, which is named', async () => {
    const error = await embedImages(out('bad'), out('bad.npy'), { model }).catch((reason) => reason);
    expect(error).toMatchObject({
      name: 'DataError',
      file: join(out('bad'), 'a/2.png'),
      option: 'skipBad',
      problem: 'is not a picture that can be decoded',
    });
    expect(existsSync(out('bad.npy'))).toBe(false);
  });

  test('are listed and left out with skipBad, and the vectors of before are kept', async () => {
    const { bad, rows, kept } = await embedImages(out('bad'), out('bad.npy'), { model, skipBad: true });
    expect(bad.map(({ file }) => file)).toEqual([join(out('bad'), 'a/2.png'), join(out('bad'), 'b/3.png')]);
    expect({ rows, kept }).toEqual({ rows: 2, kept: 1 });
    expect(readFileSync(out('bad.names.csv'), 'utf8')).toBe('id,label\na/1.png,a\nb/4.png,b\n');
    const { data } = await readMatrix(out('bad.npy'));
    for (const [k, value] of features(colorOf(4)).entries()) expect(data[3 + k]).toBeCloseTo(value, 4);
  });

  test('are also members of a zip archive whose checksum is wrong', async () => {
    const zip = Buffer.from(zipOf(damaged));
    // The checksum in the central directory, 30 bytes before the name.
    zip[zip.lastIndexOf('a/2.png') - 30] ^= 1;
    const path = folder.write('bad.zip', zip);
    const error = await embedImages(path, out('zip-bad.npy'), { model }).catch((reason) => reason);
    expect(error).toMatchObject({ file: `${path}: a/2.png`, option: 'skipBad' });
    const { bad } = await embedImages(path, out('zip-bad.npy'), { model, skipBad: true });
    expect(bad).toEqual([
      { file: `${path}: a/2.png`, problem: 'damaged zip archive (a checksum is wrong)' },
      { file: `${path}: b/3.png`, problem: 'is not a picture that can be decoded' },
    ]);
  });

  test('are remembered by a call that continues, which needs skipBad as well', async () => {
    const controller = new AbortController();
    const first = embedImages(out('bad'), out('again.npy'), {
      model,
      skipBad: true,
      signal: controller.signal,
      onProgress: ({ done }) => done === 4 && controller.abort('enough'),
    });
    await expect(first).rejects.toBe('enough');
    await expect(embedImages(out('bad'), out('again.npy'), { model })).rejects.toMatchObject({
      file: join(out('bad'), 'a/2.png'),
    });
    const { bad, kept } = await embedImages(out('bad'), out('again.npy'), { model, skipBad: true });
    expect({ bad: bad.length, kept }).toEqual({ bad: 2, kept: 4 });
    expect(readFileSync(out('again.npy'))).toEqual(readFileSync(out('bad.npy')));
  });

  test('alone are an error', async () => {
    folder.write('worse/a/1.jpg', 'no picture');
    await expect(embedImages(out('worse'), out('worse.npy'), { model, skipBad: true })).rejects.toThrow(
      `${out('worse')}: none of the images can be decoded`,
    );
  });
});

describe('a call that was aborted', () => {
  /** Aborts when the first vector is there. Returns the milliseconds until the call ended. */
  async function aborted(name: string, options: EmbedImagesOptions = {}): Promise<number> {
    const controller = new AbortController();
    let at = 0;
    const call = embedImages(photos, out(name), {
      model,
      ...options,
      signal: controller.signal,
      onProgress: () => {
        at = performance.now();
        controller.abort('enough');
      },
    });
    await expect(call).rejects.toBe('enough');
    return performance.now() - at;
  }

  test('ends at once, is continued by the next, and gives the same bytes', async () => {
    // It takes some milliseconds; other work on the machine can delay it.
    expect(await aborted('begun.npy')).toBeLessThan(500);
    expect(existsSync(out('begun.npy'))).toBe(false);
    const notes: string[] = [];
    const progress: number[] = [];
    const { kept } = await embedImages(photos, out('begun.npy'), {
      model,
      onNote: (note) => notes.push(note),
      onProgress: ({ done }) => progress.push(done),
    });
    expect(kept).toBe(1);
    expect(notes).toEqual([`continues: ${kept} of ${count} images are in ${out('begun.npy')}.part`]);
    expect(progress[0]).toBe(kept + 1);
    expect(progress.at(-1)).toBe(count);
    expect(readFileSync(out('begun.npy'))).toEqual(expected);
    expect(readFileSync(out('begun.names.csv'), 'utf8')).toBe(names);
    expect(leftovers()).not.toContain('begun.npy.part');
  });

  test('is continued although a vector was damaged', async () => {
    await aborted('damaged.npy');
    const part = `${out('damaged.npy')}.part`;
    const bytes = readFileSync(part);
    bytes[5] ^= 1;
    writeFileSync(part, bytes);
    await embedImages(photos, out('damaged.npy'), { model });
    expect(readFileSync(out('damaged.npy'))).toEqual(expected);
  });

  test.each<[string, EmbedImagesOptions]>([
    ['another layer', { output: 'classes' }],
    ['another preprocessing', { preprocessing: 'cover' }],
  ])('is begun anew with %s', async (name, options) => {
    const file = `${name}.npy`;
    await aborted(file, options);
    const notes: string[] = [];
    const { kept } = await embedImages(photos, out(file), { model, onNote: (note) => notes.push(note) });
    expect(kept).toBe(0);
    expect(notes).toEqual([`${out(file)}.part is of other images or another network: begun anew`]);
    expect(readFileSync(out(file))).toEqual(expected);
  });
});

test('wrong options are refused before anything is read', async () => {
  const call = (options: object, name = 'x.npy') => embedImages('nowhere', out(name), options);
  await expect(call({ preprocessing: 'none' })).rejects.toThrow(
    "Expected `preprocessing` to be one of 'torchvision', 'cover' but received",
  );
  await expect(call({ modle: 'x' })).rejects.toThrow('Unknown option `modle`');
  await expect(call({}, 'x.png')).rejects.toThrow('Expected `out` to end with one of npy, npz,');
  await expect(call({}, 'x.vec')).rejects.toThrow('Expected `out` to end with one of npy, npz,');
  await expect(call({ format: 'fvecs' })).rejects.toThrow('Expected `format` to be one of npy, npz,');
  await expect(call({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
  await expect(call({})).rejects.toThrow('nowhere: no such file');
});
