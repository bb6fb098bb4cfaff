import { parseArgs } from 'node:util';
import { DataError } from '../../errors.ts';
import { BlockingReader, writeBlocking } from '../../files/blocking.ts';
import { ArrowStream } from '../../formats/arrow/stream-read.ts';
import { BAD_DATA, printable, UsageError } from '../failure.ts';
import type { WorkerJob } from './job.ts';
import { helpText, isWorkerCommand, WORKER_COMMANDS, type WorkerFlags } from './options.ts';

/**
 * The command `god worker NAME`. Has an entry of its own, because an engine starts one process for each partition: nothing is
 * imported that moments do not need, and the packages of a command are loaded by it.
 */
export async function worker(args: readonly string[]): Promise<void> {
  let where = 'god worker';
  try {
    const { name, flags } = readArguments(args);
    if (name === undefined || flags.help === true) return writeBlocking(1, Buffer.from(helpText(name)));
    where = [
      `god worker ${name}`,
      ...(flags.partition === undefined ? [] : [`partition ${flags.partition}`]),
    ].join(': ');
    const job = jobOf(flags);
    await (await WORKER_COMMANDS[name].load())(job);
  } catch (error) {
    process.exitCode = exitCode(error);
    writeBlocking(2, Buffer.from(`${where}: ${textOf(error)}\n`));
    if (process.env.GOD_DEBUG !== undefined && error instanceof Error)
      writeBlocking(2, Buffer.from(`${error.stack}\n`));
  }
}

/** 0 is success; 1 a failure that another attempt can mend; 2 wrong usage; 65 bad data, with which another attempt fails in the same way. */
function exitCode(error: unknown): number {
  if (error instanceof DataError) return BAD_DATA;
  return error instanceof UsageError ? 2 : 1;
}

function textOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException)?.code === 'EPIPE') return 'whoever reads the output has stopped';
  return printable(error instanceof Error ? error.message : String(error));
}

function readArguments(args: readonly string[]) {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h') return { name: undefined, flags: {} };
  if (!isWorkerCommand(name)) {
    const names = Object.keys(WORKER_COMMANDS).join(', ');
    throw new UsageError(`expected one of ${names} but received ${printable(name)}. See god worker --help`);
  }
  const known: Readonly<Record<string, { value?: string }>> = { ...WORKER_COMMANDS[name].flags, help: {} };
  const options = Object.fromEntries(
    Object.entries(known).map(([flag, { value }]) => [
      flag,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  try {
    return { name, flags: parseArgs({ args: rest, options }).values as WorkerFlags };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. See god worker ${name} --help`, { cause: error });
  }
}

function jobOf(flags: WorkerFlags): WorkerJob {
  const integer = (name: 'threads' | 'partition', fallback: number, min: number, max: number): number => {
    const value = flags[name] === undefined ? fallback : Number(flags[name] || Number.NaN);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new UsageError(
      `expected --${name} to be an integer in [${min}, ${max}] but received ${flags[name]}`,
    );
  };
  return {
    flags,
    threads: integer('threads', 1, 1, 256),
    partition: integer('partition', 0, 0, 2 ** 31 - 1),
    open: () => new ArrowStream(new BlockingReader(0)),
    write: (bytes) => writeBlocking(1, bytes),
    note: (text) => writeBlocking(2, Buffer.from(`god worker: ${printable(text)}\n`)),
  };
}
