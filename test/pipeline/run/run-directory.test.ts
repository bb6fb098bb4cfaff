import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ModelState } from '../../../src/models/model-state.ts';
import { RunDirectory } from '../../../src/pipeline/run/run-directory.ts';
import { seededRandom } from '../../support/bytes.ts';
import { failAt } from '../../support/failpoints.ts';
import { leftovers } from '../../support/god.ts';
import { tempFolder } from '../../support/temp.ts';

const folder = tempFolder();
let count = 0;
const newPath = () => join(folder.path, String(count++));

const cost = { name: 'map', seconds: 1.25, residentBytes: 1e8, peakBytes: 2e8 };
const state: ModelState = {
  kind: 'test',
  version: 3,
  values: { text: 'a "quoted" \u2028 label', list: [1, 2.5, null] },
  arrays: {
    floats: { data: Float32Array.from({ length: 600 }, (_, i) => Math.sin(i)), shape: [200, 3] },
    odd: { data: new Float64Array([Number.NaN, -0, Number.POSITIVE_INFINITY]), shape: [3] },
  },
};

async function kept(path: string, key = 'key') {
  const directory = await RunDirectory.open(path);
  try {
    return await directory.read('map', key);
  } finally {
    await directory.close();
  }
}

async function withStage(path = newPath(), values = state): Promise<string> {
  const directory = await RunDirectory.open(path);
  await directory.write('map', 'key', values, cost);
  await directory.close();
  return path;
}

describe('the result of a stage', () => {
  // Node reads, writes and hashes at most 2 GiB at once. Takes some 8 GB of memory.
  test.runIf(process.env.GOD_LONG)('can be larger than 2 GiB', { timeout: 120_000 }, async () => {
    const data = new Float32Array(560_000_000);
    data.set([1, 2], data.length - 2);
    const arrays = { data: { data, shape: [data.length] } };
    const found = await kept(await withStage(newPath(), { ...state, arrays }));
    const back = found?.state.arrays.data.data as Float32Array;
    expect([back.length, ...back.subarray(-3)]).toEqual([data.length, 0, 1, 2]);
  });

  test('is restored bit by bit, under its key only', async () => {
    const path = await withStage();
    const found = await kept(path);
    expect(found).toEqual({ state: { ...state, arrays: expect.anything() }, cost });
    for (const [name, { data, shape }] of Object.entries(state.arrays)) {
      expect(found?.state.arrays[name].shape).toEqual(shape);
      const bytes = found?.state.arrays[name].data as Float32Array;
      expect(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toEqual(Buffer.from(data.buffer));
    }
    expect(await kept(path, 'other key')).toBeUndefined();
  });

  test('is not reused if it or its record is damaged, in 400 random ways', async () => {
    const path = await withStage();
    const random = seededRandom(42);
    const below = (n: number) => Math.floor(random() * n);
    const intact = await kept(path);
    let found = 0;
    for (const extension of ['safetensors', 'json']) {
      const file = join(path, 'stages', `map.${extension}`);
      const whole = readFileSync(file);
      for (let i = 0; i < 200; i++) {
        const bytes = Buffer.from(whole);
        const at = below(bytes.length);
        if (i % 4 === 0) writeFileSync(file, bytes.subarray(0, at));
        else if (i % 4 === 1) writeFileSync(file, Buffer.concat([bytes, Buffer.from([below(256)])]));
        else {
          bytes[at] ^= 1 << below(8);
          writeFileSync(file, bytes);
        }
        const result = await kept(path);
        if (result === undefined) found++;
        // A change that JSON.parse does not notice, such as another blank, is not damage.
        else expect([extension, result]).toEqual(['json', intact]);
      }
      writeFileSync(file, whole);
    }
    expect(found).toBeGreaterThanOrEqual(390);
    expect(await kept(path)).toEqual(intact);
  });

  test('is not reused from another stage or another run, or if a file is missing', async () => {
    const path = await withStage();
    const other = await withStage(newPath(), { ...state, values: {} });
    const stage = (of: string, extension: string) => join(of, 'stages', `map.${extension}`);
    const whole = readFileSync(stage(path, 'safetensors'));
    writeFileSync(stage(path, 'safetensors'), readFileSync(stage(other, 'safetensors')));
    expect(await kept(path)).toBeUndefined();
    rmSync(stage(path, 'safetensors'));
    expect(await kept(path)).toBeUndefined();
    writeFileSync(stage(path, 'safetensors'), whole);
    expect(await kept(path)).toBeDefined();
    rmSync(stage(path, 'json'));
    expect(await kept(path)).toBeUndefined();
  });

  test.each(['{}', 'null', '[]', '7', '"key"', '{"key":"key"}', '{"key":"key","seal":null,"cost":{}}', ''])(
    'is not reused with the record %s',
    async (record) => {
      const path = await withStage();
      writeFileSync(join(path, 'stages/map.json'), record);
      expect(await kept(path)).toBeUndefined();
    },
  );

  test('that cannot be read for other reasons is reported with its path', async () => {
    const path = await withStage();
    rmSync(join(path, 'stages/map.json'));
    mkdirSync(join(path, 'stages/map.json'));
    await expect(kept(path)).rejects.toThrow(join(path, 'stages/map.json'));
  });

  test('is always inside the folder, whatever the name of a modality', async () => {
    const path = newPath();
    const directory = await RunDirectory.open(path);
    const names = [
      'gather-../../escape',
      'gather-..\\x',
      'gather-a\0b',
      'gather-\ud800',
      `gather-${'\uffff'.repeat(40)}`,
    ];
    for (const name of names) {
      await directory.write(name, name, state, cost);
      expect(await directory.read(name, name)).toBeDefined();
    }
    await directory.close();
    expect(readdirSync(join(path, 'stages'))).toHaveLength(2 * names.length);
    expect(existsSync(join(folder.path, 'escape.json'))).toBe(false);
  });
});

describe('a fresh run', () => {
  test('removes results and nothing else', async () => {
    const path = await withStage();
    const files = ['holiday.json', 'network.safetensors', 'notes/map.json'];
    for (const name of files) folder.write(join(path, 'stages', name).slice(folder.path.length + 1), '{}');
    await (await RunDirectory.open(path, { fresh: true })).close();
    expect(readdirSync(join(path, 'stages'), { recursive: true }).sort()).toEqual([...files, 'notes'].sort());
  });
});

describe('a directory', () => {
  test('is cleared of the temporary files of killed runs', async () => {
    const path = await withStage();
    for (const name of ['.figure-1.svg.00.god-tmp', 'stages/.map.json.00.god-tmp', 'model/.vae.00.god-tmp'])
      writeFileSync(join(path, name), 'half');
    await kept(path);
    expect(leftovers(path)).toEqual([]);
  });

  test('is refused if it is a file or has files in the place of its folders', async () => {
    const file = folder.write('a-file', '');
    await expect(RunDirectory.open(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(RunDirectory.open(join(file, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    const path = newPath();
    mkdirSync(path);
    writeFileSync(join(path, 'model'), '');
    await expect(RunDirectory.open(path)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(leftovers(path)).toEqual([]);
  });
});

describe('when any call of the file system fails once', async () => {
  const newState = { ...state, values: { text: 'new' } };
  const rewrite = async (path: string) => {
    const directory = await RunDirectory.open(path);
    try {
      await directory.read('map', 'key');
      await directory.write('map', 'new key', newState, cost);
      await directory.replaceOutputs(async (put) => {
        await put('map.npy', 'new');
        await put('model/god.json', 'new');
      });
    } finally {
      await directory.close();
    }
  };
  const path = await withStage();
  const { calls, restore } = failAt(-1, 'EIO');
  await rewrite(path);
  restore();

  test.each(calls.map((call, at) => [at, call.replace(path, '')] as const))('%i: %s', async (at, call) => {
    const path = await withStage();
    for (const name of ['map.npy', 'model/god.json']) writeFileSync(join(path, name), 'old');
    const failpoint = failAt(at, 'EIO');
    const outcome = await rewrite(path).then(
      () => undefined,
      (error: unknown) => error,
    );
    failpoint.restore();
    // Reading the state of a process or opening a folder may fail; neither is needed.
    if (outcome === undefined) expect(call).toMatch(/^readFile \/proc|^open (\/stages|\/model)?$/);
    // A lock that could not be released belongs to this process, which in practice would have ended by now.
    for (const name of leftovers(path).filter((name) => name.endsWith('.lock'))) {
      expect(call).toMatch(/^rm .*\.lock$/);
      rmSync(join(path, name));
    }
    expect(leftovers(path)).toEqual([]);
    for (const name of ['map.npy', 'model/god.json'])
      expect(['old', 'new']).toContain(readFileSync(join(path, name), 'utf8'));
    const results = [await kept(path, 'key'), await kept(path, 'new key')];
    for (const result of results)
      expect([undefined, JSON.stringify(state.values), '{"text":"new"}']).toContain(
        result && JSON.stringify(result.state.values),
      );
    await rewrite(path);
    expect(await kept(path, 'new key')).toBeDefined();
    expect(readFileSync(join(path, 'model/god.json'), 'utf8')).toBe('new');
    expect(leftovers(path)).toEqual([]);
  });
});
