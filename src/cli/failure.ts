/** A wrong combination of arguments that the parser itself cannot see. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The user asked to stop. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Results so far are kept; free some space and run the same command again.',
  EACCES: 'Permission denied. Choose another directory with -o.',
  EROFS: 'The file system is read-only. Choose another directory with -o.',
  EDQUOT:
    'The disk quota is exceeded. Results so far are kept; free some space and run the same command again.',
};

/** 0 is success; 1 a failure; 2 wrong usage; 130 an interruption. */
export function exitCode(error: unknown): number {
  if (error instanceof Interrupted) return 130;
  return error instanceof UsageError ? 2 : 1;
}

/** Prints one line that says what is wrong and what to do; the stack as well when GOD_DEBUG is set. */
export function reportFailure(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  const message = error instanceof Error ? error.message : String(error);
  const hint = code !== undefined && Object.hasOwn(HINTS, code) ? ` ${HINTS[code]}` : '';
  console.error(`god: ${oneLine(message)}${hint}`);
  if (process.env.GOD_DEBUG !== undefined && error instanceof Error) console.error(error.stack);
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
}
