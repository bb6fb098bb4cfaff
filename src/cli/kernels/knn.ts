import type { Command } from 'commander';
import { writeFileAtomically } from '../../files/atomic-file.ts';
import { readMatrix } from '../../matrix-files/index.ts';
import { nearestNeighbors } from '../../neighbors/neighbors.ts';
import { checkOptions, type NeighborsOptions } from '../../neighbors/options.ts';
import { choiceFlag, type FlagTable, integerFlag, switchFlag, THREADS_FLAG, textFlag } from '../flags.ts';
import { readInput } from './input.ts';
import { type Done, type Job, kernelCommand, sharing } from './job.ts';
import { TABLE_FORMATS } from './result-format.ts';
import { nameOf, tableText } from './tables.ts';

type Options = Omit<NeighborsOptions, 'query' | 'transfer' | 'signal' | 'onProgress'>;

const TABLE: FlagTable<Options> = {
  k: integerFlag('neighbors of each row (default: 10)'),
  metric: choiceFlag(['euclidean', 'cosine'], 'distance between rows (default: euclidean)'),
  approximate: switchFlag('search only the parts of the data around each row; not with --query'),
  threads: THREADS_FLAG,
};

/** The command `god knn`. */
export function knnCommand(): Command {
  return kernelCommand<Options>({
    name: 'knn',
    summary: 'find nearest neighbors',
    description: 'The nearest neighbors of every row, as a table: id, rank, neighbor, distance',
    examples: [
      '  god knn vectors.csv -k 5 --metric cosine -o near.csv',
      '  god knn catalogue.npy --query new.npy -o near.jsonl',
    ].join('\n'),
    table: TABLE,
    formats: TABLE_FORMATS,
    more: { query: textFlag('file', 'rows whose neighbors in the input are wanted (default: its own rows)') },
    check: (options, { query }) => checkOptions(options, query !== undefined),
    work,
  });
}

const COLUMNS = ['id', 'rank', 'neighbor', 'distance'];

async function work(job: Job<Partial<Options>>): Promise<Done> {
  const { reading, options, flags, target, stage } = job;
  const X = await readInput(job);
  const query = typeof flags.query === 'string' ? await readMatrix(flags.query, reading) : undefined;
  const found = await stage('knn', (report) =>
    nearestNeighbors(X, {
      ...options,
      ...(query && { query }),
      transfer: true,
      onProgress: sharing(report),
    }),
  );
  const asked = query ?? X;
  const lines = Array.from(found.indices, (neighbor, at): (string | number)[] => [
    nameOf(asked.ids, Math.floor(at / found.k)),
    (at % found.k) + 1,
    nameOf(X.ids, neighbor),
    // Nine digits distinguish all float32 numbers.
    Number(found.distances[at].toPrecision(9)),
  ]);
  if (target !== undefined) await writeFileAtomically(target.path, tableText(target.format, COLUMNS, lines));
  return {
    summary: {
      rows: asked.rows,
      k: found.k,
      ...(target && { output: { file: target.path, format: target.format } }),
    },
  };
}
