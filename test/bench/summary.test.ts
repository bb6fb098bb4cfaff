import { expect, test } from 'vitest';
import { type BenchCase, ours } from '../../bench/harness/case.ts';
import { type Run, summarize } from '../../bench/harness/summary.ts';

const run = (seconds: number, kl: number, peakBytes = 1e6): Run => ({
  seconds,
  reference: 1,
  quality: { kl },
  peakBytes,
});
const entry: BenchCase = {
  kernel: 'tsne',
  title: 'a map',
  limits: { seconds: 3, bytes: 2e6 },
  bars: [{ against: 'peer', atLeast: 10, qualifies: (own, peer) => own.kl <= peer.kl + 0.01 }],
  contenders: async () => [],
};
const barOf = (measured: [string, Run[]][], asked = entry) =>
  summarize(asked, new Map(measured)).find(({ name }) => name.startsWith('peer'))?.bar;

test('a bar is judged by our fastest contender whose result is as good as the peer’s', () => {
  const peer: [string, Run[]] = ['peer 1.0', [run(24, 2.28), run(20, 2.28), run(22, 2.28)]];
  const [full, half, hasty] = [run(4, 2.2), run(2, 2.285), run(1, 2.4)];
  const all: [string, Run[]][] = [
    [ours, [full]],
    [`${ours}, 500 iterations`, [half]],
    [`${ours}, 100 iterations`, [hasty]],
    peer,
  ];
  expect(barOf(all)).toEqual({ atLeast: 10, met: true, by: `${ours}, 500 iterations`, times: 11 });
  expect(barOf([[ours, [full]], peer])).toEqual({ atLeast: 10, met: false, by: ours, times: 5.5 });
  expect(barOf([[ours, [hasty]], peer])).toEqual({ atLeast: 10, met: false });
});

test('a bar without a condition is judged by our main contender', () => {
  const plain = { ...entry, bars: [{ against: 'peer', atLeast: 10 }] };
  const all: [string, Run[]][] = [
    [ours, [run(2, 9)]],
    [`${ours}, hasty`, [run(1, 9)]],
    ['peer 1.0', [run(18, 2)]],
  ];
  expect(barOf(all, plain)).toEqual({ atLeast: 10, met: false, by: ours, times: 9 });
});

test('limits are judged by the median time and the largest memory', () => {
  const runs = [run(2, 1, 1e6), run(9, 1, 3e6), run(2.5, 1, 1e6)];
  const [own] = summarize(entry, new Map([[ours, runs]]));
  expect(own.limits).toEqual([
    { of: 'seconds', most: 3, met: true },
    { of: 'bytes', most: 2e6, met: false },
  ]);
});
