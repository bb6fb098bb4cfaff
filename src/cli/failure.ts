import { DataError } from '../errors.ts';

/** Arguments of the command line that are wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The user asked to stop. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Results so far are kept; free some space and run the same command again.',
  EDQUOT:
    'The disk quota is exceeded. Results so far are kept; free some space and run the same command again.',
  EACCES: 'Permission denied. Choose another directory with -o.',
  EPERM: 'Permission denied. Choose another directory with -o.',
  EROFS: 'The file system is read-only. Choose another directory with -o.',
  EEXIST: 'A file is in the place of a directory. Choose another directory with -o.',
  ENOTDIR: 'A file is in the place of a directory. Choose another directory with -o.',
  EISDIR: 'A directory is in the place of a file. Remove it, or choose another directory with -o.',
};

/** What to write on the command line for the option that would help against a DataError. */
const HELPING_FLAGS: Readonly<Record<string, string>> = {
  names: '--text-with-names or --text-without-names; of god pca and its kin: --names yes or no',
  encoding: 'for Latin-1: --encoding latin1, which --text takes, and god pca and its kin',
  labelColumn: '--label-column NAME',
  model: '--model FILE',
  type: '--type float32 or float64',
  externalData: '--external-data PATH',
  skipBad: '--skip-bad leaves such images out',
};

/** EX_DATAERR of sysexits.h. */
export const BAD_DATA = 65;

/** 0 is success; 1 a failure; 2 wrong usage; 65 bad data that a flag would leave out; 130 an interruption. */
export function exitCode(error: unknown): number {
  if (error instanceof Interrupted) return 130;
  if (error instanceof DataError && error.option === 'skipBad') return BAD_DATA;
  return error instanceof UsageError ? 2 : 1;
}

/** Prints one line that says what is wrong and what to do, and the stack if GOD_DEBUG is set. */
export function reportFailure(error: unknown): void {
  console.error(`god: ${failureText(error)}`);
  if (process.env.GOD_DEBUG !== undefined && error instanceof Error) console.error(error.stack);
}

function failureText(error: unknown): string {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  const message = printable(error instanceof Error ? error.message : String(error));
  const hint = code !== undefined && Object.hasOwn(HINTS, code) ? HINTS[code] : undefined;
  if (hint !== undefined) return `${message}. ${hint}`;
  const option = error instanceof DataError ? error.option : undefined;
  return option === undefined || !Object.hasOwn(HELPING_FLAGS, option)
    ? message
    : `${message} (${HELPING_FLAGS[option]})`;
}

/** Text as one line without characters that could move a terminal's cursor, which names of files and objects can contain. */
export function printable(text: string): string {
  return text
    .replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
    .trim();
}
