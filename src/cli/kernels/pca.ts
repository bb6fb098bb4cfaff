import type { Command } from 'commander';
import { readMatrix } from '../../matrix-files/index.ts';
import { saveModel } from '../../models/model-file.ts';
import type { PCAOptions } from '../../pca/options.ts';
import { PCA } from '../../pca/pca.ts';
import { type FlagTable, numberFlag, switchFlag, THREADS_FLAG, textFlag } from '../flags.ts';
import { type Job, kernelCommand, type Summary, sharing } from './job.ts';
import { eachBatch, lookAhead, streamRows, wrote } from './streams.ts';

type Options = Omit<PCAOptions, 'transfer' | 'signal' | 'onProgress'>;

const TABLE: FlagTable<Options> = {
  components: numberFlag('how many to keep, or in (0, 1) the share of variance to explain (default: all)'),
  scale: switchFlag('divide every column by its standard deviation'),
  whiten: switchFlag('scale the projections to unit variance'),
  threads: THREADS_FLAG,
};

/** Most columns of an accumulator, whose memory grows with their square. */
const MOST_COLUMNS = 16_384;

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
    more: { save: textFlag('file', 'save the model, for god apply and PCA.load') },
    results: ['save'],
    work,
  });
}

async function work(job: Job<Partial<Options>>): Promise<Summary> {
  const { input, reading, target, flags, options, signal, stage, note } = job;
  const model = await stage('pca', (report) => fitModel(job, report));
  const output =
    target &&
    (await stage('project', (report) =>
      streamRows({ input, reading, target }, model.rows, report, (batch) =>
        model.transform(batch, { signal, ...(options.threads && { threads: options.threads }) }),
      ),
    ));
  if (typeof flags.save === 'string') await saveModel(model, flags.save);
  return {
    rows: model.rows,
    cols: model.components.cols,
    components: model.components.rows,
    explainedVarianceRatio: [...model.explainedVarianceRatio],
    ...(output && { output: wrote(output, note) }),
  };
}

/** In batches, unless rows are fewer than columns: their number bounds the memory then. */
async function fitModel(
  { input, reading, options }: Job<Partial<Options>>,
  report: (fraction: number, rows?: number) => void,
): Promise<PCA> {
  const { cols, rows } = await lookAhead(input, reading);
  if (cols > MOST_COLUMNS || (rows !== undefined && rows < cols)) {
    const X = await readMatrix(input, reading);
    return PCA.fit(X, { ...options, transfer: true, onProgress: sharing(report) });
  }
  const sum = PCA.accumulator(cols);
  const { threads, signal } = options;
  await eachBatch(
    input,
    reading,
    (fraction, done) => report(0.95 * fraction, done),
    (batch) => sum.add(batch, { signal, ...(threads !== undefined && { threads }) }),
  );
  return sum.finish({ ...options, onProgress: sharing((fraction) => report(0.95 + 0.05 * fraction)) });
}
