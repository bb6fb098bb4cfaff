import { describe, expect, it } from 'vitest';
import { AgglomerativeClustering, type Linkage, matrix } from '../../src/index.ts';
import { seededRandom } from '../support/bytes.ts';

const rows = 60;
const X = matrix(
  Float32Array.from({ length: 3 * rows }, (_, e) => {
    const i = Math.floor(e / 3);
    return Math.sin(i * i * 0.37 + (e % 3) * 1.7) * (1 + (i % 5));
  }),
  rows,
  3,
);

// scipy 1.17: linkage(X, linkage); rows -1, -7 and 40 and the column sums of inconsistent(Z, depth); and, as letters in the order of
// first rows, fcluster(Z, cut, criterion='inconsistent', depth=depth).
const SCIPY: [Linkage, number, number, number[][], number[], string][] = [
  [
    'average',
    2,
    1.0,
    [
      [5.80321466, 0.597055198, 3.0, 1.15339435],
      [2.54951945, 0.822404587, 3.0, 1.12783108],
      [1.32160097, 0.429124114, 3.0, 1.13225228],
    ],
    [73.8180851, 20.9409938, 117.0, 31.7947036],
    'abcdefghiijgkldmbnocfpkqejhlqdarcqoscrndtphhumrvictgccisrcou',
  ],
  [
    'average',
    4,
    1.4,
    [
      [3.32624819, 1.59081774, 15.0, 1.9899241],
      [1.49927314, 0.833117441, 11.0, 2.37395074],
      [1.32160097, 0.429124114, 3.0, 1.13225228],
    ],
    [55.8379652, 24.6729308, 225.0, 47.1793183],
    'abcdefbghhabfedibjklfafmeagemdancmkocnjdiaggjinbhpibcphonckj',
  ],
  [
    'average',
    100,
    2.0,
    [
      [1.57457657, 1.44456794, 59.0, 3.40397849],
      [0.910581465, 0.894663225, 21.0, 2.86864528],
      [1.32160097, 0.429124114, 3.0, 1.13225228],
    ],
    [49.2431002, 24.5717914, 358.0, 52.9299055],
    'abcdefbeggabfedbbhicfafieaeeidafciibcfhdbaeehbfbgcbbccgbfcih',
  ],
  [
    'ward',
    1,
    0,
    [
      [26.3362744, 0.0, 1.0, 0.0],
      [6.87137608, 0.0, 1.0, 0.0],
      [2.5246128, 0.0, 1.0, 0.0],
    ],
    [178.054875, 0.0, 59.0, 0.0],
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  ],
  [
    'ward',
    2,
    1.0,
    [
      [19.1781832, 6.85065729, 3.0, 1.04487656],
      [4.64544088, 1.94900402, 3.0, 1.14208856],
      [1.37975018, 1.22921907, 3.0, 0.931373954],
    ],
    [124.329971, 52.4513578, 117.0, 33.2094022],
    'abcdefbghhibjkdlbmncfojpeiikpdaqcpnrcqmdsoggtlqbucsbccurqcnt',
  ],
  [
    'ward',
    4,
    1.4,
    [
      [8.2789481, 7.00048397, 15.0, 2.57943971],
      [1.6688465, 1.87745683, 14.0, 2.77105151],
      [1.16360074, 1.0927955, 4.0, 1.24544077],
    ],
    [75.6264152, 51.552685, 225.0, 52.141397],
    'abcdefbghhibfedjbklmfafneiiendaocnlpcokdjaggkjobhqjbcqhpoclk',
  ],
  [
    'ward',
    100,
    2.0,
    [
      [3.01787924, 4.71954407, 59.0, 4.94081522],
      [1.31881541, 1.77540504, 18.0, 3.12748953],
      [1.16360074, 1.0927955, 4.0, 1.24544077],
    ],
    [63.2620337, 46.9655148, 325.0, 58.7181712],
    'abcdefbeggabfedhbijcfafjeaaejdafcjjhcfidhaeeihfbgchbccghfcji',
  ],
  [
    'single',
    2,
    1.0,
    [
      [2.57286656, 0.334204942, 2.0, Math.SQRT1_2],
      [1.65854263, 0.0, 1.0, 0.0],
      [1.21142563, 0.00833165734, 3.0, 0.649882264],
    ],
    [51.3889586, 8.77163199, 117.0, 29.4370819],
    'abcdefbeggabdedhbijkfadleameldafclnocfidpaeeqhfrgspbcsgofcjq',
  ],
  [
    'single',
    100,
    2.0,
    [
      [0.985075919, 0.604314377, 59.0, 3.01847729],
      [1.65854263, 0.0, 1.0, 0.0],
      [0.643699569, 0.439977768, 25.0, 1.30265821],
    ],
    [39.4566356, 14.4636716, 581.0, 45.2072299],
    'aaabaaaaccaababaaaadaabaaaaaabaaaaaaaaabaaaaaaaaceaaaecaaaaa',
  ],
  [
    'centroid',
    2,
    1.0,
    [
      [5.18766688, 2.57085491, 3.0, 0.66180335],
      [2.59421169, 0.790163356, 3.0, 0.981833095],
      [1.28205648, 0.362212034, 3.0, 1.12306531],
    ],
    [74.2842223, 20.5565944, 117.0, 31.3301866],
    'abcdefghiijgkldmbnopfqkrejslrdatcrouctndvqhhwmtxiyvgcyiutcow',
  ],
  [
    'centroid',
    4,
    1.4,
    [
      [4.11219136, 2.11082478, 8.0, 1.3155407],
      [1.80114748, 0.83227743, 8.0, 1.88503579],
      [1.28205648, 0.362212034, 3.0, 1.12306531],
    ],
    [57.7758222, 23.9037916, 227.0, 46.8823334],
    'abcdefbeggabfedhbijkfafleameldafcljncfidhaeeihfbgohbcognfcji',
  ],
  [
    'centroid',
    100,
    2.0,
    [
      [1.56018405, 1.50262626, 59.0, 3.54637966],
      [1.52418847, 0.873397785, 11.0, 2.11339185],
      [1.28205648, 0.362212034, 3.0, 1.12306531],
    ],
    [47.8368815, 23.1565274, 432.0, 55.9923042],
    'abcdefbeggabfedbbhijfafieaeeidafciibcfhdbaeehbfbgkbbckgbfcih',
  ],
];

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const close = (actual: ArrayLike<number>, expected: readonly number[]) =>
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i] - value)).toBeLessThan(2e-6 * Math.max(1, Math.abs(value)));
  });

describe('inconsistency', () => {
  it.each(SCIPY)("%s, depth %d, is scipy's", async (linkage, depth, cut, picked, sums, letters) => {
    const tree = await AgglomerativeClustering.fit(X, { linkage });
    const { data, rows: merges, cols } = tree.inconsistent({ depth });
    expect([merges, cols]).toEqual([rows - 1, 4]);
    [58, 52, 40].forEach((merge, i) => {
      close(data.subarray(4 * merge), picked[i]);
    });
    close(
      [0, 1, 2, 3].map((c) => data.reduce((sum, value, e) => (e % 4 === c ? sum + value : sum), 0)),
      sums,
    );
    const labels = tree.labels({ inconsistency: cut, depth });
    expect(Array.from(labels, (label) => LETTERS[label]).join('')).toBe(letters);
  });

  it('is 0 for merges at equal heights', async () => {
    const tree = await AgglomerativeClustering.fit(
      Array.from({ length: 33 }, (_, i) => [i * 0.1]),
      {
        linkage: 'single',
      },
    );
    const { data } = (
      await AgglomerativeClustering.fit([[1], [2], [3], [4]], { linkage: 'single' })
    ).inconsistent();
    expect([...data.subarray(8)]).toEqual([1, 0, 2, 0]);
    expect(new Set(tree.labels({ inconsistency: 40 }))).toEqual(new Set([0]));
  });

  it('agrees with the definition at any depth and in any tree', async () => {
    const random = seededRandom(4);
    const line = Array.from({ length: 500 }, (_, i) => [1.01 ** i + 0.001 * random()]);
    const tree = await AgglomerativeClustering.fit(line, { linkage: 'single' });
    const { heights } = tree;
    const { data } = tree.inconsistent({ depth: 1e6 });
    const mean = heights.reduce((sum, height) => sum + height) / 499;
    const deviation = Math.sqrt(heights.reduce((sum, height) => sum + (height - mean) ** 2, 0) / 498);
    close(data.subarray(-4), [mean, deviation, 499, (heights[498] - mean) / deviation]);
  });

  it('has no merges and one cluster for one row', async () => {
    const tree = await AgglomerativeClustering.fit([[1]]);
    expect(tree.inconsistent().rows).toBe(0);
    expect([...tree.labels({ inconsistency: 1 })]).toEqual([0]);
  });

  it.each<[object, string]>([
    [{}, 'Expected one of `clusters`, `distance` and `inconsistency`'],
    [{ clusters: 2, inconsistency: 1 }, 'Expected one of `clusters`, `distance` and `inconsistency`'],
    [{ distance: 2, depth: 2 }, 'Expected `depth` only with `inconsistency`'],
    [{ inconsistency: -1 }, 'Expected `inconsistency` in [0, inf)'],
    [{ inconsistency: Number.NaN }, 'Expected `inconsistency` in [0, inf)'],
    [{ inconsistency: 1, depth: 0 }, 'Expected `depth` in [1, 1000000]'],
    [{ inconsistency: 1, depth: 1.5 }, 'Expected `depth` to be an integer'],
  ])('refuses %j', async (at, message) => {
    const tree = await AgglomerativeClustering.fit(X);
    expect(() => tree.labels(at as { clusters: number })).toThrow(message);
  });
});
