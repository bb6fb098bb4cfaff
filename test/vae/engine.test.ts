import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MissingDependencyError } from '../../src/errors.ts';
import type { chooseEngine as ChooseEngine } from '../../src/vae/engine.ts';

/** `chooseEngine` in a process in which @tensorflow/tfjs-node is `module`. */
async function withTfjsNode(module: object): Promise<typeof ChooseEngine> {
  vi.resetModules();
  vi.doMock('@tensorflow/tfjs-node', () => ({ default: module }));
  return (await import('../../src/vae/engine.ts')).chooseEngine;
}

const working = { ...tf, setBackend: () => tf.setBackend('cpu') };

describe('chooseEngine', () => {
  afterEach(() => vi.doUnmock('@tensorflow/tfjs-node'));

  it('chooses tfjs-node by `auto` if it computes correctly', async () => {
    const chooseEngine = await withTfjsNode(working);
    expect((await chooseEngine('auto')).engine).toBe('tfjs-node');
    expect((await chooseEngine('tfjs-node')).engine).toBe('tfjs-node');
    expect((await chooseEngine('native')).engine).toBe('native');
  });

  it.each([
    ['computes wrongly', { ...working, matMul: () => tf.tensor2d([[12]]) }, '1 * 3 + 2 * 4 = 12'],
    ['has no backend', { ...working, setBackend: async () => false }, 'no working backend'],
  ])('takes the native trainer by `auto` where tfjs-node %s', async (_, module, reason) => {
    const chooseEngine = await withTfjsNode(module);
    expect((await chooseEngine('auto')).engine).toBe('native');
    const error = await chooseEngine('tfjs-node').catch((caught: unknown) => caught);
    expect((error as Error).name).toBe(MissingDependencyError.name);
    expect(String((error as Error).cause)).toContain(reason);
  });
});
