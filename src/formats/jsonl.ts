import { DataError, describe } from '../errors.ts';
import { readLines } from '../files/lines.ts';
import { jsonParts } from './json-source.ts';

/** One line of a JSON Lines file of vectors. */
export interface VectorLine {
  /** Line number, from 1. */
  readonly line: number;
  /** '' if the line has none. */
  readonly id: string;
  /** '' if the line has none. */
  readonly label: string;
  /** As long as in every other line; finite in float32. */
  readonly vector: Float32Array;
}

/**
 * Reads JSON Lines, plain, gzip or bzip2: on each line an object with `vector`, an array of numbers, and optionally `id` and
 * `label`, strings or numbers. A number is kept as it is written (`1.0`, `12345678901234567890`). Other members and empty lines
 * are skipped.
 *
 * @throws DataError with the line, for anything but such an object, for a value that is not a finite float32 number, and for a
 *   vector whose length differs from the first.
 * @example
 * for await (const { id, vector } of readVectorLines('vectors.jsonl.gz')) console.log(id, vector.length);
 */
export async function* readVectorLines(file: string): AsyncGenerator<VectorLine> {
  let line = 0;
  let cols: number | undefined;
  for await (const bytes of readLines(file)) {
    line++;
    const place = { file, line };
    const text = bytes.toString();
    const entry = parseLine(text, place);
    if (entry === undefined) continue;
    const vector = readVector(entry.vector, cols, place);
    cols = vector.length;
    yield {
      line,
      id: readText(entry, 'id', text, place),
      label: readText(entry, 'label', text, place),
      vector,
    };
  }
  if (cols === undefined) throw new DataError('holds no vectors', { file });
}

type Place = { readonly file: string; readonly line: number };
type Entry = { readonly [name: string]: unknown };

/** The line's object; undefined for an empty line. */
function parseLine(text: string, place: Place): Entry | undefined {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`is not JSON${reasonOf(text)}`, place, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Entry;
  throw new DataError(`expected an object with \`vector\` but found ${describe(value)}`, place);
}

/** Names a common mistake in files that are nearly JSON Lines. */
function reasonOf(text: string): string {
  if (/^\s*[[{]\s*$/.test(text))
    return '; expected an object on each line, not one document over several lines';
  return /[[,:]\s*-?(NaN|Infinity)\b/.test(text) ? ', which has no NaN and no Infinity' : '';
}

function readVector(value: unknown, cols: number | undefined, place: Place): Float32Array {
  if (!Array.isArray(value) || value.length === 0) {
    throw new DataError('expected `vector` to be an array of numbers', place);
  }
  if (cols !== undefined && value.length !== cols) {
    throw new DataError(`expected ${cols} values in \`vector\`, as before, but found ${value.length}`, place);
  }
  return Float32Array.from(value, (entry: unknown, i) => {
    // JSON does not have NaN, but 1e39 is infinite in float32.
    if (typeof entry === 'number' && Number.isFinite(Math.fround(entry))) return entry;
    throw new DataError(`value ${i + 1} is ${describe(entry)}, expected a finite float32 number`, place);
  });
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
  for (const part of jsonParts(text)) if (part.name === name) source = part.source;
  return source;
}
