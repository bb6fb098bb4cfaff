import { describe, expect, it } from 'vitest';
import { matrix, TSNE } from '../../src/index.ts';

const n = 40;
const X = matrix(
  Float32Array.from(
    { length: 4 * n },
    (_, e) => Math.sin(Math.floor(e / 4) * ((e % 4) + 1.3) * 0.07) * (4 - (e % 4)),
  ),
  n,
  4,
);
const init = matrix(
  Float32Array.from({ length: 2 * n }, (_, e) => 0.01 * X.data[4 * Math.floor(e / 2) + (e % 2)]),
  n,
  2,
);

describe('lateExaggeration', () => {
  // openTSNE 1.0: TSNEEmbedding(init, PerplexityBasedNN(X, 8, method='exact'), theta=0).optimize(6000, exaggeration=...), and the
  // divergence (without exaggeration) and root mean square radius of the map.
  it.each([
    [2, 0.452751, 1.979985],
    [4, 0.832236, 1.049084],
  ])('%d ends where openTSNE does', async (lateExaggeration, divergence, radius) => {
    const options = { perplexity: 8, theta: 0, iterations: 2000, exaggerationIterations: 0, init };
    const map = await TSNE.fit(X, { ...options, lateExaggeration });
    expect(map.klDivergence).toBeCloseTo(divergence, 5);
    expect(radiusOf(map)).toBeCloseTo(radius, 4);
  });

  it('is the value to which the early exaggeration falls', async () => {
    const options = { perplexity: 8, iterations: 2000, lateExaggeration: 4, init };
    const fallen = await TSNE.fit(X, { ...options, theta: 0 });
    expect(radiusOf(fallen)).toBeCloseTo(1.049, 2);
  });

  it('is 1 by default', async () => {
    const options = { perplexity: 8, iterations: 100, init };
    const [plain, one] = [await TSNE.fit(X, options), await TSNE.fit(X, { ...options, lateExaggeration: 1 })];
    expect(one.embedding).toEqual(plain.embedding);
  });

  it.each([0, 0.9, Number.NaN, 1e7])('refuses %d', async (lateExaggeration) => {
    await expect(TSNE.fit(X, { perplexity: 8, lateExaggeration })).rejects.toThrow(
      'Expected `lateExaggeration` in [1, 1000000]',
    );
  });
});

/** The root mean square distance from the middle of the map. */
function radiusOf({ embedding: { data, rows } }: TSNE): number {
  const mean = [0, 1].map((c) => data.reduce((sum, y, e) => (e % 2 === c ? sum + y / rows : sum), 0));
  return Math.sqrt(data.reduce((sum, y, e) => sum + (y - mean[e % 2]) ** 2, 0) / rows);
}
