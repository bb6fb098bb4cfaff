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
