import { types } from 'node:util';
import type { Batch, DataType, Field } from '@uwdata/flechette';
import { DataError } from '../../errors.ts';
import type { Column } from '../columns.ts';
import { halfFloats } from '../half-float.ts';
import { exactNumbers } from '../npy-elements.ts';
import { nameOf, TYPE } from './types.ts';

const TEXTS = [TYPE.utf8, TYPE.largeUtf8, TYPE.utf8View];

/** A column with the index of its field. */
export interface ArrowColumn extends Column {
  readonly index: number;
}

export function arrowColumns(fields: readonly Field[]): ArrowColumn[] {
  return fields.map(({ name, type }, index) => ({ name, index, holds: holdsOf(type), type: nameOf(type) }));
}

function holdsOf(type: DataType): Column['holds'] {
  const { typeId } = type;
  if (typeId === TYPE.int || typeId === TYPE.float) return 'number';
  if (TEXTS.includes(typeId)) return 'text';
  if (typeId === TYPE.dictionary && 'dictionary' in type)
    return TEXTS.includes(type.dictionary.typeId) ? 'text' : 'other';
  const list = [TYPE.list, TYPE.fixedList, TYPE.largeList].includes(typeId);
  return list && 'children' in type && holdsOf(type.children[0].type) === 'number' ? 'numbers' : 'other';
}

/** Where a batch comes from, for errors. */
export interface Place {
  readonly file: string;
  readonly offset: number;
  readonly column: string;
}

/** The numbers of a column in one batch and how many there are in each row. @throws DataError for nulls and unequal lists. */
export function numbersIn(
  batch: Batch<unknown>,
  place: Place,
): { data: Float32Array | Float64Array; cols: number } {
  const { typeId } = batch.type;
  refuseNulls(batch, place);
  if (typeId === TYPE.int || typeId === TYPE.float)
    return { data: plainNumbers(batch, 0, batch.length, place), cols: 1 };
  const [child] = batch.children as Batch<unknown>[];
  if (typeId === TYPE.fixedList && 'stride' in batch.type) {
    const cols = checkedWidth(batch.type.stride, place);
    return { data: plainNumbers(child, 0, batch.length * cols, place), cols };
  }
  const offsets = batch.offsets as ArrayLike<number | bigint>;
  const from = Number(offsets[0] ?? 0);
  if (batch.length === 0) return { data: plainNumbers(child, 0, 0, place), cols: 0 };
  const cols = checkedWidth(Number(offsets[1]) - from, place);
  for (let i = 1; i <= batch.length; i++) {
    if (Number(offsets[i]) !== from + i * cols)
      fail(
        `has a list of another length than ${cols}, that of the first in its batch, at row ${i - 1} of the batch`,
        place,
      );
  }
  return { data: plainNumbers(child, from, batch.length * cols, place), cols };
}

/** A list without numbers would be as long as anything says. */
function checkedWidth(cols: number, place: Place): number {
  return cols >= 1 ? cols : fail('holds empty lists', place);
}

function refuseNulls({ nullCount }: Batch<unknown>, place: Place): void {
  if (nullCount > 0) fail(`holds ${nullCount} nulls`, place);
}

function plainNumbers(
  batch: Batch<unknown>,
  from: number,
  count: number,
  place: Place,
): Float32Array | Float64Array {
  refuseNulls(batch, place);
  const all = batch.values;
  if (!types.isTypedArray(all) || !(count >= 0) || all.length < from + count)
    return fail('is shorter than its batch', place);
  const values = all.subarray(from, from + count);
  if (batch.type.typeId === TYPE.float && types.isUint16Array(values)) return halfFloats(values);
  // Bytes of a message begin anywhere; numbers that are kept should not keep the message.
  return exactNumbers(values.slice(), { file: place.file, offset: place.offset });
}

/** The texts of a column in one batch: '' for null, whole numbers exactly. */
export function textsIn(batch: Batch<unknown>): string[] {
  return Array.from({ length: batch.length }, (_, i) => String(batch.at(i) ?? ''));
}

function fail(problem: string, { file, offset, column }: Place): never {
  throw new DataError(`the column \`${column}\` ${problem}`, { file, offset });
}
