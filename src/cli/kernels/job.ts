import { Command } from 'commander';
import type { ReadRowsOptions } from '../../matrix-files/index.ts';
import { saveModel } from '../../models/model-file.ts';
import type { ModelState } from '../../models/model-state.ts';
import { costSince } from '../../pipeline/stages/stage.ts';
import type { OnProgress } from '../../progress.ts';
import { UsageError } from '../failure.ts';
import { asUsage, type Flag, type FlagTable, givenOptions, textFlag, withFlags } from '../flags.ts';
import { interruptible } from '../interruptible.ts';
import { ProgressLines } from '../progress.ts';
import { SHARD_FLAG, type Shard } from '../shard.ts';
import { READ_FLAGS, WRITE_FLAGS } from './file-flags.ts';
import { type Piece, piecesOf } from './parts.ts';
import { type Target, TemporaryFiles } from './temporary.ts';

/** One run of a kernel command. */
export interface Job<Options> {
  /** The file to read; standard input has become one. */
  readonly input: string;
  /** How files are read. */
  readonly reading: ReadRowsOptions;
  /** The options of the library that were given, and the signal. */
  readonly options: Options & { signal: AbortSignal };
  /** Flags that are not options of the library. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Where the result goes; standard output becomes one at the end. */
  readonly target: Target | undefined;
  /** Whether the file is one of many, whose result can be without rows. */
  readonly part: boolean;
  readonly signal: AbortSignal;
  /** Does a part of the work and shows it. */
  stage<T>(name: string, work: (report: Report) => Promise<T>): Promise<T>;
  /** Prints a line on stderr. */
  note(text: string): void;
}

/** Shows the share of the work that is done and, if they count, the rows. */
export type Report = (fraction: number, rows?: number) => void;

/** What a command has done. */
export interface Done {
  /** What `--json` prints. */
  readonly summary: Readonly<Record<string, unknown>>;
  /** What `--save` saves. */
  readonly model?: { state(): ModelState };
}

/** What a kernel command is. */
export interface KernelCommand<Options> {
  readonly name: string;
  /** A few words for `god --help`. */
  readonly summary: string;
  readonly description: string;
  readonly examples: string;
  /** Every option of the library that a command line can give. */
  readonly table: FlagTable<Options>;
  /** Flags that are not options of the library, by their names. */
  readonly more?: Readonly<Record<string, Flag>>;
  /** The formats of the result. Default: those of matrices. */
  readonly formats?: readonly string[];
  /** Flags that name a result beside -o, e.g. `figure`. */
  readonly results?: readonly string[];
  /** What loads the file that `--save` writes; absent if the command makes no model. */
  readonly saves?: string;
  /** Whether it takes many files, in shards: `work` is called for each. */
  readonly shards?: true;
  /** Arguments before IN. */
  readonly first?: readonly [name: string, text: string];
  /** Called before anything is read. @throws the library's error for an option that is wrong for any rows; UsageError. */
  check?(options: Partial<Options>, flags: Flags, format: string | undefined): void;
  work(job: Job<Partial<Options>>, first: string): Promise<Done>;
}

type Flags = Job<never>['flags'] & {
  readonly out?: string;
  readonly outFormat?: string;
  readonly shard?: Shard;
};

/** The command `god NAME IN -o OUT`. */
export function kernelCommand<Options>(kernel: KernelCommand<Options>): Command {
  const { saves } = kernel;
  const command = new Command(kernel.name).summary(kernel.summary).description(kernel.description);
  if (kernel.first !== undefined) command.argument(...kernel.first);
  const many = kernel.shards ? '; of several, or with --shard, the folder of the results' : '';
  command
    .argument(
      kernel.shards ? '<in...>' : '<in>',
      'file of rows, or folder of such files; - is standard input',
    )
    .option(
      '-o, --out <file>',
      `file of the result, in the format of its ending; - is standard output${many}`,
    )
    .option('--json', 'print a summary as JSON on stdout');
  for (const flags of [
    kernel.more ?? {},
    kernel.shards ? { shard: SHARD_FLAG } : {},
    saves === undefined ? {} : { save: textFlag('file', `save the model, for ${saves}`) },
    kernel.table as Readonly<Record<string, Flag>>,
    WRITE_FLAGS,
    READ_FLAGS,
  ])
    withFlags(command, flags);
  return command
    .addHelpText(
      'after',
      `\nExamples:\n${kernel.examples}\n\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`,
    )
    .allowExcessArguments(false)
    .action(async (...given: unknown[]) => {
      const [first, input] = kernel.first === undefined ? ['', given[0]] : given;
      const inputs = [input].flat().map(String);
      await runJob(kernel, String(first), inputs, command.opts());
    });
}

async function runJob<Options>(
  kernel: KernelCommand<Options>,
  first: string,
  inputs: readonly string[],
  flags: Flags,
): Promise<void> {
  const { name, table } = kernel;
  checkResults(kernel, flags);
  const progress = new ProgressLines(process.stderr);
  const interruption = interruptible('Interrupted');
  const { signal } = interruption;
  const files = new TemporaryFiles();
  const work = (piece: Piece, stage: Job<Options>['stage']) =>
    kernel.work(
      {
        reading: { ...givenOptions(READ_FLAGS, flags), signal },
        options: { ...givenOptions(table, flags), signal },
        ...{ flags, signal, stage, note: (text) => progress.line(text) },
        ...piece,
      },
      first,
    );
  try {
    if (inputs.length > 1 || flags.shard !== undefined) {
      const pieces = await piecesOf(inputs, flags, kernel);
      kernel.check?.(givenOptions(table, flags), flags, pieces[0]?.target?.format);
      await shown(progress, name, (report) => workOn(pieces, report, work));
      return await report(
        kernel,
        { command: name, inputs, parts: pieces.map(({ target }) => target?.path) },
        flags,
      );
    }
    const [input] = inputs;
    const target = await files.target(flags.out, flags.outFormat, kernel);
    kernel.check?.(givenOptions(table, flags), flags, target?.format);
    const piece = { input: await files.input(input, signal), target, part: false };
    const { summary, model } = await work(piece, (title, part) => shown(progress, title, part));
    if (model !== undefined && flags.save !== undefined) await saveModel(model, String(flags.save));
    if (flags.out === '-' && target !== undefined) await files.print(target);
    else await report(kernel, { command: name, input, ...summary }, flags);
  } catch (error) {
    progress.clear();
    throw asUsage(files.named(error), { ...READ_FLAGS, ...table }, name);
  } finally {
    interruption.release();
    await files.remove();
  }
}

/** Works on one piece after another, and reports the share of all. */
async function workOn<Options>(
  pieces: readonly Piece[],
  report: Report,
  work: (piece: Piece, stage: Job<Options>['stage']) => Promise<Done>,
): Promise<void> {
  for (const [done, piece] of pieces.entries())
    await work(piece, (_, part) => part((fraction) => report((done + fraction) / pieces.length)));
}

/** Flags that name a file of results beside -o. */
function resultsOf({ results = [], saves }: Pick<KernelCommand<never>, 'results' | 'saves'>): string[] {
  return [...results, ...(saves === undefined ? [] : ['save'])];
}

function checkResults(kernel: Pick<KernelCommand<never>, 'name' | 'results' | 'saves'>, flags: Flags): void {
  const see = `See god ${kernel.name} --help`;
  const results = resultsOf(kernel);
  if (!['out', ...results].some((flag) => flags[flag] !== undefined)) {
    const others = results.map((flag) => ` or --${flag} FILE`).join('');
    throw new UsageError(`Name the result: -o FILE${others}. ${see}`);
  }
  if (flags.out === '-' && flags.json)
    throw new UsageError(`--json and -o - exclude each other: both write to standard output. ${see}`);
  if (flags.outFormat !== undefined && flags.out === undefined)
    throw new UsageError(`--out-format is only for -o. ${see}`);
}

async function shown<T>(
  progress: ProgressLines,
  name: string,
  work: (report: Report) => Promise<T>,
): Promise<T> {
  const start = performance.now();
  progress.started(name);
  const result = await work((fraction, rows) => {
    progress.progressed({ phase: name, step: name, fraction, ...(rows !== undefined && { rows }) });
  });
  progress.finished({ ...costSince(start, name), cached: false });
  return result;
}

/** The results' names, or the summary, on standard output. */
async function report(
  kernel: Pick<KernelCommand<never>, 'results' | 'saves'>,
  summary: Done['summary'],
  flags: Flags,
): Promise<void> {
  const made = ['out', ...resultsOf(kernel)].map((flag) => flags[flag]).filter((file) => file !== undefined);
  process.stdout.write(flags.json ? `${JSON.stringify(summary)}\n` : `${made.join('\n')}\n`);
}

/** Passes on the share of a kernel's work. */
export function sharing(report: (fraction: number) => void): OnProgress {
  return ({ fraction }) => report(fraction);
}
