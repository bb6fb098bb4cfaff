import type { DataType, Schema } from '@uwdata/flechette';
import { DataError } from '../../errors.ts';

/** Of flechette's `Type`, which is loaded when the first file is read. */
export const TYPE = {
  dictionary: -1,
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  list: 12,
  struct: 13,
  union: 14,
  fixedBinary: 15,
  fixedList: 16,
  map: 17,
  largeBinary: 19,
  largeUtf8: 20,
  largeList: 21,
  runEnds: 22,
  binaryView: 23,
  utf8View: 24,
  listView: 25,
  largeListView: 26,
};

/** A type's name, for messages. */
export function nameOf(type: DataType): string {
  const found = Object.entries(TYPE).find(([, id]) => id === type.typeId)?.[0] ?? `type ${type.typeId}`;
  return 'children' in type && type.children.length === 1
    ? `${found} of ${nameOf(type.children[0].type)}`
    : found;
}

/** The columns' names and types, for messages. */
export function describeColumns({ fields }: Schema): string {
  return fields.map(({ name, type }) => `\`${name}\` (${nameOf(type)})`).join(', ') || 'none';
}

/** @throws DataError when there is no column of that name. */
export function columnIndex(schema: Schema, name: string): number {
  const index = schema.fields.findIndex((field) => field.name === name);
  if (index !== -1) return index;
  throw new DataError(`there is no column \`${name}\`; the columns are ${describeColumns(schema)}`);
}
