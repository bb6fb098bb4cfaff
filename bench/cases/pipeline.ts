import { GOD, synthetic } from '../../src/index.ts';
import { type BenchCase, ours, timed } from '../harness/case.ts';

/** The whole of GOD.fit on the built-in data; no other package does it. */
export const cases: readonly BenchCase[] = [
  pipelineCase('2000 objects of each modality, 1500 samples', true, {
    rows: 2000,
    samples: 1500,
  }),
  pipelineCase('the built-in data, all defaults', false, {}),
];

function pipelineCase(
  title: string,
  quick: boolean,
  { rows, samples }: { rows?: number; samples?: number },
): BenchCase {
  return {
    kernel: 'pipeline',
    title: `GOD.fit on ${title}`,
    quick,
    contenders: async ({ threads }) => [
      {
        name: ours,
        run: () =>
          timed(
            () => GOD.fit(synthetic({ rows }), { samples, threads }),
            ({ quality }) => ({ r2: quality.vae.r2, trustworthiness: quality.map.trustworthiness ?? 0 }),
          ),
      },
    ],
  };
}
