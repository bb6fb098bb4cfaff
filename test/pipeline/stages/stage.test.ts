import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { ModelState } from '../../../src/models/model-state.ts';
import { native } from '../../../src/native/loader.ts';
import {
  type FinishedStage,
  type Stage,
  type StageCost,
  type StageProgress,
  StageRunner,
  type StageStore,
  stageKey,
} from '../../../src/pipeline/stages/stage.ts';

interface Numbers {
  readonly values: readonly (number | null)[];
  readonly array: Float64Array;
}

function stage(change: Partial<Stage<Numbers>> = {}): Stage<Numbers> {
  return {
    name: 'count',
    version: 1,
    parameters: { seed: 7 },
    inputs: ['a', 'b'],
    compute: async () => ({ values: [1.5, Number.NaN, -0], array: new Float64Array([Number.NaN, -0]) }),
    pack: ({ values, array }) => ({
      kind: 'numbers',
      version: 1,
      values: { values },
      arrays: { array: { data: array, shape: [array.length] } },
    }),
    unpack: ({ values, arrays }) => ({
      values: values.values as number[],
      array: arrays.array.data as Float64Array,
    }),
    ...change,
  };
}

/** A store that keeps what a file would keep: values as text, and arrays. */
function memoryStore(): StageStore & { written: string[] } {
  const kept = new Map<string, { text: string; arrays: ModelState['arrays']; cost: StageCost }>();
  const written: string[] = [];
  return {
    written,
    async read(name, key) {
      const found = kept.get(`${name} ${key}`);
      return found && { state: { ...JSON.parse(found.text), arrays: found.arrays }, cost: found.cost };
    },
    async write(name, key, { arrays, ...rest }, cost) {
      written.push(name);
      kept.set(`${name} ${key}`, { text: JSON.stringify(rest), arrays, cost });
    },
  };
}

describe('the key of a stage', () => {
  test.each([
    [{ name: 'other' }],
    [{ version: 2 }],
    [{ parameters: { seed: 8 } }],
    [{ parameters: { seed: 7, more: null } }],
    [{ inputs: ['a'] }],
    [{ inputs: ['b', 'a'] }],
    [{ inputs: ['ab'] }],
  ])('differs for %j', (change) => {
    expect(stageKey(stage(change))).not.toBe(stageKey(stage()));
  });

  test('differs for another instruction set', () => {
    const script = `import { stageKey } from ${JSON.stringify(new URL('../../../src/pipeline/stages/stage.ts', import.meta.url).href)};
      process.stdout.write(stageKey({ name: 'map', version: 1, parameters: {}, inputs: [] }));`;
    const keyWith = (simd: string) => {
      const env = { ...process.env, GOD_SIMD: simd };
      const node = ['--import', 'tsx', '--input-type=module', '--eval', script];
      return spawnSync(process.execPath, node, { encoding: 'utf8', env }).stdout;
    };
    const keys = [keyWith('sse2'), keyWith('sse2'), keyWith('avx2')];
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[1]).toBe(keys[0]);
    if (native().simd.startsWith('avx')) expect(keys[2]).not.toBe(keys[0]);
  });

  test('is the same for the same stage', () => {
    expect(stageKey(stage())).toBe(stageKey(stage({ compute: () => Promise.reject() })));
  });
});

describe('a runner', () => {
  test('passes the same values to later stages, whether a result was computed or stored', async () => {
    const store = memoryStore();
    const computed = await new StageRunner(store).run(stage());
    const kept = await new StageRunner(store).run(stage({ compute: () => expect.unreachable() }));
    const alone = await new StageRunner(undefined).run(stage());
    expect(computed).toEqual(kept);
    expect(alone).toEqual(kept);
    // What JSON cannot represent is lost at once, not only after a restart; arrays keep every bit.
    expect(computed.value.values).toEqual([1.5, null, 0]);
    expect(Object.is(computed.value.array[1], -0)).toBe(true);
    expect(store.written).toEqual(['count']);
  });

  test('says which results came from an earlier run, and what they took then', async () => {
    const store = memoryStore();
    const told: FinishedStage[] = [];
    const listener = { finished: (finished: FinishedStage) => told.push(finished) };
    await new StageRunner(store, listener).run(stage());
    const runner = new StageRunner(store, listener);
    await runner.run(stage());
    await runner.run(stage({ parameters: { seed: 8 } }));
    expect(told.map(({ cached }) => cached)).toEqual([false, true, false]);
    expect(told[1]).toEqual({ ...told[0], cached: true });
    expect(runner.finished).toEqual(told.slice(1));
    expect(told[0].residentBytes).toBeGreaterThan(1e6);
    expect(told[0].peakBytes).toBeGreaterThanOrEqual(told[0].residentBytes * 0.5);
  });

  test('reports fractions in [0, 1] that never decrease, and the step', async () => {
    const told: StageProgress[] = [];
    const listener = { progressed: (progress: StageProgress) => told.push(progress) };
    const compute: Stage<Numbers>['compute'] = async (report) => {
      for (const fraction of [-1, 0.5, 0.4, 1.01]) report({ phase: 'one', fraction });
      return { values: [], array: new Float64Array(0) };
    };
    await new StageRunner(undefined, listener).run(stage({ compute }));
    expect(told).toEqual([0, 0.5, 0.5, 1].map((fraction) => ({ phase: 'count', fraction, step: 'one' })));
  });

  test('stores nothing of a stage that fails', async () => {
    const store = memoryStore();
    const failing = stage({ compute: () => Promise.reject(new Error('broken')) });
    await expect(new StageRunner(store).run(failing)).rejects.toThrow('broken');
    expect(store.written).toEqual([]);
  });
});

test('a stage whose check fails is found before any is computed, unless its result was kept', async () => {
  const store = memoryStore();
  const check = async () => {
    throw new Error('a package is missing');
  };
  const failing = stage({ name: 'needy', check });
  await expect(new StageRunner(store).check([stage(), failing])).rejects.toThrow('a package is missing');
  expect(store.written).toEqual([]);
  await new StageRunner(store).run(stage({ name: 'needy' }));
  await new StageRunner(store).check([stage(), failing]);
  await expect(new StageRunner(undefined).check([failing])).rejects.toThrow('a package is missing');
});
