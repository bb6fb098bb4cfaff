import { ours } from '../case.ts';
import type { CaseResult, ContenderResult, Results } from '../results.ts';
import { bytesText, markdownTable, provenance, ratioText, secondsText, significant } from './markdown.ts';

/** Bytes that a kernel took at a number of rows, where bench/scaling.ts measured just that. */
export type MemoryOf = (kernel: string, title: string) => number | undefined;

/** How people call what the files call 'pca', 'vae' ... */
const KERNELS = new Map([
  ['pca', 'PCA'],
  ['vae', 'VAE'],
  ['tsne', 't-SNE'],
  ['agglomerative', 'Clustering'],
  ['neighbors', 'Neighbours'],
  ['pipeline', 'Pipeline'],
]);

export function kernelName(kernel: string): string {
  return KERNELS.get(kernel) ?? kernel;
}

/** The README's table: of each kernel the first case with the most peers, and the last one; '' without peers. */
export function speedTable(files: readonly Results[], memoryOf: MemoryOf): string {
  const cases = shown(files.flatMap((file) => file.cases));
  if (cases.length === 0) return '';
  const rows = cases.map(({ kernel, title, contenders }) => {
    const own = contenders.find(({ name }) => name === ours)?.seconds?.median ?? Number.NaN;
    const bytes = memoryOf(kernel, title);
    return [
      kernelName(kernel),
      title,
      secondsText(own),
      fastest(contenders, 'npm'),
      fastest(contenders, 'Python'),
      bytes === undefined ? '' : bytesText(bytes),
    ];
  });
  const head = ['', 'work', 'ours', 'fastest npm package', 'fastest in Python', 'our memory'];
  return markdownTable(head, rows, 'llrllr');
}

function shown(cases: readonly CaseResult[]): CaseResult[] {
  const peers = ({ contenders }: CaseResult) => contenders.filter(({ timesOurs }) => timesOurs !== undefined);
  const compared = cases.filter((entry) => peers(entry).length > 0);
  return [...new Set(compared.map(({ kernel }) => kernel))].flatMap((kernel) => {
    const own = compared.filter((entry) => entry.kernel === kernel);
    const most = own.reduce((best, entry) => (peers(entry).length > peers(best).length ? entry : best));
    return [...new Set([most, own[own.length - 1]])];
  });
}

function fastest(contenders: readonly ContenderResult[], from: 'npm' | 'Python'): string {
  const ran = contenders
    .filter((one) => one.from === from && one.timesOurs !== undefined)
    .sort((a, b) => Number(a.timesOurs) - Number(b.timesOurs));
  return ran.length === 0
    ? '\u2013'
    : `${shortName(ran[0].name)}: ${ratioText(Number(ran[0].timesOurs))} \u00d7`;
}

/** A name without its version and details: 'numpy 2.4.6, float32' -> 'numpy'. */
function shortName(name: string): string {
  return name.replace(/,.*$/, '').replace(/ \d[\w.+-]*$/, '');
}

/** All cases of one file of results, with every contender. */
export function speedSection({ cases, machine, command, threads }: Results): string {
  const parts = cases.map(
    ({ kernel, title, contenders }) => `### ${kernelName(kernel)}: ${title}\n\n${caseTable(contenders)}`,
  );
  return [provenance(machine, command, threads), ...parts].join('\n\n');
}

function caseTable(contenders: readonly ContenderResult[]): string {
  const rows = contenders.map((one) => {
    const { name, seconds, quality, timesOurs, bar, absent } = one;
    const good = Object.entries(quality ?? {}).map(([key, value]) => `${key} ${significant(value, 4)}`);
    const shownName = name === ours ? `**${name}**` : name;
    if (seconds === undefined) return [shownName, '', '', '', '', '', `not run: ${absent}`];
    return [
      shownName,
      secondsText(seconds.median),
      secondsText(seconds.min),
      String(seconds.runs),
      timesOurs === undefined ? '' : `${ratioText(timesOurs)} \u00d7`,
      bar === undefined ? '' : `${bar.met ? 'met' : '**missed**'}: ${bar.atLeast} \u00d7`,
      good.join(', '),
    ];
  });
  return markdownTable(['', 'median', 'least', 'runs', 'times ours', 'bar', 'result'], rows, 'lrrrrll');
}

/** What was asked for and not reached, or could not be compared, in a few lines. */
export function shortcomings(files: readonly Results[]): string {
  const all = files.flatMap(({ cases }) =>
    cases.flatMap(({ kernel, title, contenders }) =>
      contenders.map((one) => ({ ...one, where: `${kernelName(kernel)}, ${title}` })),
    ),
  );
  const bars = all.filter(({ bar }) => bar !== undefined);
  const missed = bars.filter(({ bar }) => bar?.met === false);
  const absent = all.filter((one) => one.absent !== undefined);
  if (bars.length + absent.length === 0) return 'No bars were asked for.';
  const lines = [
    `${bars.length - missed.length} of ${bars.length} bars (a least factor on a peer's time) are met.`,
    ...missed.map(
      ({ where, name, timesOurs, bar }) =>
        `- Missed: ${where}: ${name} takes ${ratioText(Number(timesOurs))} \u00d7 our time, the bar is ${bar?.atLeast} \u00d7.`,
    ),
    ...absent.map(({ where, name, absent: reason }) => `- Not compared: ${where}: ${name} (${reason}).`),
  ];
  return lines.length === 1 ? lines[0] : [lines[0], '', ...lines.slice(1)].join('\n');
}
