import { lowerCase, type Objects, type Texts } from './data.ts';

/** Texts that hold the query, by index; each once. */
export function textsWith({ lower, offsets }: Texts, query: string): Uint32Array<ArrayBuffer> {
  const wanted = lowerCase(query);
  const found: number[] = [];
  if (wanted === '') return new Uint32Array(0);
  let text = 0;
  for (let at = lower.indexOf(wanted); at >= 0; ) {
    text = textAround(offsets, at, text);
    const end = offsets[text + 1];
    // A hit that reaches into the next text is none.
    if (at + wanted.length <= end) {
      found.push(text);
      at = lower.indexOf(wanted, end);
    } else at = lower.indexOf(wanted, at + 1);
  }
  return Uint32Array.from(found);
}

/** The text that the place belongs to, at or behind `low`. */
function textAround(offsets: Uint32Array, place: number, low: number): number {
  let high = offsets.length - 1;
  let first = low;
  while (high - first > 1) {
    const middle = (first + high) >>> 1;
    if (offsets[middle] <= place) first = middle;
    else high = middle;
  }
  return first;
}

/** Objects whose id or label holds the query, whatever its case, in page order. */
export function search(objects: Objects, query: string): Uint32Array<ArrayBuffer> {
  if (query === '') return new Uint32Array(0);
  const hit = new Uint8Array(objects.count);
  for (const i of textsWith(objects.ids, query)) hit[i] = 1;
  const labelHit = new Uint8Array(objects.labels.offsets.length);
  for (const label of textsWith(objects.labels, query)) labelHit[label] = 1;
  let count = 0;
  for (let i = 0; i < hit.length; i++) {
    hit[i] |= labelHit[objects.label[i]];
    count += hit[i];
  }
  const found = new Uint32Array(count);
  for (let i = 0, at = 0; i < hit.length; i++) if (hit[i]) found[at++] = i;
  return found;
}

const RANKED = 20_000;

/** The best hits first: names that are the query, then those that begin with it, then those with it at a word's start. */
export function rankHits(
  hits: Uint32Array,
  query: string,
  nameOf: (i: number) => string,
  most: number,
): number[] {
  const wanted = lowerCase(query);
  const rank = (name: string) => {
    const at = name.indexOf(wanted);
    if (at < 0) return 4;
    if (at > 0) return /[\p{L}\p{N}]/u.test(name[at - 1]) ? 3 : 2;
    return name.length === wanted.length ? 0 : 1;
  };
  return Array.from(hits.subarray(0, RANKED), (i) => ({ i, name: lowerCase(nameOf(i)) }))
    .map(({ i, name }) => ({ i, rank: rank(name), length: name.length }))
    .sort((a, b) => a.rank - b.rank || a.length - b.length || a.i - b.i)
    .slice(0, most)
    .map(({ i }) => i);
}
