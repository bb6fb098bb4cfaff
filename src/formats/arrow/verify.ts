/**
 * Checks that the lists in a message's flatbuffer lie inside it, with as many elements as they claim. What reads them afterwards trusts
 * their counts.
 *
 * @throws Error for a list, a table or a nesting that cannot be.
 */
export function verifyMessage(head: Buffer): MessageInfo {
  const message = new FlatTable(head, head.readUInt32LE(0));
  const kind = message.byte(1);
  const header = message.table(2);
  message.list(4, 4);
  if (header !== undefined && kind === SCHEMA) verifySchema(header);
  else if (header !== undefined && kind === DICTIONARY) verifyBatch(header.table(1));
  else if (header !== undefined && kind === BATCH) verifyBatch(header);
  return { kind, bodyBytes: message.long(3), version: message.short(0), headerAt: message.position(2) };
}

export interface MessageInfo {
  readonly kind: number;
  readonly bodyBytes: number;
  /** Of the format, from 0. */
  readonly version: number;
  /** Where the offset of the table of the schema or batch lies; 0 if there is none. */
  readonly headerAt: number;
}

export const SCHEMA = 1;
export const DICTIONARY = 2;
export const BATCH = 3;

const MAX_DEPTH = 32;
const UNION = 14;

function verifySchema(schema: FlatTable): void {
  schema.list(2, 4);
  let fields = 0;
  const visit = (parent: FlatTable, list: number, depth: number): void => {
    if (depth > MAX_DEPTH) throw new Error(`types nested more than ${MAX_DEPTH} deep`);
    for (const field of parent.tables(list)) {
      // Offsets may share tables; a schema has no use for it.
      if (++fields > parent.size / 4) throw new Error('more fields than there is room for');
      field.list(6, 4);
      if (field.byte(2) === UNION) field.table(3)?.list(1, 4);
      visit(field, 5, depth + 1);
    }
  };
  visit(schema, 1, 0);
}

function verifyBatch(batch: FlatTable | undefined): void {
  if (batch === undefined) throw new Error('a batch without contents');
  batch.list(1, 16);
  batch.list(2, 16);
  batch.list(4, 8);
}

/** A table of a flatbuffer. Reading outside the buffer throws. */
class FlatTable {
  readonly #bytes: Buffer;
  readonly #at: number;
  readonly #fields: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#fields = at - bytes.readInt32LE(at);
  }

  get size(): number {
    return this.#bytes.length;
  }

  byte(index: number): number {
    const at = this.position(index);
    return at === 0 ? 0 : this.#bytes.readUInt8(at);
  }

  short(index: number): number {
    const at = this.position(index);
    return at === 0 ? 0 : this.#bytes.readInt16LE(at);
  }

  long(index: number): number {
    const at = this.position(index);
    return at === 0 ? 0 : Number(this.#bytes.readBigInt64LE(at));
  }

  table(index: number): FlatTable | undefined {
    const at = this.position(index);
    return at === 0 ? undefined : new FlatTable(this.#bytes, this.#follow(at));
  }

  /** Where the elements of a list begin, and how many there are. */
  list(index: number, width: number): { start: number; count: number } {
    const at = this.position(index);
    if (at === 0) return { start: 0, count: 0 };
    const start = this.#follow(at) + 4;
    const count = this.#bytes.readUInt32LE(start - 4);
    if (start + count * width > this.#bytes.length)
      throw new Error(`a list of ${count} elements is too long`);
    return { start, count };
  }

  *tables(index: number): Generator<FlatTable> {
    const { start, count } = this.list(index, 4);
    for (let i = 0; i < count; i++) yield new FlatTable(this.#bytes, this.#follow(start + 4 * i));
  }

  #follow(at: number): number {
    return at + this.#bytes.readUInt32LE(at);
  }

  /** Where a field lies; 0 if it is absent. */
  position(index: number): number {
    const slot = 4 + 2 * index;
    if (slot >= this.#bytes.readUInt16LE(this.#fields)) return 0;
    const offset = this.#bytes.readUInt16LE(this.#fields + slot);
    return offset === 0 ? 0 : this.#at + offset;
  }
}
