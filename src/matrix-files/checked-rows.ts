import { describe } from '../errors.ts';
import { type MatrixLike, viewedMatrix } from '../matrix.ts';
import { firstNotFinite } from './finite.ts';
import type { WrittenShape } from './format.ts';
import { type NamedMatrix, type NumberType, typeOf } from './matrix.ts';

/** Rows to write: any matrix, and names for its rows. */
export type NamedRows = MatrixLike & {
  /** One for each row. */
  readonly ids?: readonly string[] | undefined;
  /** One for each row. */
  readonly labels?: readonly string[] | undefined;
};

/**
 * The rows in the type that the file has: `type`, else that of the format or of the rows before, `held`, else their own.
 *
 * @throws TypeError or RangeError for anything but finite numbers and one name for each row, for another shape than before, and for
 *   a double that float32 would round, unless `type` says so.
 */
export function checkedRows(
  batch: NamedRows,
  type: NumberType | undefined,
  held: NumberType | undefined,
  before: WrittenShape | undefined,
): NamedMatrix {
  const { data, rows, cols } = viewedMatrix('X', batch);
  const ids = checkedNames('ids', batch.ids, rows);
  const labels = checkedNames('labels', batch.labels, rows);
  const own = typeOf(data);
  if (before !== undefined) checkShape(before, { cols, ids, labels });
  const wanted = type ?? held ?? own;
  const written =
    wanted === own ? data : wanted === 'float32' ? new Float32Array(data) : new Float64Array(data);
  checkFinite(written, data, cols);
  if (type === undefined && written !== data) checkExact(written, data, cols);
  return { data: written, rows, cols, ids, labels };
}

function checkShape(
  before: WrittenShape,
  { cols, ids, labels }: { cols: number; ids: unknown; labels: unknown },
): void {
  if (cols !== before.cols)
    throw new RangeError(`Expected \`X\` to have ${before.cols} columns, as before, but received ${cols}`);
  for (const [name, given, had] of [
    ['ids', ids, before.ids],
    ['labels', labels, before.labels],
  ] as const) {
    if ((given !== undefined) !== had)
      throw new TypeError(
        `Expected \`X.${name}\` in all batches or in none, but received ${describe(given)}`,
      );
  }
}

function checkedNames(name: string, names: unknown, rows: number): readonly string[] | undefined {
  if (names === undefined) return undefined;
  if (!Array.isArray(names))
    throw new TypeError(`Expected \`X.${name}\` to be an array of strings but received ${describe(names)}`);
  if (names.length !== rows)
    throw new RangeError(`Expected \`X.${name}\` to hold ${rows} names but its length is ${names.length}`);
  const wrong = names.findIndex((one) => typeof one !== 'string');
  if (wrong !== -1)
    throw new TypeError(
      `Expected \`X.${name}[${wrong}]\` to be a string but received ${describe(names[wrong])}`,
    );
  return names as string[];
}

function checkFinite(
  data: Float32Array | Float64Array,
  given: Float32Array | Float64Array,
  cols: number,
): void {
  const at = firstNotFinite(data);
  if (at === -1) return;
  const beyond = Number.isFinite(given[at]) ? ', which is beyond float32' : '';
  throw new RangeError(
    `Expected \`X\` to hold finite numbers but row ${Math.floor(at / cols)}, column ${at % cols} is ${given[at]}${beyond}`,
  );
}

function checkExact(
  data: Float32Array | Float64Array,
  given: Float32Array | Float64Array,
  cols: number,
): void {
  const at = data.findIndex((value, i) => value !== given[i]);
  if (at === -1) return;
  throw new TypeError(
    `Expected \`X\` to hold float32 numbers, as the file does, but row ${Math.floor(at / cols)}, column ${at % cols} is ${given[at]}; ` +
      "`type: 'float32'` rounds them",
  );
}
