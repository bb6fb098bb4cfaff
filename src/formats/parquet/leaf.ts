import type { ColumnMetaData, FileMetaData, SchemaElement, SchemaTree } from 'hyparquet/src/types.js';
import type { Column } from '../columns.ts';

/** A column of values without children. */
export interface Leaf {
  /** Index among all leaves, as in each row group. */
  readonly index: number;
  /** Name of the column that it belongs to. */
  readonly name: string;
  readonly element: SchemaElement;
  /** 1 for lists, 0 for single values, more for lists of lists. */
  readonly maxRepetition: number;
  readonly maxDefinition: number;
  /** Whether its column has other leaves, too. */
  readonly shared: boolean;
}

export type { ColumnMetaData, FileMetaData };

/** The leaves of a schema in their order. */
export function leavesOf(root: SchemaTree): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (node: SchemaTree, repetition: number, definition: number): void => {
    const { repetition_type: type } = node.element;
    const maxRepetition = repetition + (type === 'REPEATED' ? 1 : 0);
    const maxDefinition = definition + (type === 'REQUIRED' || type === undefined ? 0 : 1);
    for (const child of node.children) visit(child, maxRepetition, maxDefinition);
    if (node.children.length > 0) return;
    const [name] = node.path;
    leaves.push({
      index: leaves.length,
      name,
      element: node.element,
      maxRepetition,
      maxDefinition,
      shared: false,
    });
  };
  for (const child of root.children) visit(child, 0, 0);
  const counts = new Map<string, number>();
  for (const { name } of leaves) counts.set(name, (counts.get(name) ?? 0) + 1);
  return leaves.map((leaf) => ({ ...leaf, shared: (counts.get(leaf.name) ?? 0) > 1 }));
}

/** How the values of a leaf are read. */
export type LeafKind = 'float32' | 'float64' | 'text' | 'other';

const SMALL = ['INT_8', 'INT_16', 'UINT_8', 'UINT_16'];
const INTEGERS = [...SMALL, 'INT_32', 'INT_64', 'UINT_32', 'UINT_64'];

/** Numbers that float32 holds, other numbers, text, or something else. */
export function kindOf({ type, type_length, converted_type, logical_type }: SchemaElement): LeafKind {
  switch (type) {
    case 'FLOAT':
    case 'BOOLEAN':
      return 'float32';
    case 'DOUBLE':
      return 'float64';
    case 'INT32':
    case 'INT64':
      if (converted_type !== undefined && !INTEGERS.includes(converted_type)) return 'other';
      if (logical_type !== undefined && logical_type.type !== 'INTEGER') return 'other';
      return converted_type !== undefined && SMALL.includes(converted_type) ? 'float32' : 'float64';
    case 'FIXED_LEN_BYTE_ARRAY':
      return logical_type?.type === 'FLOAT16' && type_length === 2 ? 'float32' : 'other';
    case 'BYTE_ARRAY':
      return converted_type === 'UTF8' || converted_type === 'ENUM' || logical_type?.type === 'STRING'
        ? 'text'
        : 'other';
    default:
      return 'other';
  }
}

/** Whether a whole number has no sign. */
export function isUnsigned({ converted_type }: SchemaElement): boolean {
  return converted_type?.startsWith('UINT') ?? false;
}

/** What a column holds, for messages. */
export function describeLeaf({ element, maxRepetition }: Leaf): string {
  const type = element.logical_type?.type ?? element.converted_type ?? element.type ?? 'nothing';
  return `${'list of '.repeat(maxRepetition)}${type}`;
}

/** The columns of a Parquet file. Those of several leaves are `other`. */
export function columnsOf(leaves: readonly Leaf[]): (Column & { readonly leaf: Leaf })[] {
  return leaves.map((leaf) => {
    const kind = leaf.shared || leaf.maxRepetition > 1 ? 'other' : kindOf(leaf.element);
    const number = kind === 'float32' || kind === 'float64';
    const list = leaf.maxRepetition === 1;
    const truth = leaf.element.type === 'BOOLEAN' && !list;
    const holds =
      number && !truth ? (list ? 'numbers' : 'number') : kind === 'text' && !list ? 'text' : 'other';
    return { name: leaf.name, holds, type: describeLeaf(leaf), leaf };
  });
}
