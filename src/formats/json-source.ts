/** A member of a JSON object, or an element of an array, as it is written. */
export interface JsonItem {
  /** The member's name; undefined in an array. */
  readonly name: string | undefined;
  readonly source: string;
}

/**
 * The members of a JSON object, or the elements of an array, as they are written. Numbers keep all of their digits; JSON.parse
 * keeps seventeen. (From Node 21 on JSON.parse gives sources itself, but it calls back for every number inside.)
 *
 * @param text valid JSON, an object or an array.
 */
export function* jsonItems(text: string): Generator<JsonItem> {
  let name: string | undefined;
  let depth = 0;
  let start = text.search(/[[{]/) + 1;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at);
    else if (char === '[' || char === '{') depth++;
    else if (char === ':' && depth === 0) {
      name = String(JSON.parse(text.slice(start, at)));
      start = at + 1;
    } else if (depth === 0 && (char === ',' || char === ']' || char === '}')) {
      const source = text.slice(start, at).trim();
      if (source !== '') yield { name, source };
      if (char !== ',') return;
      start = at + 1;
    } else if (char === ']' || char === '}') depth--;
  }
}

/** Position of the closing quote of the string that starts at `at`. */
function stringEnd(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === '"') return end;
  }
  return text.length;
}
