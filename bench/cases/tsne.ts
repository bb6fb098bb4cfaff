import { type Matrix, TSNE } from '../../src/index.ts';
import { blobs, mnist, newReality } from '../data/tsne.ts';
import { type Bar, type BenchCase, type Contender, ours, timed } from '../harness/case.ts';
import { tsnePeer } from './tsne/peers.ts';
import { type MapQuality, mapQuality } from './tsne/quality.ts';

const PERPLEXITY = 30;

export const cases: readonly BenchCase[] = [
  tsneCase('1000 x 42 blobs', () => blobs(1000, 42), { peers: ['druidjs', 'tsne-js'], quick: true }),
  tsneCase('7183 x 42 blobs', () => blobs(7183, 42), {
    peers: ['scran.js', 'scikit-learn', 'openTSNE FFT', 'openTSNE BH'],
    bars: [asGood('openTSNE FFT', 35), asGood('scikit-learn', 30), asGood('scran.js', 19)],
    fewest: 400,
    quick: true,
    headline: true,
    limits: { bytes: 40e6 },
  }),
  tsneCase('7183 x 42 New Reality', newReality, {
    peers: ['scran.js', 'scikit-learn', 'openTSNE FFT', 'openTSNE BH'],
    bars: [asGood('openTSNE FFT', 18), asGood('scikit-learn', 20, 0)],
    fewest: 300,
  }),
  tsneCase('10000 x 50 MNIST', () => mnist(0), {
    peers: ['scran.js', 'scikit-learn', 'openTSNE FFT', 'openTSNE BH'],
    fewest: 350,
  }),
  tsneCase('70000 x 50 shifted copies of MNIST', () => mnist(6), {
    peers: ['openTSNE FFT'],
    bars: [asGood('openTSNE FFT', 8)],
    fewest: 400,
    headline: true,
    limits: { bytes: 260e6 },
  }),
  tsneCase('200000 x 42 blobs', () => blobs(200_000, 42)),
  tsneCase('1000000 x 42 blobs', () => blobs(1_000_000, 42)),
];

/** A bar that is judged by those of our settings whose exact divergence is at most the peer's and `slack`. */
function asGood(against: string, atLeast: number, slack = 0.01): Bar {
  return { against, atLeast, qualifies: (own, peer) => own.kl <= peer.kl + slack };
}

interface Settings extends Pick<BenchCase, 'quick' | 'headline' | 'bars' | 'limits'> {
  readonly peers?: readonly string[];
  /** Iterations, a round number, that reach the peers' divergence on this data. */
  readonly fewest?: number;
}

function tsneCase(
  title: string,
  data: () => Matrix | undefined | Promise<Matrix | undefined>,
  { peers = [], fewest, ...rest }: Settings = {},
): BenchCase {
  return {
    ...rest,
    kernel: 'tsne',
    title: `${title}, perplexity ${PERPLEXITY}`,
    contenders: async (setup) => {
      const X = await data();
      if (X === undefined)
        return [{ name: ours, absent: 'no data: set GOD_DATA to the folder that holds them' }];
      const quality = await mapQuality(X, PERPLEXITY);
      const own = [undefined, fewest].filter((iterations, at) => at === 0 || iterations !== undefined);
      return [
        ...own.map((iterations) => ourContender(X, iterations, setup.threads, quality)),
        ...(await Promise.all(
          peers.map((name) => tsnePeer(name, { X, perplexity: PERPLEXITY, quality, setup })),
        )),
      ];
    },
  };
}

function ourContender(
  X: Matrix,
  iterations: number | undefined,
  threads: number,
  quality: MapQuality,
): Contender {
  return {
    name: iterations === undefined ? ours : `${ours}, ${iterations} iterations`,
    run: async () => {
      let map: TSNE | undefined;
      const measured = await timed(async () => {
        map = await TSNE.fit(X, { perplexity: PERPLEXITY, threads, iterations });
      });
      return { ...measured, quality: map === undefined ? {} : await quality(map.embedding) };
    },
  };
}
