import { dirname, join } from 'node:path';
import { DataError } from '../errors.ts';
import { isFile, statPath } from '../files/read.ts';
import { readText } from '../files/text.ts';
import { readCsv } from '../formats/csv.ts';

/** AudioSet's list of its classes. */
export const CLASS_FILE = 'class_labels_indices.csv';

/** The list of classes: the given file, or the one in the folder of the data or in the folder above. */
export async function findClassFile(path: string, given: string | undefined): Promise<string | undefined> {
  if (given !== undefined) return given;
  const folder = (await statPath(path)).isDirectory() ? path : dirname(path);
  for (const candidate of [join(folder, CLASS_FILE), join(folder, '..', CLASS_FILE)]) {
    if (await isFile(candidate)) return candidate;
  }
  return undefined;
}

/** Names of the classes by number. @throws DataError for a file that is not such a list. */
export async function readClassNames(file: string): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  let columns: readonly string[] | undefined;
  for await (const { line, fields } of readCsv(readText(file), file)) {
    columns ??= fields;
    if (fields === columns) continue;
    const index = fields[columns.indexOf('index')];
    const name = fields[columns.indexOf('display_name')];
    if (index === undefined || !/^\d{1,6}$/.test(index) || name === undefined) {
      throw new DataError('expected the columns index and display_name', { file, line });
    }
    names.set(Number(index), name);
  }
  if (names.size === 0) throw new DataError('holds no classes', { file });
  return names;
}

/** Whether a file has the columns of CLASS_FILE. */
export async function isClassTable(file: string): Promise<boolean> {
  if (!/\.csv(\.gz|\.bz2)?$/i.test(file)) return false;
  for await (const { fields } of readCsv(readText(file), file))
    return fields.includes('index') && (fields.includes('mid') || fields.includes('display_name'));
  return false;
}
