import type { Entry } from 'yauzl';
import { DataError } from '../errors.ts';
import { entriesOf, entryBytes, openZip, type Zip, zipError } from '../files/zip.ts';
import { type NpyRows, npyStreamHeader, npyStreamRows, npyStreamStrings } from './npy.ts';
import type { NpyHeader } from './npy-header.ts';

/** Rows of a matrix in an .npz archive, with their names if the archive has them. */
export interface NpzRows extends NpyRows {
  readonly ids?: readonly string[];
  readonly labels?: readonly string[];
}

/** An array of an archive. */
interface Member {
  readonly name: string;
  readonly entry: Entry;
  readonly header: NpyHeader;
}

/**
 * Streams a matrix of an .npz archive, as numpy.savez and savez_compressed write it. Arrays `ids` and `labels` of one dimension, with
 * an element for each row, name the rows.
 *
 * @param name of the array; undefined for the only matrix of numbers.
 * @throws DataError for a damaged archive, an array that is not there or not a matrix, and names that do not fit the rows.
 */
export async function* readNpzRows(file: string, name: string | undefined): AsyncGenerator<NpzRows> {
  const zip = await openZip(file);
  try {
    const members = await membersOf(zip, file);
    const chosen = chooseMember(members, name, file);
    const [rows] = chosen.header.shape;
    const ids = await namesIn(zip, members, 'ids', rows, file);
    const labels = await namesIn(zip, members, 'labels', rows, file);
    const place = `${file}: ${chosen.entry.fileName}`;
    for await (const block of npyStreamRows(entryBytes(zip, chosen.entry, place), place)) {
      const part = (names: readonly string[] | undefined) =>
        names?.slice(block.start, block.start + block.rows);
      yield { ...block, ...(ids && { ids: part(ids) }), ...(labels && { labels: part(labels) }) };
    }
  } catch (error) {
    throw zipError(error, file);
  } finally {
    zip.close();
  }
}

/** Members that are not arrays are left out. */
async function membersOf(zip: Zip, file: string): Promise<Member[]> {
  const members: Member[] = [];
  for (const entry of await entriesOf(zip)) {
    if (!entry.fileName.endsWith('.npy')) continue;
    const place = `${file}: ${entry.fileName}`;
    const header = await npyStreamHeader(entryBytes(zip, entry, place), place).catch(unreadable);
    if (header !== undefined) members.push({ name: entry.fileName.slice(0, -'.npy'.length), entry, header });
  }
  return members;
}

/** Objects and dates may lie beside the matrix. */
function unreadable(error: unknown): undefined {
  if (error instanceof DataError && error.problem.startsWith('holds ')) return undefined;
  throw error;
}

function isMatrix({ header: { shape, type } }: Member): boolean {
  return shape.length === 2 && type.kind !== 'U' && type.kind !== 'S';
}

function chooseMember(members: readonly Member[], name: string | undefined, file: string): Member {
  const matrices = members.filter(isMatrix);
  const shown = members.slice(0, 8).map(({ name: one, header }) => `\`${one}\` (${header.shape.join(', ')})`);
  const fail = (problem: string): never => {
    const found =
      shown.length > 0 ? `its arrays are ${shown.join(', ')}` : 'it has no arrays that can be read';
    throw new DataError(`${problem}; ${found}`, { file }, { option: 'name' });
  };
  if (name === undefined)
    return matrices.length === 1
      ? matrices[0]
      : fail(`holds ${matrices.length} matrices, expected one, or its name by \`name\``);
  const found = members.find((member) => member.name === name);
  if (found === undefined) return fail(`has no array \`${name}\``);
  return isMatrix(found) ? found : fail(`the array \`${name}\` is not a matrix of numbers`);
}

async function namesIn(
  zip: Zip,
  members: readonly Member[],
  what: 'ids' | 'labels',
  rows: number,
  file: string,
): Promise<string[] | undefined> {
  const member = members.find(({ name, header }) => name === what && header.shape.length === 1);
  if (member === undefined) return undefined;
  const place = `${file}: ${member.entry.fileName}`;
  const names = await npyStreamStrings(entryBytes(zip, member.entry, place), place);
  if (names.length === rows) return names;
  throw new DataError(`holds ${names.length} ${what}, where the matrix has ${rows} rows`, { file: place });
}
