import { type Bar, type BenchCase, type Measurement, ours } from './case.ts';
import { type BarResult, type ContenderResult, type LimitResult, spread } from './results.ts';

export interface Run extends Measurement {
  /** Seconds of the reference work in the same round. */
  readonly reference: number;
}

/** What all runs of a case's contenders come to, judged by the bars and limits of the case. */
export function summarize(
  entry: BenchCase,
  measured: ReadonlyMap<string, readonly Run[]>,
): ContenderResult[] {
  const results = [...measured].map(([name, runs]) => contenderResult(name, runs));
  const own = results.find(({ name }) => name === ours);
  return results.map((result) => {
    const bar = entry.bars?.find(({ against }) => result.name.startsWith(against));
    return {
      ...result,
      timesOurs: isOurs(result.name) ? undefined : times(result, own),
      bar: bar === undefined ? undefined : judge(bar, result, results),
      limits: result.name === ours ? limitResults(entry, result) : undefined,
    };
  });
}

/** Whether a contender is this package, at whatever setting. */
export function isOurs(name: string): boolean {
  return name === ours || name.startsWith(`${ours},`);
}

function contenderResult(name: string, runs: readonly Run[]): ContenderResult {
  const peaks = runs.map(({ peakBytes }) => peakBytes).filter((bytes) => bytes !== undefined);
  return {
    name,
    seconds: spread(runs.map(({ seconds }) => seconds)),
    relative: spread(runs.map(({ seconds, reference }) => seconds / reference)),
    quality: runs.at(-1)?.quality,
    // Later runs reuse memory that earlier ones left behind.
    peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
  };
}

function times(peer: ContenderResult, own: ContenderResult | undefined): number {
  return (peer.seconds?.median ?? Number.NaN) / (own?.seconds?.median ?? Number.NaN);
}

function judge(
  { atLeast, qualifies }: Bar,
  peer: ContenderResult,
  all: readonly ContenderResult[],
): BarResult {
  const candidates = all
    .filter(({ name }) => (qualifies === undefined ? name === ours : isOurs(name)))
    .filter(({ quality }) => qualifies === undefined || qualifies(quality ?? {}, peer.quality ?? {}))
    .sort((a, b) => times(peer, b) - times(peer, a));
  if (candidates.length === 0) return { atLeast, met: false };
  const reached = times(peer, candidates[0]);
  return { atLeast, met: reached >= atLeast, by: candidates[0].name, times: reached };
}

function limitResults({ limits = {} }: BenchCase, { seconds, peakBytes }: ContenderResult): LimitResult[] {
  const reached = { seconds: seconds?.median, bytes: peakBytes };
  return (['seconds', 'bytes'] as const).flatMap((of) => {
    const [most, measured] = [limits[of], reached[of]];
    return most === undefined || measured === undefined ? [] : [{ of, most, met: measured <= most }];
  });
}
