import type { DataType, Field } from '@uwdata/flechette';
import { TYPE } from './types.ts';

/** Where a column's arrays and their buffers stand in the lists of a batch. */
export interface ColumnLayout {
  readonly field: Field;
  readonly nodes: Range;
  readonly regions: Range;
  /** Of the counts of buffers that columns of views have. */
  readonly variadic: Range;
}

interface Range {
  readonly begin: number;
  readonly end: number;
}

/** How many buffers an array of a type has itself. Others: validity and values. */
const REGIONS: Readonly<Record<number, number>> = {
  [TYPE.null]: 0,
  [TYPE.binary]: 3,
  [TYPE.utf8]: 3,
  [TYPE.largeBinary]: 3,
  [TYPE.largeUtf8]: 3,
  [TYPE.listView]: 3,
  [TYPE.largeListView]: 3,
  [TYPE.struct]: 1,
  [TYPE.fixedList]: 1,
  [TYPE.runEnds]: 0,
};
/** Types with one type below them. */
const OF_ONE: readonly number[] = [
  ...[TYPE.list, TYPE.largeList, TYPE.fixedList, TYPE.listView, TYPE.largeListView],
  TYPE.map,
];
const VIEWS = [TYPE.binaryView, TYPE.utf8View];
const DENSE = 1;

/** @throws Error for a type that lacks its elements, or has too many. */
export function checkTypes(fields: readonly Field[]): void {
  for (const { type } of fields) {
    if (!('children' in type)) continue;
    const children: readonly (Field | undefined)[] = type.children ?? [];
    const count = OF_ONE.includes(type.typeId) ? 1 : type.typeId === TYPE.runEnds ? 2 : undefined;
    if (children.includes(undefined) || (count !== undefined && children.length !== count))
      throw new Error(`a type of kind ${type.typeId} with ${children.length} types below it`);
    checkTypes(children as readonly Field[]);
  }
}

/** The layout of every column of a batch. `variadic` is the batch's. */
export function columnLayouts(fields: readonly Field[], variadic: readonly number[]): ColumnLayout[] {
  const at = { nodes: 0, regions: 0, variadic: 0 };
  const count = (type: DataType): void => {
    at.nodes++;
    at.regions += regionsOf(type);
    if (VIEWS.includes(type.typeId)) at.regions += variadic[at.variadic++] ?? 0;
    if ('children' in type) for (const child of type.children) count(child.type);
  };
  return fields.map((field) => {
    const begin = { ...at };
    count(field.type);
    const range = (name: keyof typeof at) => ({ begin: begin[name], end: at[name] });
    return { field, nodes: range('nodes'), regions: range('regions'), variadic: range('variadic') };
  });
}

function regionsOf(type: DataType): number {
  if (type.typeId === TYPE.union && 'mode' in type) return type.mode === DENSE ? 2 : 1;
  return REGIONS[type.typeId] ?? 2;
}
