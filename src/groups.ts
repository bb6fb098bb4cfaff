import { describe } from './errors.ts';

/** Rows in groups, to measure each group. */
export interface Groups {
  /** For each row, the number of its group. */
  readonly ofRow: Uint32Array;
  /** Labels in order of first appearance. */
  readonly names: readonly (string | number)[];
  /** Rows of each group. */
  readonly sizes: readonly number[];
}

/** @throws RangeError or TypeError when `labels` are not a string or a number for each row. */
export function numberGroups(labels: unknown, rows: number): Groups | undefined {
  if (labels === undefined) return undefined;
  if (typeof labels !== 'object' || labels === null || !('length' in labels)) {
    throw new TypeError(`Expected \`groups\` to be an array of labels but received ${describe(labels)}`);
  }
  if (labels.length !== rows) {
    throw new RangeError(
      `Expected \`groups\` to hold ${rows} labels, one per row, but received ${labels.length}`,
    );
  }
  const given = labels as ArrayLike<unknown>;
  for (let row = 0; row < rows; row++) {
    if (typeof given[row] !== 'string' && typeof given[row] !== 'number') {
      throw new TypeError(
        `Expected \`groups\` to hold strings or numbers but row ${row} has ${describe(given[row])}`,
      );
    }
  }
  return numberLabels(given as ArrayLike<string | number>);
}

/** The rows of equal labels as groups. */
export function numberLabels(labels: ArrayLike<string | number>): Groups {
  const numbers = new Map<string | number, number>();
  const sizes: number[] = [];
  const ofRow = new Uint32Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    const number = numbers.get(label) ?? numbers.size;
    if (number === numbers.size) {
      numbers.set(label, number);
      sizes.push(0);
    }
    ofRow[row] = number;
    sizes[number]++;
  }
  return { ofRow, names: [...numbers.keys()], sizes };
}
