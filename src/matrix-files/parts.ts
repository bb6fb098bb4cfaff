import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../errors.ts';
import { asDataError } from '../files/file-error.ts';
import { statPath } from '../files/read.ts';

/** `part-00003-of-00012.npy`, from 0, as many programs name the parts of a table. */
const NUMBERED = /^(.*?)(\d+)-of-(\d+)(\D.*)?$/s;

/**
 * The files whose rows follow one another as those of `path`: itself or, in a folder, its parts by their names, where numbers count by
 * their value. Names that begin with a point or an underscore are left out: engines write such files beside parts.
 *
 * @throws DataError for a folder without files or with folders, and for one that lacks a part of those that names count.
 */
export async function partsOf(path: string): Promise<readonly string[]> {
  if (!(await statPath(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw asDataError(error, path);
  });
  const shown = entries.filter(({ name }) => !/^[._]/.test(name));
  const folder = shown.find((entry) => entry.isDirectory());
  if (folder !== undefined)
    throw new DataError(`holds the folder ${folder.name}, expected files of rows`, { file: path });
  const names = shown.map(({ name }) => name).sort(byNumbers);
  if (names.length === 0) throw new DataError('is a folder without files of rows', { file: path });
  checkNumbered(names, path);
  return names.map((name) => join(path, name));
}

/** The name of a part among `count`, so that a part that is missing is noticed. */
export function partName(number: number, count: number, ending: string): string {
  const digits = (value: number) => String(value).padStart(5, '0');
  return `part-${digits(number)}-of-${digits(count)}.${ending}`;
}

const collator = new Intl.Collator('en', { numeric: true });

/** `part.10` comes after `part.9`. */
function byNumbers(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}

function checkNumbered(names: readonly string[], file: string): void {
  const [first] = names;
  const parsed = names.map((name) => NUMBERED.exec(name));
  const numbered = parsed.find((match) => match !== null);
  if (!numbered) return;
  const table = (match: RegExpExecArray | null) => match && `${match[1]}*-of-${match[3]}${match[4] ?? ''}`;
  const other = parsed.findIndex((match) => table(match) !== table(numbered));
  if (other !== -1)
    throw new DataError(
      `holds parts of different tables: ${first === names[other] ? names.at(-1) : first} and ${names[other]}`,
      { file },
    );
  const numbers = new Set(parsed.map((match) => Number(match?.[2])));
  const count = Number(numbered[3]);
  for (let number = 0; number < count; number++)
    if (!numbers.has(number)) throw new DataError(`lacks part ${number} of ${count}`, { file });
}
