import { describe, NoRowsError } from '../errors.ts';
import { numbersOf, typeOf } from '../matrix-files/matrix.ts';
import type { Gathered, GatherOptions } from './source.ts';

/**
 * A number in [0, 2^53) for a row, the same on every machine. The rows with the smallest numbers are the sample, so a larger
 * limit only adds rows.
 */
export function rowHash(seed: number, row: number): number {
  let high = mix32(seed ^ 0x9e3779b9);
  high = mix32(high ^ Math.floor(seed / 2 ** 32));
  high = mix32(high ^ row);
  high = mix32(high ^ Math.floor(row / 2 ** 32));
  return (high >>> 11) * 2 ** 32 + (mix32(high ^ 0x85ebca6b) >>> 0);
}

/** A bijection of 32-bit integers in which every input bit reaches every output bit (the finalizer of MurmurHash3). */
export function mix32(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Which rows are kept: at most `limit`, drawn evenly by `seed`, or the first ones. */
export type RowDraw = Pick<GatherOptions, 'limit' | 'seed' | 'first'>;

/** The rows that a sample of `total` rows keeps, ascending. The same rows as a RowSample keeps when all are offered to it. */
export function chooseRows(total: number, draw: RowDraw): number[] {
  const { limit } = draw;
  checkLimit(limit);
  const rows = Array.from({ length: total }, (_, row) => row);
  if (total <= limit) return rows;
  const hashes = Float64Array.from(rows, (row) => rank(draw, row));
  rows.sort((a, b) => hashes[a] - hashes[b] || a - b);
  return rows.slice(0, limit).sort((a, b) => a - b);
}

/** Rows with the smallest ranks are kept. */
function rank({ seed, first }: RowDraw, row: number): number {
  return first ? row : rowHash(seed, row);
}

/**
 * The sample of a stream of unknown length: a max-heap of the `limit` smallest row hashes. Memory grows with the number of rows
 * kept, not with the number offered.
 */
export class RowSample {
  /** Rows offered so far. */
  total = 0;
  readonly ids: string[] = [];
  readonly labels: string[] = [];
  readonly #limit: number;
  readonly #draw: RowDraw;
  /** Slots, the one with the largest hash first; in use once the sample is full. */
  readonly #heap: number[] = [];
  readonly #hashOf: number[] = [];
  readonly #rowOf: number[] = [];
  #values: Float32Array | Float64Array = new Float32Array(0);
  #cols = 0;

  constructor(draw: RowDraw) {
    checkLimit(draw.limit);
    this.#limit = Math.floor(draw.limit);
    this.#draw = draw;
  }

  /** Offers the next row of the stream. Returns the slot to put it into, or -1 when the sample does not keep it. */
  offer(): number {
    const row = this.total++;
    if (this.#limit === Number.POSITIVE_INFINITY) {
      // All are kept, so none is compared.
      this.#rowOf.push(row);
      return row;
    }
    const hash = rank(this.#draw, row);
    const slot = this.#heap.length;
    if (slot < this.#limit) {
      this.#hashOf.push(hash);
      this.#rowOf.push(row);
      this.#heap.push(slot);
      this.#siftUp(slot);
      return slot;
    }
    const largest = this.#heap[0];
    // Of rows with equal hashes the first is kept, as in chooseRows.
    if (hash >= this.#hashOf[largest]) return -1;
    this.#hashOf[largest] = hash;
    this.#rowOf[largest] = row;
    this.#siftDown();
    return largest;
  }

  /** Fills a slot that `offer` returned; `vector` is copied. All vectors have the same length and type. */
  put(slot: number, id: string, label: string, vector: Float32Array | Float64Array): void {
    if (this.#cols === 0) this.#cols = vector.length;
    const start = slot * this.#cols;
    if (start + vector.length > this.#values.length) {
      const capacity = Math.min(this.#limit, Math.max(1024, slot * 2));
      const grown = numbersOf(typeOf(vector), capacity * this.#cols);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.set(vector, start);
    this.ids[slot] = id;
    this.labels[slot] = label;
  }

  /** The kept rows in the order of the stream. @throws DataError when there are none. */
  finish(modality: string, file: string, notes: readonly string[]): Gathered {
    const count = this.#rowOf.length;
    if (count === 0) throw new NoRowsError(file);
    const slots = this.#rowOf.map((_, slot) => slot).sort((a, b) => this.#rowOf[a] - this.#rowOf[b]);
    const values = numbersOf(typeOf(this.#values), count * this.#cols);
    slots.forEach((slot, i) => {
      values.set(this.#values.subarray(slot * this.#cols, (slot + 1) * this.#cols), i * this.#cols);
    });
    const { ids, renamed } = uniqueIds(slots.map((slot) => this.ids[slot]));
    return {
      modality,
      ids,
      labels: slots.map((slot) => this.labels[slot]),
      vectors: { data: narrowed(values), rows: count, cols: this.#cols },
      total: this.total,
      notes: renamed > 0 ? [...notes, renamedNote(renamed)] : notes,
    };
  }

  #siftUp(from: number): void {
    const heap = this.#heap;
    for (let child = from; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#larger(heap[child], heap[parent])) return;
      [heap[child], heap[parent]] = [heap[parent], heap[child]];
      child = parent;
    }
  }

  #siftDown(): void {
    const heap = this.#heap;
    for (let parent = 0; ; ) {
      let child = 2 * parent + 1;
      if (child >= heap.length) return;
      if (child + 1 < heap.length && this.#larger(heap[child + 1], heap[child])) child++;
      if (!this.#larger(heap[child], heap[parent])) return;
      [heap[child], heap[parent]] = [heap[parent], heap[child]];
      parent = child;
    }
  }

  #larger(a: number, b: number): boolean {
    const difference = this.#hashOf[a] - this.#hashOf[b];
    return difference > 0 || (difference === 0 && this.#rowOf[a] > this.#rowOf[b]);
  }
}

/** The same numbers as float32, unless it would round them. */
function narrowed(values: Float32Array | Float64Array): Float32Array | Float64Array {
  if (typeOf(values) === 'float32' || values.some((value) => value !== Math.fround(value))) return values;
  return new Float32Array(values);
}

function checkLimit(limit: number): void {
  if (!(limit >= 1))
    throw new RangeError(`Expected \`limit\` to be at least 1 but received ${describe(limit)}`);
}

/** The names, with ` (2)`, ` (3)`, ... appended to duplicates; `renamed` counts these. */
export function uniqueIds(names: readonly string[]): { ids: string[]; renamed: number } {
  const taken = new Set(names);
  const seen = new Map<string, number>();
  let renamed = 0;
  const ids = names.map((name) => {
    let count = (seen.get(name) ?? 0) + 1;
    if (count === 1) {
      seen.set(name, 1);
      return name;
    }
    while (taken.has(`${name} (${count})`)) count++;
    seen.set(name, count);
    const id = `${name} (${count})`;
    taken.add(id);
    renamed++;
    return id;
  });
  return { ids, renamed };
}

export function renamedNote(count: number): string {
  return `${count} ${count === 1 ? 'row had a duplicate id' : 'rows had duplicate ids'}; a number was appended`;
}
