import { type Command, InvalidArgumentError, Option } from 'commander';
import { optionOf } from '../errors.ts';
import { UsageError } from './failure.ts';

/** How an option of the library is given on the command line. */
export interface Flag {
  /** What stands after the flag's name in the help; absent for a flag without a value. */
  readonly value?: string;
  readonly text: string;
  readonly parse?: (text: string) => unknown;
  readonly choices?: readonly string[];
  /** Heading in the help. */
  readonly group?: string;
}

/** A flag for every option; a name that is missing, or is not an option, does not compile. */
export type FlagTable<Options> = { readonly [Name in keyof Options]-?: Flag };

export const integerFlag = (text: string): Flag => ({ value: 'n', text, parse: integer });
export const numberFlag = (text: string): Flag => ({ value: 'x', text, parse: number });
/** A flag without a value, which switches something on. */
export const switchFlag = (text: string): Flag => ({ text });
export const choiceFlag = (choices: readonly string[], text: string): Flag => ({
  value: 'name',
  text,
  choices,
});
export const textFlag = (value: string, text: string): Flag => ({ value, text });
/** A flag for something that is found from the data unless it is given. */
export const yesNoFlag = (text: string): Flag => ({
  value: 'yes|no',
  text,
  parse: (given) => {
    if (given === 'yes' || given === 'no') return given === 'yes';
    throw new InvalidArgumentError('Expected yes or no.');
  },
});
/** Integers with commas between them. */
export const integersFlag = (text: string): Flag => ({
  value: 'n,n,...',
  text,
  parse: (given) => (given === '' ? [] : given.split(',').map(integer)),
});
/** A number, or one of some words. */
export const numberOrFlag = (words: readonly string[], text: string): Flag => ({
  value: `x|${words.join('|')}`,
  text,
  parse: (given) => (words.includes(given) ? given : number(given)),
});

/** What every random function takes. */
export const SEED_FLAG = integerFlag('seed of everything random (default: 0)');
export const THREADS_FLAG = integerFlag('threads (default: one per processor); results do not depend on it');

/** The same flags under a heading of the help. */
export function grouped<Names extends string>(
  group: string,
  flags: { readonly [Name in Names]: Flag },
): { readonly [Name in Names]: Flag } {
  const entries = Object.entries<Flag>(flags).map(([name, flag]) => [name, { ...flag, group }]);
  return Object.fromEntries(entries) as { readonly [Name in Names]: Flag };
}

/** The command with a flag for each option of the table. */
export function withFlags(command: Command, table: Readonly<Record<string, Flag>>): Command {
  for (const [name, { value, text, parse, choices, group }] of Object.entries(table)) {
    const option = new Option(`${flagOf(name)}${value === undefined ? '' : ` <${value}>`}`, text);
    // Otherwise --exact-kl would be `exactKl`.
    option.attributeName = () => name;
    if (parse !== undefined) option.argParser(parse);
    if (choices !== undefined) option.choices(choices);
    if (group !== undefined) option.helpGroup(group);
    command.addOption(option);
  }
  return command;
}

/** The options of the table that were given, by their names in the library. */
export function givenOptions<Options>(
  table: FlagTable<Options>,
  given: Readonly<Record<string, unknown>>,
): Partial<Options> {
  const names = Object.keys(table).filter((name) => given[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, given[name]])) as Partial<Options>;
}

/** An option of the table that is out of range is wrong usage: exit code 2. Errors about data are not. */
export function asUsage(error: unknown, table: Readonly<Record<string, Flag>>, command: string): unknown {
  if (!(error instanceof RangeError || error instanceof TypeError)) return error;
  const option = optionOf(error)?.replace(/[.[].*$/, '');
  if (option === undefined || !Object.hasOwn(table, option)) return error;
  return new UsageError(`${inFlags(error.message)}. See god ${command} --help`, { cause: error });
}

/** The flag of an option: `perModality` is --per-modality, `exactKL` is --exact-kl, `k` is -k. */
export function flagOf(option: string): string {
  if (option.length === 1) return `-${option}`;
  return `--${option.replace(/(?<=[a-z])[A-Z]+/g, (capitals) => `-${capitals.toLowerCase()}`)}`;
}

/** A message with the names of options as on the command line: `perModality` is --per-modality. */
export function inFlags(message: string, flag = flagOf): string {
  return message.replace(/`([a-zA-Z]+)(?:\[\d+\]|\.[a-zA-Z]+)?`/g, (_, name: string) => flag(name));
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

function integer(text: string): number {
  const value = number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected an integer.');
  return value;
}
