import { DataError } from '../errors.ts';

/** How columns are found. */
export interface ColumnOptions {
  /** The column with the vectors. Default: `vector` or `embedding`, else the only list of numbers, else all columns of numbers. */
  readonly vectorKey?: string | undefined;
  /** The column with the ids. Default `id`. */
  readonly idKey?: string | undefined;
  /** The column with the labels. Default `label`. */
  readonly labelKey?: string | undefined;
}

/** A column of a table, of which only this much is known here. */
export interface Column {
  readonly name: string;
  /** 'numbers' is a list. */
  readonly holds: 'number' | 'numbers' | 'text' | 'other';
  /** Its type, for messages. */
  readonly type: string;
}

/** Which columns are read. */
export interface ChosenColumns<C extends Column> {
  /** One list, or numbers. */
  readonly vector: readonly C[];
  readonly id: C | undefined;
  readonly label: C | undefined;
}

/** @throws DataError when the columns are not there, or not clear. */
export function chooseColumns<C extends Column>(
  columns: readonly C[],
  { vectorKey, idKey, labelKey }: ColumnOptions,
  file: string,
): ChosenColumns<C> {
  const fail = (problem: string, option: string): never => {
    const found = columns.slice(0, 12).map(({ name, type }) => `\`${name.slice(0, 40)}\` (${type})`);
    const more = columns.length > 12 ? ' ...' : '';
    throw new DataError(`${problem}; the columns are ${found.join(', ')}${more}`, { file }, { option });
  };
  const named = (key: string, option: string): C =>
    columns.find(({ name }) => name === key) ?? fail(`has no column \`${key}\``, option);
  const nameColumn = (key: string | undefined, usual: string, option: string): C | undefined => {
    const column = key === undefined ? columns.find(({ name }) => name === usual) : named(key, option);
    if (column === undefined || column.holds === 'text' || column.holds === 'number') return column;
    return key === undefined
      ? undefined
      : fail(`the column \`${key}\` holds neither text nor numbers`, option);
  };
  const id = nameColumn(idKey, 'id', 'idKey');
  const label = nameColumn(labelKey, 'label', 'labelKey');
  const rest = columns.filter((column) => column !== id && column !== label);
  const vector = chooseVector(rest, vectorKey === undefined ? undefined : named(vectorKey, 'vectorKey'));
  if (vector.length === 0) {
    const lists = rest.filter(({ holds }) => holds === 'numbers');
    fail(
      lists.length > 1
        ? `has ${lists.length} lists of numbers, expected one, or its name by \`vectorKey\``
        : `holds no vectors${vectorKey === undefined ? '' : ` in the column \`${vectorKey}\``}`,
      'vectorKey',
    );
  }
  return { vector, id, label };
}

function chooseVector<C extends Column>(columns: readonly C[], given: C | undefined): readonly C[] {
  if (given !== undefined) return given.holds === 'numbers' || given.holds === 'number' ? [given] : [];
  const lists = columns.filter(({ holds }) => holds === 'numbers');
  const usual = ['vector', 'embedding'].map((key) => lists.find(({ name }) => name === key));
  const list = usual.find((column) => column !== undefined) ?? (lists.length === 1 ? lists[0] : undefined);
  if (list !== undefined) return [list];
  return lists.length === 0 ? columns.filter(({ holds }) => holds === 'number') : [];
}
