import type { Command } from 'commander';
import { checkOptions, MOST_COLUMNS, type PCAOptions } from '../../pca/options.ts';
import { PCA } from '../../pca/pca.ts';
import { type FlagTable, numberFlag, switchFlag, THREADS_FLAG } from '../flags.ts';
import { InputRows, KEPT_BYTES } from './input.ts';
import { type Done, type Job, kernelCommand, type Report, sharing } from './job.ts';
import { streamRows, wrote } from './streams.ts';

type Options = Omit<PCAOptions, 'transfer' | 'signal' | 'onProgress'>;

const TABLE: FlagTable<Options> = {
  components: numberFlag('how many to keep, or in (0, 1) the share of variance to explain (default: all)'),
  scale: switchFlag('divide every column by its standard deviation'),
  whiten: switchFlag('scale the projections to unit variance'),
  threads: THREADS_FLAG,
};

/** The command `god pca`. */
export function pcaCommand(): Command {
  return kernelCommand<Options>({
    name: 'pca',
    summary: 'project rows on principal components',
    description: 'Principal component analysis. The file is read in batches: it can be larger than memory',
    examples: [
      '  god pca vectors.npy -o projected.npy --components 50',
      '  god pca table.csv -o projected.csv --scale --components 0.95 --save pca.safetensors',
      '  god apply pca.safetensors more.csv -o more-projected.csv',
    ].join('\n'),
    table: TABLE,
    saves: 'god apply and PCA.load',
    check: checkOptions,
    work,
  });
}

async function work(job: Job<Partial<Options>>): Promise<Done> {
  const { reading, target, options, signal, stage, note } = job;
  const rows = await InputRows.open(job, target && KEPT_BYTES);
  const model = await stage('pca', (report) => fitModel(rows, job, report));
  const output =
    target &&
    (await stage('project', (report) =>
      streamRows(rows, { reading, target }, model.rows, report, (batch) =>
        model.transform(batch, { signal, ...(options.threads && { threads: options.threads }) }),
      ),
    ));
  return {
    model,
    summary: {
      rows: model.rows,
      cols: model.components.cols,
      components: model.components.rows,
      explainedVarianceRatio: [...model.explainedVarianceRatio],
      ...(output && { output: wrote(output, note) }),
    },
  };
}

/** In batches, unless rows are fewer than columns: their number bounds the memory then. */
async function fitModel(rows: InputRows, { options }: Job<Partial<Options>>, report: Report): Promise<PCA> {
  const { cols, total } = rows.first;
  if (cols > MOST_COLUMNS || (total !== undefined && total < cols)) {
    return PCA.fit(await rows.all(), { ...options, onProgress: sharing(report) });
  }
  const sum = PCA.accumulator(cols);
  const { threads, signal } = options;
  await rows.each(
    (fraction, done) => report(0.95 * fraction, done),
    (batch) => sum.add(batch, { signal, ...(threads !== undefined && { threads }) }),
  );
  return sum.finish({ ...options, onProgress: sharing((fraction) => report(0.95 + 0.05 * fraction)) });
}
