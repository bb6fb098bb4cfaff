import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import {
  DataError,
  type Gathered,
  GOD,
  type GODOptions,
  MissingDependencyError,
  matchZodiac,
  type Progress,
  type Source,
  type StageProgress,
  signs,
  synthetic,
} from '../../src/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const small: GODOptions = { samples: 90, latent: 5, epochs: 4, warmup: 1, iterations: 300, seed: 3 };
const sources = () => synthetic({ rows: { audio: 80, text: 60, image: 50 } });
const god = await GOD.fit(sources(), small);

/** A source of these rows, for tests of unusual ones. */
function source(
  rows: readonly (readonly number[])[],
  change: Partial<Gathered> = {},
  modality = 'things',
): Source {
  const cols = rows[0]?.length ?? 0;
  return {
    modality,
    description: 'made by a test',
    synthetic: false,
    fingerprint: async () => JSON.stringify([rows, modality]),
    gather: async () => ({
      modality,
      ids: rows.map((_, i) => `${modality} ${i}`),
      labels: rows.map((_, i) => `kind ${i % 3}`),
      vectors: { data: Float32Array.from(rows.flat()), rows: rows.length, cols },
      total: rows.length,
      notes: [],
      ...change,
    }),
  };
}

function randomRows(rows: number, cols: number, seed = 1): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: rows }, () => Array.from({ length: cols }, () => random() - 0.5));
}

/** All of a fitted GOD as plain values. */
function contents(fitted: GOD) {
  const { settings, newReality, errors, objects, labels, match, theology, quality, trees } = fitted;
  const modalities = fitted.modalities.map((modality) => ({ ...modality, pca: modality.pca.state() }));
  const models = [fitted.vae, fitted.tsne, trees.map, trees.latent].map((model) => model.state());
  return { settings, modalities, models, newReality, errors, objects, labels, match, theology, quality };
}

describe('GOD.fit', () => {
  test('uses the same number of objects of each modality', () => {
    const count = (name: string) => god.objects.filter(({ modality }) => modality === name).length;
    expect([count('audio'), count('text'), count('image')]).toEqual([30, 30, 30]);
    expect(new Set(god.objects.map(({ id }) => id)).size).toBe(90);
  });

  test('gives every object a row of the New Reality, a point, two clusters and a sign', () => {
    expect([god.newReality.rows, god.newReality.cols]).toEqual([90, 5]);
    expect([god.map.rows, god.map.cols]).toEqual([90, 2]);
    for (const labels of Object.values(god.labels)) {
      expect(labels).toHaveLength(90);
      expect(new Set(labels).size).toBe(12);
    }
    expect(new Set(god.signs)).toEqual(new Set(signs.map(({ name }) => name)));
    expect([...god.newReality.data, ...god.map.data].every(Number.isFinite)).toBe(true);
  });

  test('places the object of each row of the New Reality on that row', async () => {
    const text = sources()[1];
    const { ids, vectors } = await text.gather({ limit: 60, seed: 3 });
    const places = await god.place('text', vectors);
    let found = 0;
    for (const [row, { id, modality }] of god.objects.entries()) {
      if (modality !== 'text') continue;
      const { nearest, latent, map, cluster, sign } = places[ids.indexOf(id)];
      expect(nearest).toBe(row);
      expect(latent).toEqual(god.newReality.data.slice(row * 5, row * 5 + 5));
      expect(map).toEqual([...god.map.data.slice(row * 2, row * 2 + 2)]);
      expect([cluster, sign]).toEqual([god.clusters[row], god.signs[row]]);
      found++;
    }
    expect(found).toBe(30);
  });

  test('matches the means of its clusters with the signs', () => {
    const means = Array.from({ length: 12 }, (_, cluster): [number, number] => {
      const rows = [...god.clusters.keys()].filter((row) => god.clusters[row] === cluster);
      const mean = (axis: number) =>
        rows.reduce((sum, row) => sum + god.map.data[2 * row + axis], 0) / rows.length;
      return [mean(0), mean(1)];
    });
    expect(god.match.signOf).toEqual(matchZodiac(means).signOf);
    expect(god.signs[0]).toBe(signs[god.match.signOf[god.clusters[0]]].name);
  });

  test('says if objects are synthetic', () => {
    expect(god.synthetic).toBe(true);
    expect(god.modalities.map(({ notes }) => notes[0])).toEqual(
      ['audio', 'text', 'image'].map((name) => `these ${name} objects are synthetic`),
    );
  });

  test.each([1, 2, 3])('gives the same bits with %i threads', async (threads) => {
    expect(contents(await GOD.fit(sources(), { ...small, threads }))).toEqual(contents(god));
  });

  test('gives other results for another seed', async () => {
    const other = await GOD.fit(sources(), { ...small, seed: 4 });
    expect(other.newReality.data).not.toEqual(god.newReality.data);
  });
});

describe('options', () => {
  test('draws from posteriors are spread around their means as their variances say', async () => {
    const drawn = await GOD.fit(sources(), { ...small, sampling: 'posterior' });
    expect(drawn.objects).toEqual(god.objects);
    const parts = await Promise.all(
      sources().map(async (one) => (await one.gather({ limit: 100, seed: 3 })).vectors),
    );
    expect(parts).toHaveLength(3);
    const deviation = drawn.newReality.data.map((value, i) => value - god.newReality.data[i]);
    const spread = Math.sqrt(deviation.reduce((sum, value) => sum + value ** 2, 0) / deviation.length);
    // After a short training, posteriors are a little narrower than the prior.
    expect(spread).toBeGreaterThan(0.2);
    expect(spread).toBeLessThan(1.1);
  });

  test('draws from the prior are standard normal and do not belong to objects', async () => {
    const dreamt = await GOD.fit(sources(), { ...small, sampling: 'prior', samples: 400 });
    expect(dreamt.newReality.rows).toBe(400);
    expect(dreamt.objects[17]).toEqual({ id: 'dream 17', modality: 'prior', label: '' });
    const { data } = dreamt.newReality;
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + value ** 2, 0) / data.length;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(variance - 1)).toBeLessThan(0.15);
  });

  test.each([1, 2, 5, 20])(
    '%i clusters have as many means, and at most twelve of them have signs',
    async (clusters) => {
      const fitted = await GOD.fit(sources(), { ...small, clusters });
      expect(new Set(fitted.clusters).size).toBe(clusters);
      expect(fitted.match.signOf.filter((sign) => sign >= 0)).toHaveLength(Math.min(clusters, 12));
      expect(new Set(fitted.signs).size).toBe(Math.min(clusters, 13));
      if (clusters === 1) expect(fitted.quality.silhouette.map).toEqual({ map: null, latent: null });
      else expect(Number.isFinite(fitted.quality.silhouette.latent.map)).toBe(true);
    },
  );

  test('clusters of the latent space decide the signs on request', async () => {
    const fitted = await GOD.fit(sources(), { ...small, clusterSpace: 'latent' });
    expect(fitted.labels).toEqual(god.labels);
    expect(fitted.clusters).toEqual(god.labels.latent);
    expect(god.clusters).toEqual(god.labels.map);
  });

  test('the common dimension is the requested one, or the smallest number of rows or columns', async () => {
    expect(god.settings.components).toBe(50);
    const fitted = await GOD.fit(sources(), { ...small, components: 7 });
    expect(fitted.modalities.map(({ pca }) => pca.components.rows)).toEqual([7, 7, 7]);
    await expect(GOD.fit(sources(), { ...small, components: 51 })).rejects.toThrow(
      'Expected `components` in [1, 50], for image has 50 rows of 512 values, but received 51',
    );
  });

  test.each([
    [{ seed: -1 }, RangeError],
    [{ clusters: 0 }, RangeError],
    [{ threads: 257 }, RangeError],
    [{ latent: 4097 }, RangeError],
    [{ samples: 1 }, RangeError],
    [{ perplexity: 0 }, RangeError],
    [{ sampling: 'x' }, RangeError],
    [{ beta: Number.NaN }, RangeError],
    [{ epochs: '3' }, TypeError],
    [{ listener: 5 }, TypeError],
    [{ onProgress: 5 }, TypeError],
    [{ listener: { started: 5 } }, TypeError],
    [{ signal: {} }, TypeError],
    [{ unknown: 1 }, TypeError],
    [null, TypeError],
    [[], TypeError],
  ])('%j is refused before any source is read', async (options, type) => {
    const untouchable = { ...source([[1]]), gather: () => expect.unreachable() };
    await expect(GOD.fit([untouchable], options as GODOptions)).rejects.toThrow(type);
  });

  test.each([
    [{ perplexity: 30 }, '`perplexity` to be at most 29.66 for a New Reality of 90 rows but received 30'],
    [{ clusters: 91 }, '`clusters` to be at most 90 for a New Reality of 90 rows but received 91'],
  ])('%j is refused when the rows are known, before anything is computed', async (options, message) => {
    const stages: string[] = [];
    const listener = { started: (name: string) => stages.push(name) };
    await expect(GOD.fit(sources(), { ...small, ...options, listener })).rejects.toThrow(message);
    expect(stages).toEqual(['gather-audio', 'gather-text', 'gather-image']);
  });
});

describe('unusual sources', () => {
  const quick = { latent: 2, epochs: 2, warmup: 1, iterations: 50 };

  test.each([2, 3, 4, 5, 12, 13])('%i rows are enough', async (n) => {
    const fitted = await GOD.fit([source(randomRows(n, 4))], quick);
    expect(fitted.newReality.rows).toBe(n);
    expect(fitted.settings.clusters).toBe(Math.min(12, n));
    expect([...fitted.map.data].every(Number.isFinite)).toBe(true);
    expect(fitted.quality.map.trustworthiness === null).toBe(n < 3);
    expect(await fitted.place('things', randomRows(2, 4, 9))).toHaveLength(2);
  });

  test('one that lacks a package ends the run before anything is gathered', async () => {
    const gathered: string[] = [];
    const listener = { started: (name: string) => gathered.push(name) };
    const check = async () => {
      throw new MissingDependencyError(['sharp'], 'This');
    };
    const needy = { ...source(randomRows(5, 3), {}, 'needy'), check };
    const fitting = GOD.fit([source(randomRows(20, 3)), needy], { ...quick, listener });
    await expect(fitting).rejects.toThrow('This needs sharp. Install with: npm install sharp');
    expect(gathered).toEqual([]);
  });

  test('one row is not enough, unless dreams are drawn from it', async () => {
    await expect(GOD.fit([source([[1, 2]])], quick)).rejects.toThrow('at least two rows');
    const fitted = await GOD.fit([source([[1, 2]])], { ...quick, sampling: 'prior', samples: 20 });
    expect(fitted.map.rows).toBe(20);
  });

  test('constant vectors, equal rows and values of any size get places', async () => {
    for (const scale of [0, 1, 1e30, 1e-30]) {
      const rows = Array.from({ length: 20 }, (_, i) => [3 * scale, (i % 2) * scale, scale]);
      const fitted = await GOD.fit([source(rows), source(randomRows(20, 3), {}, 'others')], quick);
      expect([...fitted.newReality.data, ...fitted.map.data].every(Number.isFinite)).toBe(true);
      expect(JSON.stringify(fitted.quality)).not.toContain('null,"kl"');
    }
  });

  test('the error for a value that is not finite says where it is', async () => {
    const rows = randomRows(20, 4);
    rows[13][2] = Number.NaN;
    await expect(GOD.fit([source(rows)], quick)).rejects.toThrow(/row 13.*column 2/);
  });

  const two = [
    [1, 2],
    [3, 5],
  ];
  test.each([
    ['no array', 5, 'Expected `sources` to be an array'],
    ['no sources', [], 'Expected `sources` to be an array of at least one source'],
    ['null', [null], 'Expected `sources[0]` to be a source but received null'],
    ['a promise', [Promise.resolve(source(two))], 'Expected `sources[0]` to be a source'],
    ['two of a kind', [source(two), source(two)], 'two of things'],
    ['no name', [{ ...source(two), modality: '' }], '`sources[0].modality`'],
    ['a long name', [{ ...source(two), modality: 'x'.repeat(41) }], '`sources[0].modality`'],
    ['another name', [source(two, { modality: 'others' })], 'Expected the source of things to gather'],
    ['too few ids', [source(two, { ids: ['a'] })], '`ids`, a string for each of its 2 rows'],
    [
      'labels that are not strings',
      [source(two, { labels: [1, 2] as never })],
      '`labels`, a string for each',
    ],
    [
      'no vectors',
      [source(two, { vectors: undefined as never })],
      '`vectors` as a matrix of float32 or float64',
    ],
    ['no rows', [source([])], 'at least one row and column'],
    ['fewer rows in all than taken', [source(two, { total: 1 })], '`total` of at least its 2 rows'],
  ])('%s', async (_, given, message) => {
    await expect(GOD.fit(given as Source[], quick)).rejects.toThrow(message);
  });
});

describe('listeners and signals', () => {
  const names: string[] = [];
  test('a listener is called for every stage, with fractions in [0, 1]', async () => {
    const events: string[] = [];
    await GOD.fit(sources(), {
      ...small,
      listener: {
        started: (name) => {
          names.push(name);
          events.push(`+${name}`);
        },
        progressed: ({ phase, fraction, step }) => {
          expect(step).not.toBe('');
          expect(events.at(-1)).toBe(`+${phase}`);
          expect(fraction).toBeGreaterThanOrEqual(0);
          expect(fraction).toBeLessThanOrEqual(1);
        },
        finished: ({ name, cached, seconds }) => {
          events.push(`-${name}`);
          expect(cached).toBe(false);
          expect(seconds).toBeGreaterThanOrEqual(0);
        },
      },
    });
    expect(names).toHaveLength(12);
    expect(events).toEqual(names.flatMap((name) => [`+${name}`, `-${name}`]));
  });

  test('onProgress is called for every stage, with the fraction of the whole run, which increases to 1', async () => {
    const seen: Progress[] = [];
    await GOD.fit(sources(), { ...small, onProgress: (progress) => seen.push(progress) });
    const fractions = seen.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect([fractions[0], fractions.at(-1)]).toEqual([0, 1]);
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(names);
  });

  test('an error of a listener ends the run', async () => {
    const problem = new Error('enough');
    const fail = () => {
      throw problem;
    };
    for (const listener of [{ started: fail }, { progressed: fail }, { finished: fail }])
      await expect(GOD.fit(sources(), { ...small, listener })).rejects.toBe(problem);
    await expect(GOD.fit(sources(), { ...small, onProgress: fail })).rejects.toBe(problem);
  });

  test('an aborted signal ends the run with its reason in any stage', async () => {
    const reason = new Error('not today');
    await expect(GOD.fit(sources(), { ...small, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    for (const stage of names.filter((name) => name !== 'sample')) {
      const controller = new AbortController();
      const started = (name: string) => {
        if (name === stage) controller.abort(reason);
      };
      const running = GOD.fit(sources(), { ...small, signal: controller.signal, listener: { started } });
      await expect(running).rejects.toBe(reason);
    }
  });

  test('an abort in the middle of a long stage ends that stage early', async () => {
    const controller = new AbortController();
    const listener = {
      progressed: vi.fn(({ phase }: StageProgress) => {
        if (phase === 'map') controller.abort();
      }),
      finished: vi.fn(),
    };
    const endless = { ...small, iterations: 1_000_000, signal: controller.signal, listener };
    await expect(GOD.fit(sources(), endless)).rejects.toThrow('aborted');
    expect(listener.finished.mock.calls.map(([{ name }]) => name)).not.toContain('map');
    const ofMap = listener.progressed.mock.calls.filter(([{ phase }]) => phase === 'map');
    expect(Math.max(...ofMap.map(([{ fraction }]) => fraction))).toBeLessThan(0.5);
  });
});

describe('save and load', async () => {
  const path = join(folder.path, 'model');
  await god.save(path);
  const vectors = randomRows(5, 100, 8);
  const places = await god.place('text', vectors);

  test('a loaded GOD gives the same places and the same bytes as the saved one', async () => {
    const loaded = await GOD.load(path);
    expect(contents(loaded)).toEqual(contents(god));
    expect(await loaded.place('text', vectors)).toEqual(places);
    expect(await loaded.place('text', vectors, { threads: 1 })).toEqual(places);
    await loaded.save(join(folder.path, 'again'));
    for (const name of readdirSync(path))
      expect(readFileSync(join(folder.path, 'again', name))).toEqual(readFileSync(join(path, name)));
  });

  test.each(['map', 'latent'] as const)(
    'new objects get cluster and sign of the row that is nearest on the %s',
    async (clusterSpace) => {
      const fitted = new GOD({ ...god, settings: { ...god.settings, clusterSpace } });
      for (const { latent, map, cluster, sign, nearest } of await fitted.place('text', vectors)) {
        expect(latent).toHaveLength(5);
        const [rows, own] = clusterSpace === 'map' ? [fitted.map, map] : [fitted.newReality, latent];
        const distances = Array.from({ length: rows.rows }, (_, row) =>
          Math.hypot(...Array.from(own, (value, c) => value - rows.data[row * rows.cols + c])),
        );
        expect(nearest).toBe(distances.indexOf(Math.min(...distances)));
        expect([cluster, sign]).toEqual([fitted.clusters[nearest], fitted.signs[nearest]]);
      }
    },
  );

  test.each([
    ['dreams', vectors, {}, 'Expected `modality` to be one of audio, text, image but received "dreams"'],
    ['audio', vectors, {}, 'Expected `vectors` to have 128 columns'],
    ['text', [[Number.NaN, ...vectors[0].slice(1)]], {}, /`vectors` .* row 0/],
    ['text', [['one', ...vectors[0].slice(1)]], {}, /`vectors` .* row 0, column 0 is "one"/],
    ['text', { data: [1], rows: 1, cols: 1 }, {}, 'Expected `vectors.data` to be a Float32Array'],
    ['text', 'vectors', {}, 'Expected `vectors` to be a matrix'],
    ['text', vectors, { threads: -1 }, '`threads`'],
    ['text', vectors, { signal: 7 }, '`signal`'],
    ['text', vectors, { seed: 7 }, 'Unknown option `seed`'],
  ])('placing %s is refused where it must be', async (modality, given, options, message) => {
    const placing = god.place(modality, given as number[][], options as never);
    await expect(placing).rejects.toThrow(message);
    await expect(placing).rejects.not.toThrow('`X');
  });

  test('an empty list of objects gets an empty list of places', async () => {
    expect(await god.place('text', [])).toEqual([]);
  });

  test('300 randomly damaged models are refused with an error that names the damaged file', async () => {
    const names = readdirSync(path);
    const random = seededRandom(7);
    const below = (n: number) => Math.floor(random() * n);
    for (let i = 0; i < 300; i++) {
      const file = join(path, names[i % names.length]);
      const whole = readFileSync(file);
      const bytes = Buffer.from(whole);
      const at = below(bytes.length);
      // Flipping bit 5 of a blank between entries of the index can make it another blank.
      bytes[at] ^= 1 << below(5);
      writeFileSync(file, i % 3 === 0 ? bytes.subarray(0, at) : bytes);
      const loading = GOD.load(path);
      await expect(loading, `${file} at ${at}`).rejects.toThrow(DataError);
      await expect(loading).rejects.toThrow(file);
      writeFileSync(file, whole);
    }
    expect(contents(await GOD.load(path))).toEqual(contents(god));
  });

  test('a mixture of files of two models is refused', async () => {
    const other = join(folder.path, 'other');
    await (await GOD.fit(sources(), { ...small, seed: 5 })).save(other);
    for (const name of readdirSync(path)) {
      const own = readFileSync(join(other, name));
      const foreign = readFileSync(join(path, name));
      if (own.equals(foreign)) continue;
      writeFileSync(join(other, name), foreign);
      await expect(GOD.load(other), name).rejects.toThrow(DataError);
      writeFileSync(join(other, name), own);
    }
    rmSync(join(other, 'vae.safetensors'));
    await expect(GOD.load(other)).rejects.toThrow('vae.safetensors: no such file');
    await expect(GOD.load(join(other, 'nowhere'))).rejects.toThrow(DataError);
  });

  test('an invalid index with a correct checksum is refused', async () => {
    const file = folder.write('fake/god.json', '');
    for (const text of ['{}', 'null', '[]', '{"version":1}', '{"version":2,"sha256":""}', 'x']) {
      writeFileSync(file, text);
      await expect(GOD.load(join(folder.path, 'fake')), text).rejects.toThrow(DataError);
    }
  });

  test('if a model cannot be saved, the previous one is kept', async () => {
    const place = join(folder.path, 'kept');
    await god.save(place);
    const before = readFileSync(join(place, 'god.json'));
    const broken = Object.create(god, { trees: { value: {} } }) as GOD;
    await expect(broken.save(place)).rejects.toThrow();
    expect(readFileSync(join(place, 'god.json'))).toEqual(before);
    expect(contents(await GOD.load(place))).toEqual(contents(god));
    expect(readdirSync(place)).toEqual(readdirSync(path));
  });
});

describe('of each object', () => {
  test('the error is the mean squared difference from the decoded posterior mean', async () => {
    const gathered = await Promise.all(sources().map((one) => one.gather({ limit: 1000, seed: 0 })));
    let compared = 0;
    for (const [m, { modality, ids, vectors }] of gathered.entries()) {
      const { pca, scale } = god.modalities[m];
      const reduced = await pca.transform(vectors);
      const scaled = { ...reduced, data: reduced.data.map((value) => value * scale) };
      const made = await god.vae.decode((await god.vae.encode(scaled)).mean);
      god.objects.forEach((object, row) => {
        const i = ids.indexOf(object.id);
        if (object.modality !== modality || i < 0) return;
        let sum = 0;
        for (let c = 0; c < made.cols; c++)
          sum += (scaled.data[i * made.cols + c] - made.data[i * made.cols + c]) ** 2;
        const error = sum / made.cols;
        expect(Math.abs(god.errors[row] - error)).toBeLessThan(1e-4 * error);
        compared++;
      });
    }
    expect(compared).toBe(90);
  });

  test('outlyingness is the fraction of objects with a nearer neighbor', async () => {
    const { data, rows, cols } = god.newReality;
    const nearest = Array.from({ length: rows }, (_, a) => {
      let least = Infinity;
      for (let b = 0; b < rows; b++) {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += (data[a * cols + c] - data[b * cols + c]) ** 2;
        if (a !== b) least = Math.min(least, sum);
      }
      return least;
    });
    const expected = nearest.map((d) => nearest.filter((other) => other < d * (1 - 1e-6)).length / rows);
    const outside = await god.outlyingness();
    expected.forEach((share, row) => {
      expect(outside[row]).toBeCloseTo(share, 6);
    });
  });
});
