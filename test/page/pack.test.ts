import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packFarness, unpackFarness } from '../../src/page/format.ts';
import { packPage } from '../../src/page/pack.ts';
import { rampOf } from '../../src/page/ramp.ts';
import { coloringOf } from '../../web/coloring.ts';
import { idOf, labelOf, lowerCase, mapPlaceOf, unpack } from '../../web/data.ts';
import { hostileLabels } from '../figures/scenes.ts';
import { blobs, objectsOf, SCENE } from './scene.ts';

describe('a packed page', () => {
  it('restores every object with its place, modality, clusters, id and label', async () => {
    const given = blobs(3000);
    const objects = await objectsOf(given);
    expect(objects.count).toBe(3000);
    expect(objects.placed).toBe(3000);
    const rowOf = new Map(given.ids.map((id, row) => [id, row]));
    const seen = new Set<number>();
    const tolerance = objects.meta.unit;
    for (let i = 0; i < objects.count; i++) {
      const row = rowOf.get(idOf(objects, i)) ?? -1;
      seen.add(row);
      expect(labelOf(objects, i)).toBe(given.labels[row]);
      expect(objects.modality[i]).toBe(given.modality[row]);
      expect(objects.mapCluster[i]).toBe(given.mapClusters[row]);
      expect(objects.latentCluster[i]).toBe(given.latentClusters[row]);
      const [x, y] = mapPlaceOf(objects, i) ?? [];
      expect(Math.abs((x ?? 0) - given.map.data[2 * row])).toBeLessThan(tolerance);
      expect(Math.abs((y ?? 0) - given.map.data[2 * row + 1])).toBeLessThan(tolerance);
    }
    expect(seen.size).toBe(3000);
  });

  it('has classes of a measure, by its quantiles', async () => {
    const given = blobs(1000);
    const outside = Array.from({ length: 1000 }, (_, i) => ((i * 7) % 1000) / 1000);
    const objects = await objectsOf({ ...given, outside });
    expect(objects.meta.bounds).toEqual({ outside: [0.25, 0.5, 0.75, 0.9, 0.95, 0.99] });
    expect(objects.error).toHaveLength(0);
    const { entries, column } = coloringOf(objects, 'outside');
    expect(entries.map(({ count }) => count)).toEqual([250, 250, 250, 150, 50, 40, 10]);
    expect(entries.map(({ name }) => name.replaceAll('\u202f', ' '))).toEqual([
      ...['below 25 %', '25 % to 50 %', '50 % to 75 %', '75 % to 90 %', '90 % to 95 %', '95 % to 99 %'],
      'from 99 %',
    ]);
    for (let i = 0; i < objects.count; i++) {
      const value = outside[given.ids.indexOf(idOf(objects, i))];
      expect(column[i]).toBe(objects.meta.bounds.outside?.filter((bound) => value >= bound).length);
    }
    expect(rampOf(new Float32Array(9)).classes).toEqual(new Uint8Array(9).fill(6));
  });

  it('restores the pictures of the objects that have one', async () => {
    const given = blobs(200);
    const thumbnails = new Map(
      Array.from({ length: 50 }, (_, i): [number, Uint8Array] => [3 * i, new Uint8Array(i + 1).fill(i)]),
    );
    const objects = await objectsOf({ ...given, thumbnails });
    const { bytes, offsets } = objects.pictures;
    for (let i = 0; i < objects.count; i++) {
      const row = given.ids.indexOf(idOf(objects, i));
      const picture = thumbnails.get(row) ?? new Uint8Array(0);
      expect(bytes.slice(offsets[i], offsets[i + 1])).toEqual(picture);
      expect(labelOf(objects, i)).toBe(given.labels[row]);
    }
  });

  it('has the same bytes for the same objects', async () => {
    expect(await packPage(blobs(500), SCENE)).toEqual(await packPage(blobs(500), SCENE));
  });

  it('keeps any text unchanged, except for lone surrogates', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 40 }), async (names) => {
        const given = {
          ...blobs(names.length),
          ids: names.map(([id]) => id),
          labels: names.map(([, label]) => label),
        };
        const objects = await objectsOf(given);
        const found = Array.from(names, (_, i) => `${idOf(objects, i)}|${labelOf(objects, i)}`).sort();
        expect(found).toEqual(names.map(([id, label]) => `${id}|${label}`).sort());
      }),
      { numRuns: 60 },
    );
  });

  it('keeps hostile labels and one of a megabyte', async () => {
    const labels = [...hostileLabels(500), 'x'.repeat(1e6)];
    const objects = await objectsOf({ ...blobs(labels.length), labels });
    const whole = new Set(labels.map((label) => Buffer.from(label).toString()));
    for (let i = 0; i < objects.count; i++) expect(whole.has(labelOf(objects, i))).toBe(true);
  });

  it('puts objects without a place last', async () => {
    const given = blobs(100);
    for (const row of [3, 50, 99]) given.map.data[2 * row] = Number.NaN;
    const objects = await objectsOf(given);
    expect([objects.count, objects.placed]).toEqual([100, 97]);
    const last = [97, 98, 99].map((i) => idOf(objects, i));
    expect(last.sort()).toEqual(['object 3', 'object 50', 'object 99']);
    expect(mapPlaceOf(objects, 98)).toBeUndefined();
  });

  it.each([0, 1, 2])('accepts %i objects, and objects that are all in one place', async (n) => {
    const given = blobs(n);
    given.map.data.fill(7);
    const objects = await objectsOf(given);
    expect(objects.count).toBe(n);
    for (let i = 0; i < n; i++) expect(mapPlaceOf(objects, i)).toEqual([7, 7]);
  });

  it('counts more than 255 clusters', async () => {
    const given = { ...blobs(2000), mapClusters: Int32Array.from({ length: 2000 }, (_, i) => i) };
    const objects = await objectsOf(given);
    const found = Array.from({ length: 2000 }, (_, i) => `object ${objects.mapCluster[i]}`);
    expect(found).toEqual(Array.from({ length: 2000 }, (_, i) => idOf(objects, i)));
  });

  it('is refused if it is damaged or of another version', async () => {
    const { meta, data } = await packPage(blobs(300), SCENE);
    const at = data.length >> 1;
    const other = data[at] === 'A' ? 'B' : 'A';
    await expect(unpack(meta, data.slice(0, at) + other + data.slice(at + 1))).rejects.toThrow(/damaged/);
    await expect(unpack(meta, data.slice(0, at))).rejects.toThrow(/damaged/);
    await expect(unpack({ ...meta, crc: meta.crc ^ 1 }, data)).rejects.toThrow(/checksum/);
    await expect(unpack({ ...meta, format: 99 }, data)).rejects.toThrow(/version 99/);
  });

  it('refuses columns of another length', async () => {
    await expect(packPage({ ...blobs(5), labels: [] }, SCENE)).rejects.toThrow(
      'Expected `labels` to hold 5 values but received 0',
    );
  });
});

describe('a proximity in one byte', () => {
  it('keeps its difference from 1 within 3 %', () => {
    for (const p of [0, 0.25, 0.9, 0.998, 0.99999]) {
      const back = unpackFarness(packFarness(p));
      expect(Math.abs((1 - back) / (1 - p) - 1)).toBeLessThan(0.03);
    }
    expect(unpackFarness(packFarness(1))).toBeGreaterThan(0.999999);
  });
});

describe('lowerCase', () => {
  it('never changes the length', () => {
    expect(lowerCase('\u0130stanbul ABC')).toBe('\u0130stanbul abc');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(lowerCase(text)).toHaveLength(text.length);
      }),
    );
  });
});
