import type { WorkerJob } from './job.ts';

/** The flags that were given. */
export type WorkerFlags = Readonly<Partial<Record<string, string | boolean>>>;

interface WorkerFlag {
  /** How its value is called; absent for a flag without one. */
  readonly value?: string;
  readonly text: string;
}

interface WorkerCommand {
  readonly text: string;
  readonly flags: Readonly<Record<string, WorkerFlag>>;
  load(): Promise<(job: WorkerJob) => Promise<void>>;
}

const COMMON = {
  partition: {
    value: 'n',
    text: 'number of the partition, for messages and for the order of merging (default: 0)',
  },
  threads: { value: 'n', text: 'threads (default: 1); results do not depend on it' },
};
const COLUMN = { column: { value: 'name', text: 'column with the vectors (default: vector)' } };
const MODEL = {
  model: { value: 'file', text: 'the model' },
  sha256: { value: 'hash', text: 'refuse a model whose file has another SHA-256' },
};

/** The commands of `god worker`. */
export const WORKER_COMMANDS = {
  moments: {
    text: 'sums up vectors for a PCA: rows in, one row with a state out',
    flags: { ...COLUMN, ...COMMON },
    load: async () => (await import('./moments.ts')).moments,
  },
  merge: {
    text: 'joins states in the order of their partitions: one row out',
    flags: COMMON,
    load: async () => (await import('./merge.ts')).merge,
  },
  transform: {
    text: 'puts vectors through a PCA',
    flags: { ...MODEL, ...COLUMN, ...COMMON },
    load: async () => (await import('./transform.ts')).transform,
  },
  encode: {
    text: 'puts vectors through a VAE, or pictures through a network',
    flags: {
      ...MODEL,
      network: { value: 'file', text: 'instead of a model: an ONNX network for pictures' },
      layer: { value: 'name', text: "the network's layer (default: before the last fully connected one)" },
      column: {
        value: 'name',
        text: 'column with the vectors or pictures (default: vector; with --network: image)',
      },
      ...COMMON,
    },
    load: async () => (await import('./encode.ts')).encode,
  },
  place: {
    text: 'finds the places of vectors in a New Reality',
    flags: {
      model: { value: 'directory', text: 'the model: what GOD.save wrote, or a run directory' },
      modality: { value: 'name', text: 'which modality the vectors are of' },
      sha256: { value: 'hash', text: 'refuse a model whose god.json has another SHA-256' },
      ...COLUMN,
      ...COMMON,
    },
    load: async () => (await import('./place.ts')).place,
  },
} satisfies Readonly<Record<string, WorkerCommand>>;

export type WorkerCommandName = keyof typeof WORKER_COMMANDS;

export function isWorkerCommand(name: string): name is WorkerCommandName {
  return Object.hasOwn(WORKER_COMMANDS, name);
}

const INTRODUCTION = `Usage: god worker <command> [options]

One step on one partition, for engines such as Spark: an Arrow IPC stream on standard input, another on standard output.
docs/distributed.md has the columns of both.
`;
const EXIT_CODES = 'Exit codes: 0 done, 1 failed, 2 wrong usage, 65 bad data, which fails again.\n';

/** The help of a command, or of all. */
export function helpText(name: WorkerCommandName | undefined): string {
  const commands: readonly [string, WorkerCommand][] = Object.entries(WORKER_COMMANDS);
  const shown = name === undefined ? commands : commands.filter(([command]) => command === name);
  const sections = shown.map(([command, { text, flags }]) => {
    const lines = Object.entries(flags).map(
      ([flag, { value, text: about }]) =>
        `  ${`--${flag}${value === undefined ? '' : ` <${value}>`}`.padEnd(22)} ${about}\n`,
    );
    return `\ngod worker ${command}: ${text}\n${lines.join('')}`;
  });
  return `${INTRODUCTION}${sections.join('')}\n${EXIT_CODES}`;
}
