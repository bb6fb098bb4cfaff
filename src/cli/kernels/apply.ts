import type { Command } from 'commander';
import { NoRowsError } from '../../errors.ts';
import type { Matrix, MatrixLike } from '../../matrix.ts';
import { readModelState } from '../../models/model-file.ts';
import { PCA } from '../../pca/pca.ts';
import type { TSNETransformOptions } from '../../tsne/options.ts';
import { TSNE } from '../../tsne/tsne.ts';
import { VAE } from '../../vae/vae.ts';
import { UsageError } from '../failure.ts';
import { type FlagTable, integerFlag, numberFlag, switchFlag, THREADS_FLAG } from '../flags.ts';
import { InputRows } from './input.ts';
import { type Done, type Job, kernelCommand } from './job.ts';
import { streamRows, writeNamed, wrote } from './streams.ts';

type Options = Omit<TSNETransformOptions, 'transfer' | 'signal' | 'onProgress'>;

const TABLE: FlagTable<Options> = {
  perplexity: numberFlag('t-SNE: number of neighbors that decide where a row is placed (default: 5)'),
  iterations: integerFlag('t-SNE: iterations (default: 100)'),
  threads: THREADS_FLAG,
};

/** The command `god apply`. */
export function applyCommand(): Command {
  return kernelCommand<Options>({
    name: 'apply',
    summary: 'put rows through a saved model',
    description:
      'Put rows through a saved model: projections by PCA, codes by a VAE, places on a map by t-SNE. The file is read in batches',
    examples: [
      '  god apply pca.safetensors more.npy -o projected.npy',
      '  god apply vae.safetensors codes.npy --inverse -o decoded.npy',
      '  god apply pca.safetensors part-*.parquet --shard 0/2 -o projected/      on one machine; 1/2 on another',
    ].join('\n'),
    first: ['<model>', 'file that --save of god pca, tsne or vae wrote'],
    table: TABLE,
    shards: true,
    more: { inverse: switchFlag('from projections or codes back to rows') },
    work,
  });
}

async function work(job: Job<Partial<Options>>, file: string): Promise<Done> {
  const { input, reading, target, part, flags, options, stage, note } = job;
  if (target === undefined) return { summary: {} };
  const { model, change } = await changeOf(file, options, flags.inverse === true);
  const rows = await InputRows.open({ input, reading }).catch((error: unknown) => {
    if (part && error instanceof NoRowsError) return undefined;
    throw error;
  });
  const output = await stage('apply', async (report) =>
    rows === undefined
      ? writeNamed(target, reading, await change({ data: new Float32Array(0), rows: 0, cols: 0 }), {})
      : streamRows(rows, { reading, target }, rows.first.total, report, (batch) => change(batch)),
  );
  return { summary: { model, output: wrote(output, note) } };
}

interface Change {
  readonly model: string;
  readonly change: (rows: MatrixLike) => Promise<Matrix>;
}

async function changeOf(file: string, options: Job<Options>['options'], inverse: boolean): Promise<Change> {
  const state = await readModelState(file);
  const { perplexity, iterations, ...call } = options;
  if (state.kind !== 'TSNE' && (perplexity ?? iterations) !== undefined)
    throw new UsageError(`--perplexity and --iterations are only for t-SNE. See god apply --help`);
  switch (state.kind) {
    case 'PCA': {
      const pca = PCA.fromState(state);
      return {
        model: state.kind,
        change: (rows) => (inverse ? pca.inverseTransform(rows, call) : pca.transform(rows, call)),
      };
    }
    case 'VAE': {
      const vae = VAE.fromState(state);
      const encode = async (rows: MatrixLike) => (await vae.encode(rows, call)).mean;
      return { model: state.kind, change: inverse ? (rows) => vae.decode(rows, call) : encode };
    }
    case 'TSNE': {
      if (inverse)
        throw new UsageError('--inverse is not for t-SNE: a map has no way back. See god apply --help');
      const map = TSNE.fromState(state);
      return { model: state.kind, change: (rows) => map.transform(rows, options) };
    }
    default:
      throw new UsageError(
        `${file} holds a model of ${state.kind}: expected PCA, VAE or TSNE. See god apply --help`,
      );
  }
}
