import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Gathered,
  GOD,
  type Matrix,
  MutualProximity,
  nearestNeighbors,
  synthetic,
} from '../../src/index.ts';
import { native } from '../../src/native/loader.ts';

let god: GOD;
let vectors: Gathered['vectors'];
const [, text] = synthetic({ rows: 150, seed: 4 });

beforeAll(async () => {
  god = await GOD.fit(synthetic({ rows: 120 }), { samples: 240, epochs: 2, iterations: 200 });
  ({ vectors } = await text.gather({ limit: 20, seed: 1 }));
});

const rowOf = ({ data, cols }: Matrix, row: number) => data.subarray(row * cols, (row + 1) * cols);

it('is measured by as many threads as the call asks for, from the first call on', async () => {
  const given = new Set<unknown>();
  const addon = native();
  const kernels = Object.keys(addon).filter(
    (name): name is 'nearestNeighbors' => typeof addon[name as 'nearestNeighbors'] === 'function',
  );
  const spies = kernels.map((name) => vi.spyOn(addon, name));
  // Loaded anew: nothing has been measured.
  for (const call of ['place', 'placeColumns'] as const) {
    const fresh = new GOD(god);
    await fresh[call](text.modality, vectors, { threads: 1 });
    await fresh.neighbors({ threads: 1 });
  }
  for (const { mock } of spies) for (const [, { threads }] of mock.calls) given.add(threads);
  vi.restoreAllMocks();
  expect([...given]).toEqual([1]);
});

describe('a place', () => {
  it('lists the objects of each modality that are nearest, judged from both ends', async () => {
    const places = await god.place(text.modality, vectors, { neighbors: 4 });
    const groups = god.objects.map(({ modality }) => modality);
    const fitted = await MutualProximity.fit(god.newReality, { groups });
    for (const { latent, neighbors } of places) {
      const found = await fitted.query([latent], { groups: [text.modality], k: 4 });
      expect(neighbors.map(({ modality }) => modality)).toEqual(found.groups);
      neighbors.forEach(({ objects }, g) => {
        expect(objects.map(({ row }) => row)).toEqual([...found.indices.subarray(4 * g, 4 * g + 4)]);
        objects.forEach(({ proximity }, e) => {
          expect(proximity).toBeCloseTo(found.proximities[4 * g + e], 6);
        });
      });
    }
    expect((await god.place(text.modality, vectors, { neighbors: 0 }))[0].neighbors[0].objects).toEqual([]);
  });

  it('says how far apart its 15 nearest objects are on the map', async () => {
    for (const { latent, map, spread, witnesses } of await god.place(text.modality, vectors)) {
      const { indices } = await nearestNeighbors(god.newReality, { query: [latent], k: 15 });
      expect(witnesses).toEqual(indices);
      const squares = Array.from(indices, (row) => {
        const [x, y] = rowOf(god.map, row);
        return (x - map[0]) ** 2 + (y - map[1]) ** 2;
      });
      expect(spread).toBeCloseTo(Math.sqrt(squares.reduce((sum, s) => sum + s, 0) / 15), 4);
    }
  });

  it('says how far outside the known objects it is', async () => {
    const { distances } = await nearestNeighbors(god.newReality, { k: 1 });
    for (const { latent, outside } of await god.place(text.modality, vectors)) {
      const own = (await nearestNeighbors(god.newReality, { query: [latent], k: 1 })).distances[0];
      expect(outside).toBe(distances.filter((distance) => distance < own).length / 240);
    }
    const far = vectors.data.map((value) => 100 * value);
    const [place] = await god.place(text.modality, { ...vectors, data: far });
    expect(place.outside).toBe(1);
  });

  it('of a known object does not list the object itself', async () => {
    const source = synthetic({ rows: 120 }).find(({ modality }) => modality === 'audio');
    const known = await (source as NonNullable<typeof source>).gather({ limit: 120, seed: 0 });
    const places = await god.place('audio', known.vectors);
    const { distances } = await nearestNeighbors(god.newReality, { k: 1 });
    let seen = 0;
    places.forEach(({ nearest, neighbors, outside }, i) => {
      const { id, modality } = god.objects[nearest];
      if (modality !== 'audio' || id !== known.ids[i]) return;
      seen++;
      for (const { objects } of neighbors) expect(objects.map(({ row }) => row)).not.toContain(nearest);
      expect(outside).toBeCloseTo(distances.filter((d) => d < distances[nearest]).length / 240, 2);
    });
    expect(seen).toBe(80);
  });

  it('has neighbors even if the New Reality was drawn from the prior', async () => {
    const dreams = await GOD.fit(synthetic({ rows: 60 }), {
      ...{ samples: 100, epochs: 1, iterations: 100 },
      sampling: 'prior',
    });
    const [place] = await dreams.place(text.modality, vectors);
    expect(place.neighbors).toHaveLength(1);
    expect(place.neighbors[0].modality).toBe('prior');
    expect(place.neighbors[0].objects).toHaveLength(3);
  });

  it('refuses invalid numbers of neighbors', async () => {
    await expect(god.place(text.modality, vectors, { neighbors: -1 })).rejects.toThrow(RangeError);
  });
});
