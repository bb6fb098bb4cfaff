import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'parse5';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { dendrogram } from '../../../src/figures/dendrogram/dendrogram.ts';
import { readCsv } from '../../../src/formats/csv.ts';
import { readNpyHeader, readNpyRows } from '../../../src/formats/npy.ts';
import { DataError, featureMatrix, GOD, type Source } from '../../../src/index.ts';
import { settingNotes } from '../../../src/pipeline/notes.ts';
import { runInDirectory } from '../../../src/pipeline/run/run.ts';
import { gatherAll, seededRandom } from '../../support/bytes.ts';
import { clusteredNpy, contentsOf, leftovers } from '../../support/god.ts';
import { tempFolder } from '../../support/temp.ts';

const folder = tempFolder();
const FIGURES = ['figure-1', 'figure-2', 'figure-3', 'dendrogram'];
const HOSTILE = [
  'comma, quote " and \'',
  'two\nlines\r\nand a return\r',
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>&amp;]]>',
  '\u2028\u2029\u0000\u0007\ud800 lone',
  '=HYPERLINK("x")',
  ' blank at both ends ',
  '../../../etc/passwd',
  '%s `x` \\n',
  'العربية 猫 🐈‍⬛',
];

const hostileFile = folder.write('hostile.npy', clusteredNpy(60, 6, 5));
const plainFile = folder.write('plain.npy', clusteredNpy(50, 9, 6));

/** Objects with labels and names that a careless writer would get wrong. */
function hostile(): Source {
  const inner = featureMatrix(hostileFile, { modality: 'hostile' });
  return {
    modality: 'a <b> & "c"/../d',
    description: 'made by "a test" & <nobody>',
    synthetic: false,
    fingerprint: inner.fingerprint,
    gather: async (options) => {
      const gathered = await inner.gather(options);
      const ids = gathered.ids.map((id, i) => `${HOSTILE[i % HOSTILE.length]} ${id}`);
      const labels = ids.map((_, i) => HOSTILE[i % 4]);
      return { ...gathered, modality: 'a <b> & "c"/../d', ids, labels, notes: HOSTILE };
    },
  };
}

const sources = () => [hostile(), featureMatrix(plainFile, { modality: 'plain' })];
const options = { samples: 80, latent: 4, epochs: 3, warmup: 1, iterations: 150, seed: 2 };
const path = join(folder.path, 'run');
const notes: string[] = [];
const summary = await runInDirectory(path, sources(), { ...options, onNote: (note) => notes.push(note) });
const expected = contentsOf(path);
const god = await GOD.load(join(path, 'model'));

async function npyOf(name: string): Promise<{ shape: readonly number[]; values: number[] }> {
  const { shape } = await readNpyHeader(join(path, name));
  const values: number[] = [];
  for await (const block of readNpyRows(join(path, name))) values.push(...block.data);
  return { shape, values };
}

describe('the files of a run', () => {
  test('are complete', () => {
    expect(readdirSync(path).sort()).toEqual(
      [
        ...FIGURES.flatMap((name) => [`${name}.png`, `${name}.svg`]),
        'map.npy',
        'model',
        'new-reality.npy',
        'objects.csv',
        'report.html',
        'run.json',
        'stages',
        'theology.json',
      ].sort(),
    );
    expect(readdirSync(folder.path).sort()).toEqual(['hostile.npy', 'plain.npy', 'run']);
  });

  test('new-reality.npy and map.npy hold the matrices of the model', async () => {
    expect(await npyOf('new-reality.npy')).toEqual({ shape: [80, 4], values: [...god.newReality.data] });
    expect(await npyOf('map.npy')).toEqual({ shape: [80, 2], values: [...god.map.data] });
  });

  test('objects.csv has every object, whatever its name, with its point, clusters, sign and neighbors', async () => {
    const file = join(path, 'objects.csv');
    const bytes = readFileSync(file);
    const [head, ...records] = await gatherAll(
      readCsv(
        (async function* () {
          yield bytes;
        })(),
        file,
      ),
    );
    const { groups, indices, proximities } = await god.neighbors({ k: 1 });
    const outside = await god.outlyingness();
    expect(head.fields).toEqual([
      ...'id,modality,label,x,y,cluster_map,cluster_latent,sign,reconstruction_error,outside'.split(','),
      ...groups.flatMap((name) => [`near_${name}_id`, `near_${name}_proximity`]),
    ]);
    expect(records).toHaveLength(80);
    records.forEach(({ fields }, i) => {
      const { id, modality, label } = god.objects[i];
      // UTF-8 cannot encode a lone surrogate.
      const written = [id, modality, label].map((text) => Buffer.from(text).toString());
      expect(fields.slice(0, 3)).toEqual(written);
      expect(fields.slice(3, 5).map((text) => Math.fround(Number(text)))).toEqual([
        ...god.map.data.subarray(2 * i, 2 * i + 2),
      ]);
      expect(fields.slice(5, 8)).toEqual([`${god.labels.map[i]}`, `${god.labels.latent[i]}`, god.signs[i]]);
      const measured = fields.slice(8, 10).map((text) => Math.fround(Number(text)));
      expect(measured).toEqual([god.errors[i], outside[i]]);
      groups.forEach((_, g) => {
        const [near, proximity] = fields.slice(10 + 2 * g, 12 + 2 * g);
        const at = i * groups.length + g;
        expect(near).toBe(Buffer.from(god.objects[indices[at]].id).toString());
        expect(Number(proximity)).toBeCloseTo(proximities[at], 8);
      });
    });
  });

  test('figures are well-formed XML, the report is HTML without foreign elements', () => {
    for (const name of FIGURES.map((figure) => `${figure}.svg`)) {
      const parser = new SaxesParser();
      parser.on('error', (error) => {
        throw error;
      });
      parser.write(readFileSync(join(path, name), 'utf8')).close();
    }
    const html = readFileSync(join(path, 'report.html'), 'utf8');
    const errors: string[] = [];
    parse(html, { onParseError: ({ code }) => errors.push(code), sourceCodeLocationInfo: true });
    expect(errors).toEqual([]);
    expect(html).not.toContain('<img src=x');
    expect(html).not.toContain('alert(1)</script>');
  });

  test('run.json has what the run returned, with the hash of every file', () => {
    expect(JSON.parse(readFileSync(join(path, 'run.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(summary)),
    );
    for (const [name, hash] of Object.entries(summary.files)) expect(hash).toBe(expected[name]);
    const files = Object.keys(expected).filter((name) => !/^stages\/|^run\.json$/.test(name));
    expect(Object.keys(summary.files).sort()).toEqual(files.sort());
    expect(summary.clusters.sizes.reduce((sum, size) => sum + size, 0)).toBe(80);
  });

  test('theology.json has the hull, the path and the claims', () => {
    const theology = JSON.parse(readFileSync(join(path, 'theology.json'), 'utf8'));
    expect(theology).toMatchObject({ synthetic: false, clusterSpace: 'map', hull: god.theology.hull });
  });

  test('notes say which settings do not suit the data, by callback, in run.json and in the report', async () => {
    const place = join(folder.path, 'odd');
    const told: string[] = [];
    const odd = {
      ...options,
      latent: 9,
      components: 3,
      clusters: 41,
      onNote: (note: string) => told.push(note),
    };
    const { notes } = await runInDirectory(place, sources(), odd);
    expect(notes).toEqual(told);
    const html = readFileSync(join(place, 'report.html'), 'utf8');
    for (const note of [
      'The latent space has 9 dimensions, but its input only 3: take fewer (--latent)',
      '41 clusters of 80 rows: most hold a row or two, so take fewer (--clusters)',
    ]) {
      expect(notes).toContain(note);
      expect(html).toContain(note);
    }
  });

  test.each([
    ['map', -0.25, 'The clusters overlap: their mean silhouette on the map is -0.25, below 0.'],
    ['latent', -0.5, 'The clusters overlap: their mean silhouette in the latent space is -0.50, below 0.'],
    ['map', 0.1, undefined],
    ['latent', null, undefined],
  ] as const)('a silhouette in the space of the cut, %s, of %j is judged', (clusterSpace, value, note) => {
    const other = { map: -1, latent: -1 };
    const silhouette = { map: other, latent: other, [clusterSpace]: { ...other, [clusterSpace]: value } };
    const judged = settingNotes({
      settings: { ...god.settings, clusterSpace },
      newReality: god.newReality,
      quality: { ...god.quality, silhouette },
    });
    expect(judged.map((text) => text.split(' Rows are')[0])).toEqual(note === undefined ? [] : [note]);
  });

  test('notes of sources reach the user', () => {
    for (const note of HOSTILE) expect(notes).toContain(`a <b> & "c"/../d: ${note}`);
  });
});

describe('run again', () => {
  const again = async (change = {}) => {
    const stages = (await runInDirectory(path, sources(), { ...options, ...change })).stages;
    return stages.filter(({ cached }) => !cached).map(({ name }) => name);
  };

  test('nothing is done except drawing, and every byte is the same', async () => {
    expect(await again()).toEqual(['draw']);
    expect(contentsOf(path)).toEqual(expected);
  });

  test('only damaged and missing stages are repeated, with the same bytes, in 48 cases', async () => {
    const random = seededRandom(3);
    const folderOf = join(path, 'stages');
    const files = readdirSync(folderOf);
    const damaged = new Set<string>();
    for (let i = 0; i < 48; i++) {
      const file = files[i % files.length];
      const bytes = readFileSync(join(folderOf, file));
      const at = Math.floor(random() * (bytes.length - 2));
      if (i % 3 === 0) rmSync(join(folderOf, file));
      else if (i % 3 === 1) writeFileSync(join(folderOf, file), bytes.subarray(0, at));
      else {
        bytes[at] ^= 4;
        writeFileSync(join(folderOf, file), bytes);
      }
      damaged.add(file.replace(/\.\w+$/, ''));
      // Several at once, because drawing takes most of a round.
      if (i % 8 !== 7) continue;
      expect((await again()).length).toBe(damaged.size + 1);
      damaged.clear();
      expect(contentsOf(path)).toEqual(expected);
    }
    expect(await again()).toEqual(['draw']);
  });

  test('the dendrogram shows the space whose clusters the figures show', async () => {
    expect(await again({ clusterSpace: 'latent' })).toEqual(['draw']);
    const { trees, match } = await GOD.load(join(path, 'model'));
    const shown = { merges: trees.latent.merges, signOf: match.signOf, synthetic: false };
    const figure = readFileSync(join(path, 'dendrogram.svg'), 'utf8');
    expect(figure).toBe(dendrogram({ ...shown, details: ['Ward in 4 dimensions'] }));
    await again();
    expect(contentsOf(path)).toEqual(expected);
  });

  test('another seed changes every random stage, and the first seed restores them', async () => {
    const done = await again({ seed: 3 });
    expect(done).toContain('embed');
    expect(contentsOf(path)['map.npy']).not.toBe(expected['map.npy']);
    await again();
    expect(contentsOf(path)).toEqual(expected);
  });

  test('added labels are gathered, measured and drawn without another training', async () => {
    const labels = folder.write(
      'labels.txt',
      Array.from({ length: 50 }, (_, i) => `class ${i % 4}\n`).join(''),
    );
    const labeled = [hostile(), featureMatrix(plainFile, { modality: 'plain', labels })];
    const { stages, quality } = await runInDirectory(path, labeled, options);
    const done = stages.filter(({ cached }) => !cached).map(({ name }) => name);
    expect(done).toEqual(['gather-plain', 'measure', 'draw']);
    expect([summary.quality, quality].map((of) => of.modalities[1].labelVote === null)).toEqual([
      true,
      false,
    ]);
    expect(contentsOf(path)['map.npy']).toBe(expected['map.npy']);
    expect(contentsOf(path)['objects.csv']).not.toBe(expected['objects.csv']);
    await again();
    expect(contentsOf(path)).toEqual(expected);
  });

  test('changed data is read again, other data is not', async () => {
    folder.write('plain.npy', clusteredNpy(50, 9, 7));
    const done = await again();
    expect(done).toContain('gather-plain');
    expect(done.filter((name) => name.startsWith('gather'))).toHaveLength(1);
  });
});

test('a failed run keeps the outputs of the previous one and releases its lock', async () => {
  const place = join(folder.path, 'fails');
  await runInDirectory(place, sources(), options);
  const before = contentsOf(place);
  const broken = { ...hostile(), gather: () => Promise.reject(new DataError('is damaged', { file: 'x' })) };
  const failing = runInDirectory(place, [{ ...broken, fingerprint: async () => 'new' }], options);
  await expect(failing).rejects.toThrow('x: is damaged');
  const controller = new AbortController();
  const listener = { started: (name: string) => name === 'draw' && controller.abort(new Error('stop')) };
  const stopped = runInDirectory(place, sources(), {
    ...options,
    seed: 9,
    signal: controller.signal,
    listener: listener as never,
  });
  await expect(stopped).rejects.toThrow('stop');
  const outputs = (contents: Record<string, string>) =>
    Object.entries(contents).filter(([name]) => !name.startsWith('stages/'));
  expect(outputs(contentsOf(place))).toEqual(outputs(before));
  expect(leftovers(place)).toEqual([]);
});
