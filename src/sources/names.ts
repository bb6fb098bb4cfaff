import { basename } from 'node:path';
import { DataError } from '../errors.ts';
import { namesById, namesOfRows, readNameList } from '../formats/name-list.ts';
import { fileIdentity, fingerprintOf, splitFingerprint } from './fingerprint.ts';
import { chooseRows, renamedNote, uniqueIds } from './sampling.ts';
import type { Gathered, GatherOptions, Source } from './source.ts';

/** Labels that come from a separate file. */
export interface LabelOptions {
  /**
   * A label for each row: an .npy list, a .csv or .tsv with a column `label` (or a single column), a .json array, or a text file of
   * lines. With a column `id` beside it, labels are matched by id, in any order.
   */
  labels?: string;
  /** Heading of the column that holds the labels. Default: `label`. */
  labelColumn?: string;
}

/** Labels and ids that come from separate files. */
export interface NameOptions extends LabelOptions {
  /** An id for each row, in the same formats (column `id`). Default: `row 0`, `row 1`, ... */
  ids?: string;
  /** Heading of the column that holds the ids. Default: `id`. */
  idColumn?: string;
}

/** Names of these options. */
export const LABEL_OPTIONS = ['labels', 'labelColumn'] as const;
export const NAME_OPTIONS = [...LABEL_OPTIONS, 'ids', 'idColumn'] as const;

/** Whether a list without ids can be matched with the rows, and whether ids of a table are those of the source. */
export interface NameRules {
  readonly byRow: boolean;
  readonly byId: boolean;
}

/**
 * The same source with labels and ids from files. Its vectors and their fingerprint do not change.
 *
 * `gather` throws DataError for a list that is damaged or does not fit the rows.
 */
export function withNames(source: Source, options: NameOptions, rules: NameRules): Source {
  const { labels, ids } = options;
  if (labels === undefined && ids === undefined) return source;
  const { through } = source;
  return {
    ...source,
    ...(through && { through: (network) => withNames(through(network), options, rules) }),
    fingerprint: async () => {
      const { vectors, names } = splitFingerprint(await source.fingerprint());
      const files = [labels, ids].map((file) => (file === undefined ? null : fileIdentity(file)));
      const columns = [options.labelColumn ?? null, options.idColumn ?? null];
      return { vectors, names: fingerprintOf(['names 1', names, await Promise.all(files), columns]) };
    },
    gather: (gatherOptions) => gather(source, options, rules, gatherOptions),
  };
}

async function gather(
  source: Source,
  { labels, ids, labelColumn, idColumn }: NameOptions,
  rules: NameRules,
  options: GatherOptions,
): Promise<Gathered> {
  // Read before the vectors, so that a damaged list is found at once.
  const labelList = labels === undefined ? undefined : await readNameList(labels, 'label', labelColumn);
  const idList = ids === undefined ? undefined : await readNameList(ids, 'id', idColumn);
  const gathered = await source.gather(options);
  const notes = [...gathered.notes];
  const rows = chooseRows(gathered.total, options);
  const named = { ...gathered, notes };
  if (idList !== undefined && ids !== undefined) {
    const names = namesOfRows(idList, gathered.total, ids, 'id');
    const unique = uniqueIds(rows.map((row) => names[row]));
    if (unique.renamed > 0) notes.push(renamedNote(unique.renamed));
    named.ids = unique.ids;
  }
  if (labelList !== undefined && labels !== undefined) {
    const byId = rules.byId ? namesById(labelList, labels) : undefined;
    if (byId !== undefined) return { ...named, labels: joined(named.ids, byId, labels, notes) };
    if (!rules.byRow) {
      throw new DataError('expected a table with the columns `id` and `label`', { file: labels });
    }
    const names = namesOfRows(labelList, gathered.total, labels, 'label');
    return { ...named, labels: rows.map((row) => names[row]) };
  }
  return named;
}

/** The label of each id; '' if the table has none, which is noted. */
function joined(
  ids: readonly string[],
  byId: ReadonlyMap<string, string>,
  file: string,
  notes: string[],
): string[] {
  const missing = ids.filter((id) => !byId.has(id));
  if (missing.length === ids.length) {
    const example = `${JSON.stringify([...byId.keys()][0] ?? '')}, where the data have ${JSON.stringify(ids[0])}`;
    throw new DataError(`has no label for any object: its ids are like ${example}`, { file });
  }
  if (missing.length > 0)
    notes.push(
      `${missing.length} of ${ids.length} objects have no label in ${basename(file)}, e.g. ${missing[0]}`,
    );
  return ids.map((id) => byId.get(id) ?? '');
}
