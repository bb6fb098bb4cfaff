import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, test, vi } from 'vitest';
import { readNpyRows } from '../../src/formats/npy.ts';
import { openImageNetwork } from '../../src/sources/image-network.ts';
import { tinyImageNet } from '../../src/sources/tiny-imagenet.ts';
import { tarOf, zipOf } from '../support/archives.ts';
import { tinyClassifier, tinyWeights } from '../support/onnx.ts';
import { realData, testOnRealData } from '../support/real-data.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const all = { limit: Number.POSITIVE_INFINITY, seed: 0, threads: 1 };
const model = folder.write('tiny.onnx', tinyClassifier());

type Color = [red: number, green: number, blue: number];

/** A picture of one color, which PNG keeps exactly. Formats are recognized by content, so the name can say JPEG. */
function picture([r, g, b]: Color, width = 16, height = 16): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

const gray = await sharp({
  create: { width: 20, height: 20, channels: 3, background: { r: 90, g: 90, b: 90 } },
})
  .toColourspace('b-w')
  .jpeg()
  .toBuffer();

/** What the tiny network's features are for a color, from its definition: max(0, 2 (x / 255 - mean) / deviation + 1). */
function features(color: Color): number[] {
  const mean = [0.485, 0.456, 0.406];
  const deviation = [0.229, 0.224, 0.225];
  return color.map((value, i) => Math.max(0, (2 * (value / 255 - mean[i])) / deviation[i] + 1));
}

const files = {
  'tiny-imagenet-200/wnids.txt': 'n01\nn02\nn03\n',
  'tiny-imagenet-200/words.txt': 'n01\tgoldfish, Carassius auratus\nn02\tcrane, bird\nn03\tcrane, machine\n',
  'tiny-imagenet-200/train/n01/images/n01_0.JPEG': await picture([255, 128, 0]),
  'tiny-imagenet-200/train/n01/images/n01_1.JPEG': await picture([0, 255, 255]),
  'tiny-imagenet-200/train/n01/n01_boxes.txt': 'n01_0.JPEG\t0\t0\t1\t1\n',
  'tiny-imagenet-200/train/n02/images/n02_0.JPEG': gray,
  'tiny-imagenet-200/train/n03/images/n03_0.JPEG': await picture([10, 20, 30], 32, 8),
  'tiny-imagenet-200/val/images/val_0.JPEG': await picture([200, 200, 0]),
  'tiny-imagenet-200/val/val_annotations.txt': 'val_0.JPEG\tn03\t0\t0\t1\t1\n',
  'tiny-imagenet-200/test/images/test_0.JPEG': await picture([1, 2, 3]),
};
for (const [name, content] of Object.entries(files)) folder.write(name, content);
const data = join(folder.path, 'tiny-imagenet-200');
const archiveTgz = folder.write(
  'tiny.tar.gz',
  gzipSync(await tarOf(Object.fromEntries(Object.entries(files).reverse()))),
);
const archiveZip = folder.write('tiny.zip', zipOf(files));

function closeTo(row: ArrayLike<number>, expected: number[]): void {
  expect(row).toHaveLength(expected.length);
  Array.from(row).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 4);
  });
}

test('a folder in the layout of Tiny ImageNet gives the features of its training images', async () => {
  const gathered = await tinyImageNet(data, { model }).gather(all);
  expect(gathered).toMatchObject({
    modality: 'image',
    ids: [
      'train/n01/images/n01_0.JPEG',
      'train/n01/images/n01_1.JPEG',
      'train/n02/images/n02_0.JPEG',
      'train/n03/images/n03_0.JPEG',
    ],
    labels: ['goldfish', 'goldfish', 'crane, bird', 'crane, machine'],
    total: 4,
    notes: [],
    vectors: { rows: 4, cols: 3 },
  });
  const colors: Color[] = [
    [255, 128, 0],
    [0, 255, 255],
    [90, 90, 90],
    [10, 20, 30],
  ];
  for (const [i, color] of colors.entries())
    closeTo(gathered.vectors.data.subarray(3 * i, 3 * i + 3), features(color));
});

test('a tar archive and a zip archive give the same as a folder, in any order of members', async () => {
  const fromFolder = await tinyImageNet(data, { model }).gather(all);
  expect(await tinyImageNet(archiveTgz, { model }).gather(all)).toEqual(fromFolder);
  expect(await tinyImageNet(archiveZip, { model }).gather(all)).toEqual(fromFolder);
});

test('the validation images get their classes from the annotations', async () => {
  const gathered = await tinyImageNet(archiveZip, { model, split: 'val' }).gather(all);
  expect(gathered).toMatchObject({ ids: ['val/images/val_0.JPEG'], labels: ['crane, machine'] });
});

test('any layer can be the output; maps are averaged over the picture', async () => {
  const pooled = await tinyImageNet(data, { model, output: 'pooled' }).gather(all);
  const byDefault = await tinyImageNet(data, { model }).gather(all);
  expect(pooled.vectors).toEqual(byDefault.vectors);
  const map = await tinyImageNet(data, { model, output: 'map' }).gather(all);
  map.vectors.data.forEach((value, i) => {
    expect(value).toBeCloseTo(byDefault.vectors.data[i], 4);
  });
  const classes = await tinyImageNet(data, { model, output: 'classes' }).gather(all);
  const [a, b, c] = features([255, 128, 0]);
  closeTo(classes.vectors.data.subarray(0, 2), [a + 3 * b + 5 * c, 2 * a + 4 * b + 6 * c]);
});

test('the preprocessing of torchvision keeps less of a picture, and is that of a model whose record says so', async () => {
  // Black, with a white edge that only `cover` sees: of 16 pixels, the middle 14.
  const black = { create: { width: 14, height: 14, channels: 3 as const, background: '#000' } };
  const framed = sharp(black).extend({ top: 1, bottom: 1, left: 1, right: 1, background: '#fff' });
  folder.write('framed/a/1.png', await framed.png().toBuffer());
  const path = join(folder.path, 'framed');
  const like = tinyImageNet(path, { model, preprocessing: 'torchvision' });
  const cover = tinyImageNet(path, { model });
  const [a, b] = [await like.gather(all), await cover.gather(all)];
  expect(b.vectors.data[0]).toBeGreaterThan(a.vectors.data[0] + 0.1);
  expect(await like.fingerprint()).not.toEqual(await cover.fingerprint());
  const record = a.network as NonNullable<typeof a.network>;
  expect(record.preprocessing).toMatch(/^upright, shorter side 9: bilinear/);
  expect((await cover.through?.(record).gather(all))?.network).toEqual(record);
  const own = tinyImageNet(path, { model, preprocessing: 'cover' });
  expect((await own.through?.(record).gather(all))?.network).toEqual(b.network);
});

test('a network with a fixed batch size gets batches of that size, with the last one padded', async () => {
  const fixed = folder.write('fixed.onnx', tinyClassifier(8, 3));
  const [of, by] = [fixed, model].map((network) => tinyImageNet(data, { model: network }).gather(all));
  const { network: record, ...gathered } = await of;
  expect(record?.file).toBe('fixed.onnx');
  const { network: _, ...expected } = await by;
  expect(gathered).toEqual(expected);
});

test('of a picture that is not square, the middle is used', async () => {
  const halves = await sharp(await picture([255, 0, 0], 32, 8))
    .composite([{ input: await picture([0, 0, 255], 12, 8), left: 10, top: 0 }])
    .png()
    .toBuffer();
  const file = join(folder.path, 'wide');
  folder.write('wide/class/a.png', halves);
  const gathered = await tinyImageNet(file, { model }).gather(all);
  closeTo(gathered.vectors.data, features([0, 0, 255]));
});

test('a plain folder with a subfolder for each class works, too, and so do links', async () => {
  folder.write('plain/cat/1.png', await picture([1, 2, 3]));
  folder.write('plain/dog/deep/2.jpg', await picture([4, 5, 6]));
  folder.write('plain/dog/.hidden.jpg', 'no');
  symlinkSync(join(folder.path, 'plain/cat/1.png'), join(folder.path, 'plain/dog/3.png'));
  symlinkSync(join(folder.path, 'plain'), join(folder.path, 'plain/dog/circle'));
  const gathered = await tinyImageNet(join(folder.path, 'plain'), { model }).gather(all);
  expect(gathered.ids).toEqual(['cat/1.png', 'dog/3.png', 'dog/deep/2.jpg']);
  expect(gathered.labels).toEqual(['cat', 'dog', 'dog']);
});

test('the sample is chosen before the network runs', async () => {
  const seen: (number | undefined)[] = [];
  const onProgress = (_: number, total: number | undefined): void => void seen.push(total);
  const gathered = await tinyImageNet(data, { model }).gather({ ...all, limit: 2, onProgress });
  expect(gathered).toMatchObject({ total: 4, vectors: { rows: 2 } });
  expect(seen).toEqual([2, 2]);
});

test('images that cannot be decoded are skipped and listed in a note', async () => {
  const bad = await zipOf({
    'a/1.jpg': await picture([1, 2, 3]),
    'a/2.jpg': 'no image',
    'b/3.jpg': gray.subarray(0, gray.length - 20),
  });
  const gathered = await tinyImageNet(folder.write('bad.zip', bad), { model }).gather(all);
  expect(gathered).toMatchObject({ ids: ['a/1.jpg'], total: 1 });
  expect(gathered.notes).toEqual(['2 images cannot be decoded and were skipped: a/2.jpg, b/3.jpg']);
  const worse = folder.write('worse.zip', zipOf({ 'a/2.jpg': 'no image' }));
  await expect(tinyImageNet(worse, { model }).gather(all)).rejects.toThrow(
    `${worse}: none of the images can be decoded`,
  );
});

test('the error for a missing file says how to get it', async () => {
  await expect(tinyImageNet(data).gather(all)).rejects.toThrow(
    /name any ONNX image network as `model`.* PyTorch exports it with: python -c/,
  );
  const missing = join(folder.path, 'missing.onnx');
  await expect(tinyImageNet(data, { model: missing }).gather(all)).rejects.toThrow(
    `${missing}: no such file`,
  );
  await expect(tinyImageNet(data, { model, output: 'nonsense' }).gather(all)).rejects.toThrow(
    'the network has no layer "nonsense"; its outputs: classes',
  );
  const noModel = folder.write('no.onnx', 'no model at all');
  await expect(tinyImageNet(data, { model: noModel }).gather(all)).rejects.toThrow(
    `${noModel}: is not an ONNX model`,
  );
  folder.write('nothing/readme.txt', '');
  await expect(tinyImageNet(join(folder.path, 'nothing'), { model }).gather(all)).rejects.toThrow(
    'holds no images',
  );
});

test('resnet18.onnx beside the images is the default network', async () => {
  folder.write('with-model/resnet18.onnx', tinyClassifier());
  folder.write('with-model/class/a.png', await picture([9, 8, 7]));
  const gathered = await tinyImageNet(join(folder.path, 'with-model')).gather(all);
  closeTo(gathered.vectors.data, features([9, 8, 7]));
});

test('the error for a missing package has the command that installs it', async () => {
  vi.resetModules();
  vi.doMock('sharp', () => {
    throw new Error('Could not load the "sharp" module');
  });
  const fresh = await import('../../src/sources/tiny-imagenet.ts');
  const source = fresh.tinyImageNet(data, { model });
  for (const call of [() => source.gather(all), () => source.check?.()]) {
    const error = await call()?.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'MissingDependencyError' });
    expect(String(error)).toContain('npm install sharp');
    expect(String(error)).not.toContain('onnxruntime');
  }
  vi.doUnmock('sharp');
});

test('an abort stops reading with its reason', async () => {
  const many = Object.fromEntries(
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => [`c/${i}.png`, await picture([i, i, i])] as const),
    ),
  );
  const file = folder.write('many.zip', zipOf(many));
  const controller = new AbortController();
  const done: number[] = [];
  const onProgress = (count: number): void => {
    done.push(count);
    controller.abort('enough');
  };
  const gathering = tinyImageNet(file, { model }).gather({ ...all, signal: controller.signal, onProgress });
  await expect(gathering).rejects.toBe('enough');
  expect(done).toEqual([1]);
});

test('a network can have its weights in another file', async () => {
  const weights = Buffer.from(Float32Array.from(tinyWeights).buffer);
  const outside = folder.write('outside/net.onnx', tinyClassifier(8, 'batch', 'net.onnx.data'));
  const source = (externalData?: string) =>
    tinyImageNet(data, { model: outside, output: 'classes', ...(externalData ? { externalData } : {}) });
  const missing = join(folder.path, 'outside/net.onnx.data');
  await expect(source().gather(all)).rejects.toThrow(
    `${missing}: weights of net.onnx lie in this file, and it is missing`,
  );
  await expect(source().fingerprint()).rejects.toThrow(missing);
  const inline = await tinyImageNet(data, { model, output: 'classes' }).gather(all);
  const elsewhere = folder.write('elsewhere/w.bin', weights);
  expect((await source(elsewhere).gather(all)).vectors).toEqual(inline.vectors);
  folder.write('outside/net.onnx.data', weights);
  expect((await source().gather(all)).vectors).toEqual(inline.vectors);
  expect((await source(join(folder.path, 'outside')).gather(all)).vectors).toEqual(inline.vectors);
  // For a layer inside the graph, the network is changed before it is loaded.
  const pooled = await tinyImageNet(data, { model: outside }).gather(all);
  expect(pooled.vectors).toEqual((await tinyImageNet(data, { model }).gather(all)).vectors);
  const before = await source().fingerprint();
  folder.write('outside/net.onnx.data', Buffer.from(Float32Array.of(6, 5, 4, 3, 2, 1).buffer));
  expect(await source().fingerprint()).not.toEqual(before);
});

test.each(['../net.data', '/etc/passwd', 'a/../../b', 'C:\\w.bin'])(
  'weights at %s are refused',
  async (location) => {
    const bad = folder.write('bad.onnx', tinyClassifier(8, 'batch', location));
    await expect(tinyImageNet(data, { model: bad }).gather(all)).rejects.toThrow(
      'keeps weights outside its folder',
    );
  },
);

test('the error for a network of another kind names it', async () => {
  const torch = folder.write('net.pt', zipOf({ 'net/data.pkl': 'x' }));
  await expect(tinyImageNet(data, { model: torch }).gather(all)).rejects.toThrow('is a PyTorch checkpoint');
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a picture with EXIF orientation %i is read upright',
  async (orientation) => {
    // EXIF 2.32, tag 274: how the rows and columns of the upright picture are stored.
    const stored: Record<number, (x: number, y: number) => [number, number]> = {
      1: (x, y) => [x, y],
      2: (x, y) => [7 - x, y],
      3: (x, y) => [7 - x, 7 - y],
      4: (x, y) => [x, 7 - y],
      5: (x, y) => [y, x],
      6: (x, y) => [y, 7 - x],
      7: (x, y) => [7 - y, 7 - x],
      8: (x, y) => [7 - y, x],
    };
    const upright = (x: number, y: number): number => 20 * x + 10 * y;
    const pixels = Buffer.alloc(3 * 64);
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        const [column, row] = stored[orientation](x, y);
        pixels.fill(upright(x, y), 3 * (8 * row + column), 3 * (8 * row + column) + 3);
      }
    }
    const png = await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
      .withMetadata({ orientation })
      .png()
      .toBuffer();
    const network = await openImageNetwork(model, {});
    const planes = (await network.prepare(png)) as Float32Array;
    await network.close();
    for (const [x, y] of [
      [0, 0],
      [7, 0],
      [0, 7],
      [3, 5],
    ])
      expect(planes[8 * y + x]).toBeCloseTo((upright(x, y) / 255 - 0.485) / 0.229, 4);
  },
);

test('the fingerprint depends on the network, the layer and the images', async () => {
  const base = await tinyImageNet(archiveZip, { model }).fingerprint();
  const other = folder.write('other.onnx', tinyClassifier(16));
  expect(await tinyImageNet(archiveZip, { model }).fingerprint()).toEqual(base);
  expect(await tinyImageNet(archiveZip, { model: other }).fingerprint()).not.toEqual(base);
  expect(await tinyImageNet(archiveZip, { model, output: 'pooled' }).fingerprint()).not.toEqual(base);
  expect(await tinyImageNet(archiveTgz, { model }).fingerprint()).not.toEqual(base);
  expect(await tinyImageNet(data, { model }).fingerprint()).not.toEqual(base);
});

const images = 'image/tiny-imagenet-200.sub50.tar.gz';
const network = 'image/mobilenetv2_int8_features.onnx';
const known = 'image/tin_train5000x1280_mobilenetv2int8.npy';
const knownFiles = 'image/tin_train5000_files.txt';

testOnRealData(
  'a real network gives the expected vectors for 400 real images',
  [images, network, known, knownFiles],
  async () => {
    const output = '/GlobalAveragePool_output_0';
    const gathered = await tinyImageNet(realData(images), { model: realData(network), output }).gather({
      limit: 400,
      seed: 1,
    });
    expect(gathered).toMatchObject({ total: 10_000, notes: [], vectors: { rows: 400, cols: 1280 } });
    const rowOf = new Map(gathered.ids.map((id, row) => [id, row]));
    const names = readFileSync(realData(knownFiles), 'utf8').trim().split('\n');
    let compared = 0;
    for await (const { start, rows, data } of readNpyRows(realData(known))) {
      for (let i = 0; i < rows; i++) {
        const row = rowOf.get(names[start + i]);
        if (row === undefined) continue;
        compared++;
        expect(
          cosine(
            gathered.vectors.data.subarray(row * 1280, (row + 1) * 1280),
            data.subarray(i * 1280, (i + 1) * 1280),
          ),
        ).toBeGreaterThan(0.999);
      }
    }
    expect(compared).toBeGreaterThan(150);
  },
);

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
}
