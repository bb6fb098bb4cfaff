import { ours } from '../harness/case.ts';
import type { ContenderResult, Results } from '../harness/results.ts';
import { isOurs } from '../harness/summary.ts';
import { bytesText, markdownTable, provenance, ratioText, secondsText, significant } from './markdown.ts';

/** Bytes that a kernel took at a number of rows, where bench/scaling.ts measured just that. */
export type MemoryOf = (kernel: string, title: string) => number | undefined;

/** How people call what the files call 'pca', 'vae' ..., in the order of the tables. */
const KERNELS = new Map([
  ['tsne', 't-SNE'],
  ['agglomerative', 'Clustering'],
  ['pca', 'PCA'],
  ['vae', 'VAE'],
  ['neighbors', 'Neighbors'],
  ['metrics', 'Quality of maps and clusters'],
  ['images', 'Images through a network'],
  ['pipeline', 'Pipeline'],
]);

export function kernelName(kernel: string): string {
  return KERNELS.get(kernel) ?? kernel;
}

/** The README's table: the headline cases that were compared with a peer; '' without any. */
export function speedTable(files: readonly Results[], memoryOf: MemoryOf): string {
  const cases = files
    .flatMap((file) => file.cases)
    .filter(({ headline, contenders }) => headline && contenders.some(({ timesOurs }) => timesOurs))
    .sort((a, b) => place(a.kernel) - place(b.kernel));
  if (cases.length === 0) return '';
  const rows = cases.map(({ kernel, title, contenders }) => {
    const own = contenders.find(({ name }) => name === ours);
    const bytes = own?.peakBytes ?? memoryOf(kernel, title);
    return [
      kernelName(kernel),
      title,
      secondsText(own?.seconds?.median ?? Number.NaN),
      fastest(contenders, 'npm'),
      fastest(contenders, 'Python'),
      bytes === undefined ? '' : bytesText(bytes),
    ];
  });
  const head = ['', 'work', 'ours', 'fastest npm package', 'fastest in Python', 'our memory'];
  return markdownTable(head, rows, 'llrllr');
}

function place(kernel: string): number {
  return [...KERNELS.keys()].indexOf(kernel);
}

function fastest(contenders: readonly ContenderResult[], from: 'npm' | 'Python'): string {
  const ran = contenders
    .filter((one) => one.from === from && one.timesOurs !== undefined)
    .sort((a, b) => Number(a.timesOurs) - Number(b.timesOurs));
  if (ran.length === 0) return '\u2013';
  const times = Number(ran[0].timesOurs);
  const compared = times < 1 ? `${ratioText(1 / times)} \u00d7 faster` : `${ratioText(times)} \u00d7 slower`;
  return `${shortName(ran[0].name)}: ${compared}`;
}

/** A name without its version and details: 'numpy 2.4.6, float32' -> 'numpy'. */
function shortName(name: string): string {
  return name.replace(/,.*$/, '').replace(/ \d[\w.+-]*$/, '');
}

/** All cases with every contender, kernel by kernel, each run's machine and command before its cases. */
export function speedSections(files: readonly Results[]): string[] {
  const kernels = new Set([...KERNELS.keys(), ...files.flatMap(kernelsOf)]);
  return [...kernels].flatMap((kernel) => {
    const runs = files
      .map((file) => ({ ...file, cases: file.cases.filter((entry) => entry.kernel === kernel) }))
      .filter(({ cases }) => cases.length > 0);
    return runs.length === 0 ? [] : [`### ${kernelName(kernel)}`, ...runs.flatMap(runSection)];
  });
}

function kernelsOf({ cases }: Results): string[] {
  return cases.map(({ kernel }) => kernel);
}

function runSection({ cases, machine, command, threads }: Results): string[] {
  const parts = cases.map(({ title, threads: asked, contenders }) => {
    const used = asked === undefined ? '' : `, ${asked} ${asked === 1 ? 'thread' : 'threads'}`;
    return `#### ${title[0].toUpperCase()}${title.slice(1)}${used}\n\n${caseTable(contenders)}`;
  });
  return [provenance(machine, command, threads), ...parts];
}

function caseTable(contenders: readonly ContenderResult[]): string {
  const rows = contenders.map((one) => {
    const { name, seconds, quality, peakBytes, timesOurs, absent } = one;
    const good = Object.entries(quality ?? {}).map(([key, value]) => `${key} ${significant(value, 4)}`);
    const shownName = isOurs(name) ? `**${name}**` : name;
    if (seconds === undefined) return [shownName, '', '', '', '', '', '', `not run: ${absent}`];
    return [
      shownName,
      secondsText(seconds.median),
      secondsText(seconds.min),
      String(seconds.runs),
      timesOurs === undefined ? '' : `${ratioText(timesOurs)} \u00d7`,
      judgements(one)
        .map(({ met, bar }) => `${met ? 'met' : '**missed**'}: ${bar}`)
        .join('; '),
      peakBytes === undefined ? '' : bytesText(peakBytes),
      good.join(', '),
    ];
  });
  return markdownTable(
    ['', 'median', 'least', 'runs', 'times ours', 'bar', 'memory', 'result'],
    rows,
    'lrrrrlrl',
  );
}

interface Judgement {
  readonly met: boolean;
  readonly bar: string;
  /** What was reached, as a sentence's end. */
  readonly reached: string;
}

/** Its bar and its limits. */
function judgements({ seconds, peakBytes, timesOurs, bar, limits = [] }: ContenderResult): Judgement[] {
  const own = limits.map(({ of, most, met }) => {
    const text = of === 'seconds' ? secondsText : bytesText;
    const measured = (of === 'seconds' ? seconds?.median : peakBytes) ?? Number.NaN;
    return { met, bar: `${text(most)} at most`, reached: `ours takes ${text(measured)}` };
  });
  if (bar === undefined) return own;
  const { atLeast, met, by = ours } = bar;
  const times = bar.times ?? timesOurs ?? Number.NaN;
  const whose = by === ours ? 'our time' : `the time of ours${by.slice(ours.length)}`;
  const setting = by === ours ? '' : ` (${ratioText(times)} \u00d7${by.slice(ours.length)})`;
  const reached = Number.isNaN(times)
    ? 'no result of ours is as good'
    : `takes ${ratioText(times)} \u00d7 ${whose}`;
  return [...own, { met, bar: `${atLeast} \u00d7${setting}`, reached }];
}

/** Bars that were not reached and peers that could not be compared, in a few lines. */
export function shortcomings(files: readonly Results[]): string {
  const all = files.flatMap(({ cases }) =>
    cases.flatMap(({ kernel, title, contenders }) =>
      contenders.map((one) => ({ ...one, where: `${kernelName(kernel)}, ${title}` })),
    ),
  );
  const judged = all.flatMap((one) => judgements(one).map((judgement) => ({ ...one, ...judgement })));
  const missed = judged.filter(({ met }) => !met);
  const absent = all.filter((one) => one.absent !== undefined);
  if (judged.length + absent.length === 0) return 'There are no bars.';
  const lines = [
    `${judged.length - missed.length} of ${judged.length} bars are met. A bar is the factor by which a peer must at least be slower, or a limit of our time or memory.`,
    ...missed.map(
      ({ where, name, reached, bar }) =>
        `- Missed: ${where}: ${isOurs(name) ? '' : `${name} `}${reached}, the bar is ${bar}.`,
    ),
    ...listed(absent).map((line) => `- Not compared: ${line}.`),
  ];
  return lines.length === 1 ? lines[0] : [lines[0], '', ...lines.slice(1)].join('\n');
}

/** Contenders that did not run, in one line for each case: 'Clustering, ward ...: a, b (reason), c (another)'. */
function listed(absent: readonly (ContenderResult & { where: string })[]): string[] {
  return [...grouped(absent, ({ where }) => where)].map(([where, those]) => {
    const reasons = [...grouped(those, (one) => String(one.absent))];
    const parts = reasons.map(([reason, ones]) => `${ones.map(({ name }) => name).join(', ')} (${reason})`);
    return `${where}: ${parts.join(', ')}`;
  });
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
