import type { ScalingResults } from '../scaling/results.ts';
import { bytesText, markdownTable, provenance, secondsText } from './markdown.ts';

export function scalingSection({ machine, command, scaling }: ScalingResults): string {
  const rows = scaling.flatMap(({ name, on, points }) =>
    points.map(({ rows, seconds, bytes }) => [
      `${name}, ${on}`,
      rows.toLocaleString('en-US'),
      secondsText(seconds),
      bytesText(bytes),
    ]),
  );
  return [
    '![Time and peak memory against the number of rows, log-log](docs/scaling.svg)',
    'Memory is what a call takes at its peak, including the private copy of its input.',
    markdownTable(['', 'rows', 'time', 'peak memory'], rows, 'lrrr'),
    provenance(machine, command),
  ].join('\n\n');
}

/** The memory of a kernel for the work that a title describes, where the same shape was measured. */
export function memoryAt(
  results: ScalingResults | undefined,
  kernel: string,
  title: string,
): number | undefined {
  const shape = /(\d[\d,]*) x (\d+)/.exec(title);
  if (shape === null) return undefined;
  const [rows, cols] = [Number(shape[1].replaceAll(',', '')), Number(shape[2])];
  // Of the linkages only Ward's memory was measured.
  const fits = (name: string) => kernel !== 'agglomerative' || /ward/i.test(title) === /ward/i.test(name);
  return results?.scaling
    .find((one) => one.estimator === kernel && one.cols === cols && fits(one.name))
    ?.points.find((point) => point.rows === rows)?.bytes;
}
