import { count } from '../src/figures/drawing/format.ts';
import type { Fitted } from './server.ts';

/** The body of `POST /place`. */
export interface PlaceBody {
  readonly type: string;
  readonly content: BodyInit;
  /** For the query; undefined where the body says it, or the server knows it. */
  readonly modality?: string;
  /** What the placed objects are called in the list. */
  readonly kind: string;
}

/**
 * What to send to place a file: an .npy matrix, JSON (one vector, a list of them, or a whole request), else a picture.
 *
 * @param chosen - the modality that the reader chose; '' to go by the number of columns.
 * @returns the body, or a sentence that says why there is none.
 */
export async function bodyOf(
  file: File,
  chosen: string,
  fitted: readonly Fitted[],
): Promise<PlaceBody | string> {
  if (/\.npy$/i.test(file.name)) {
    const columns = columnsOfNpy(await file.slice(0, 400).text());
    if (columns === undefined) return `${file.name} is not an .npy file of a matrix, rows by columns.`;
    const modality = modalityFor(chosen, columns, fitted);
    if ('trouble' in modality) return modality.trouble;
    return { type: 'application/x-npy', content: file, modality: modality.name, kind: modality.name };
  }
  if (!/\.json$/i.test(file.name)) return { type: file.type || 'none', content: file, kind: 'picture' };
  const text = await file.text();
  const given = parsed(text);
  const json = (content: string, kind: string) => ({ type: 'application/json', content, kind });
  if (!Array.isArray(given)) return json(text, modalityOf(given) ?? 'vector');
  const vectors = Array.isArray(given[0]) ? given : [given];
  const modality = modalityFor(chosen, vectors[0].length, fitted);
  if ('trouble' in modality) return modality.trouble;
  return json(JSON.stringify({ modality: modality.name, vectors }), modality.name);
}

/** The value of JSON; undefined where it is none, which the server says better. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function modalityOf(request: unknown): string | undefined {
  const { modality } = (request ?? {}) as { modality?: unknown };
  return typeof modality === 'string' ? modality : undefined;
}

/**
 * Columns by the head of an .npy file (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html); undefined if it
 * is not the head of a matrix.
 */
function columnsOfNpy(head: string): number | undefined {
  const columns = /'shape': \(\d+, ?(\d+)/.exec(head)?.[1];
  return columns === undefined ? undefined : Number(columns);
}

/** The modality of vectors with so many columns. */
function modalityFor(
  chosen: string,
  columns: number,
  fitted: readonly Fitted[],
): { readonly name: string } | { readonly trouble: string } {
  if (chosen !== '') return { name: chosen };
  const fitting = fitted.filter((modality) => modality.columns === columns);
  if (fitting.length === 1) return fitting[0];
  const list = fitted.map((modality) => `${modality.name} has ${count(modality.columns)}`).join(', ');
  return {
    trouble:
      fitting.length > 1
        ? `${fitting.map(({ name }) => name).join(' and ')} have ${count(columns)} columns: choose which it is.`
        : `No modality has vectors of this length (${count(columns)}): ${list}.`,
  };
}
