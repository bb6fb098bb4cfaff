import { trustworthiness } from '../../src/metrics/metrics.ts';
import { TSNE } from '../../src/tsne/tsne.ts';
import { type Figure, figure } from './figure.ts';
import type { Reference } from './reference.ts';

const NEIGHBORS = 15;
const ITERATIONS = 1000;

/**
 * The map of the reference's New Reality. At 1000 iterations openTSNE's FFT reaches an exact divergence of 2.713 and
 * trustworthiness .848, scikit-learn 2.669 and .850; approximations of the repulsion move the divergence by .02.
 */
export async function measureMap({ reality, sklearnMap }: Reference, threads: number): Promise<Figure[]> {
  const map = await TSNE.fit(reality, { perplexity: 30, iterations: ITERATIONS, exactKL: true, threads });
  const options = { neighbors: NEIGHBORS, threads };
  const trust = await trustworthiness(reality, map.embedding, options);
  const sklearn = await trustworthiness(reality, sklearnMap, options);
  return [
    figure('t-sne', `exact KL at ${ITERATIONS} iterations`, map.klDivergence, { atMost: 2.73 }),
    figure('t-sne', `trustworthiness@${NEIGHBORS}`, trust, { atLeast: 0.84 }),
    figure('t-sne', `trustworthiness@${NEIGHBORS} less scikit-learn's`, trust - sklearn, { atLeast: -0.01 }),
  ];
}
