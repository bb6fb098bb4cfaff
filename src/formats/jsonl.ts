import { DataError, describe, NoRowsError } from '../errors.ts';
import { readLines } from '../files/lines.ts';
import { jsonItems } from './json-source.ts';
import { numberExpected, type VectorRow } from './vector-row.ts';

/** Names of the members of each object. */
export interface VectorKeys {
  /** Default: `vector`, or `embedding` if the first object has that and not the other. */
  readonly vectorKey?: string | undefined;
  /** Default `id`. */
  readonly idKey?: string | undefined;
  /** Default `label`. */
  readonly labelKey?: string | undefined;
}

/**
 * Reads JSON Lines, plain, gzip or bzip2: on each line an object with `vector`, an array of numbers, and optionally `id` and
 * `label`, strings or numbers. A number is kept as it is written (`1.0`, `12345678901234567890`). Other members and empty lines
 * are skipped.
 *
 * @throws DataError with the line, for anything but such an object, and for a vector whose length differs from the first.
 * @example
 * for await (const { id, cols } of readVectorLines('vectors.jsonl.gz')) console.log(id, cols);
 */
export async function* readVectorLines(file: string, keys: VectorKeys = {}): AsyncGenerator<VectorRow> {
  const { idKey = 'id', labelKey = 'label' } = keys;
  let { vectorKey } = keys;
  let line = 0;
  let cols: number | undefined;
  for await (const bytes of readLines(file)) {
    line++;
    const place = { file, line };
    const text = bytes.toString();
    const entry = parseLine(text, vectorKey, place);
    if (entry === undefined) continue;
    vectorKey ??=
      !Object.hasOwn(entry, 'vector') && Object.hasOwn(entry, 'embedding') ? 'embedding' : 'vector';
    const vector = readVector(entry, vectorKey, cols, place);
    cols = vector.length;
    yield {
      line,
      id: readText(entry, idKey, text, place),
      label: readText(entry, labelKey, text, place),
      cols,
      read: (out, at) => copyVector(vector, out, at, place),
    };
  }
  if (cols === undefined) throw new NoRowsError(file, 'vectors');
}

type Place = { readonly file: string; readonly line: number };
type Entry = { readonly [name: string]: unknown };

/** The line's object; undefined for an empty line. */
function parseLine(text: string, vectorKey = 'vector', place: Place): Entry | undefined {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`is not JSON${reasonOf(text)}`, place, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Entry;
  throw new DataError(`expected an object with \`${vectorKey}\` but found ${describe(value)}`, place);
}

/** Names a common mistake in files that are nearly JSON Lines. */
function reasonOf(text: string): string {
  if (/^\s*[[{]\s*$/.test(text))
    return '; expected an object on each line, not one document over several lines';
  return /[[,:]\s*-?(NaN|Infinity)\b/.test(text) ? ', which has no NaN and no Infinity' : '';
}

function readVector(entry: Entry, key: string, cols: number | undefined, place: Place): readonly unknown[] {
  const value = Object.hasOwn(entry, key) ? entry[key] : undefined;
  if (!Array.isArray(value) || value.length === 0) {
    throw new DataError(`expected \`${key}\` to be an array of numbers`, place);
  }
  if (cols !== undefined && value.length !== cols) {
    throw new DataError(`expected ${cols} values in \`${key}\`, as before, but found ${value.length}`, place);
  }
  return value;
}

function copyVector(
  vector: readonly unknown[],
  out: Float32Array | Float64Array,
  at: number,
  place: Place,
): void {
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i];
    if (typeof value === 'number') out[at + i] = value;
    // JSON does not have NaN, but 1e39 is infinite in float32 and 1e999 in float64.
    if (typeof value === 'number' && Number.isFinite(out[at + i])) continue;
    throw new DataError(`value ${i + 1} is ${describe(value)}, ${numberExpected(out)}`, place);
  }
}

/** A string as it is; a number as the file writes it, so that ids of any length stay different. */
function readText(entry: Entry, name: string, text: string, place: Place): string {
  const value = Object.hasOwn(entry, name) ? entry[name] : undefined;
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return memberSource(text, name);
  throw new DataError(`expected \`${name}\` to be a string or a number but found ${describe(value)}`, place);
}

function memberSource(text: string, name: string): string {
  let source = '';
  // Of several members with the same name the last one counts, as in JSON.parse.
  for (const part of jsonItems(text)) if (part.name === name) source = part.source;
  return source;
}
