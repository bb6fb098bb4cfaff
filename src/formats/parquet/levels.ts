/** Bytes of a page and where the next of them lies. */
export interface PageBytes {
  readonly bytes: Buffer;
  at: number;
}

/**
 * Reads `count` integers of `width` bits in Parquet's hybrid of runs and packed bits, from `page.at` to at most `end`.
 *
 * @throws Error when the bytes end early.
 */
export function readHybrid(page: PageBytes, end: number, width: number, count: number): Uint32Array {
  const values = new Uint32Array(count);
  if (width === 0) return values;
  if (width > 32) throw new Error(`integers of ${width} bits`);
  let done = 0;
  while (done < count) {
    const header = readVarInt(page, end);
    const length = Math.floor(header / 2);
    if (header % 2 === 1) done = readPacked(page, end, width, length * 8, values, done);
    else {
      const bytes = Math.ceil(width / 8);
      if (page.at + bytes > end) throw new Error('the page ends early');
      const next = Math.min(count, done + length);
      values.fill(page.bytes.readUIntLE(page.at, bytes), done, next);
      page.at += bytes;
      done = next;
    }
  }
  return values;
}

/**
 * The slots at which a row begins, from levels of one bit: 0 begins a row, 1 continues it.
 *
 * @throws Error when the bytes end early.
 */
export function readRowStarts(page: PageBytes, end: number, count: number): Uint32Array {
  const { bytes } = page;
  let starts = new Uint32Array(1024);
  let found = 0;
  const add = (slot: number) => {
    if (found === starts.length) {
      const grown = new Uint32Array(2 * found);
      grown.set(starts);
      starts = grown;
    }
    starts[found++] = slot;
  };
  let done = 0;
  while (done < count) {
    const header = readVarInt(page, end);
    const length = Math.floor(header / 2);
    if (header % 2 === 0) {
      if (page.at >= end) throw new Error('the page ends early');
      const next = Math.min(count, done + length);
      if (bytes[page.at++] === 0) for (let slot = done; slot < next; slot++) add(slot);
      done = next;
      continue;
    }
    const next = Math.min(count, done + 8 * length);
    if (page.at + Math.ceil((next - done) / 8) > end) throw new Error('the page ends early');
    for (let slot = done, at = page.at; slot < next; slot += 8, at++) {
      // Most groups of eight do not begin a row.
      if (bytes[at] === 255) continue;
      for (let bit = 0; bit < 8 && slot + bit < next; bit++)
        if (((bytes[at] >> bit) & 1) === 0) add(slot + bit);
    }
    page.at = Math.min(end, page.at + length);
    done = next;
  }
  return starts.subarray(0, found);
}

/**
 * As `readHybrid`, but undefined if all integers are `same`, which one run usually says.
 *
 * @throws Error when the bytes end early.
 */
export function readUnlessSame(
  page: PageBytes,
  end: number,
  width: number,
  count: number,
  same: number,
): Uint32Array | undefined {
  if (count === 0) return undefined;
  const run = { bytes: page.bytes, at: page.at };
  const header = readVarInt(run, end);
  const bytes = Math.ceil(width / 8);
  const isRun = header % 2 === 0 && header / 2 >= count && run.at + bytes <= end;
  if (isRun && page.bytes.readUIntLE(run.at, bytes) === same) return undefined;
  const values = readHybrid(page, end, width, count);
  return values.every((value) => value === same) ? undefined : values;
}

function readVarInt(page: PageBytes, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (page.at >= end) throw new Error('the page ends early');
    const byte = page.bytes[page.at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
  throw new Error('a length is damaged');
}

/** Packed integers come in groups of eight; the last group can be longer than what is left. */
function readPacked(
  page: PageBytes,
  end: number,
  width: number,
  packed: number,
  values: Uint32Array,
  from: number,
): number {
  const { bytes, at } = page;
  const size = (packed / 8) * width;
  const wanted = Math.min(packed, values.length - from);
  if (at + Math.ceil((wanted * width) / 8) > end) throw new Error('the page ends early');
  if (width === 1) {
    for (let i = 0; i < wanted; i++) values[from + i] = (bytes[at + (i >> 3)] >> (i & 7)) & 1;
  } else {
    for (let i = 0; i < wanted; i++) values[from + i] = bitsAt(bytes, at, i * width, width);
  }
  page.at = Math.min(end, at + size);
  return from + wanted;
}

function bitsAt(bytes: Buffer, at: number, bit: number, width: number): number {
  let value = 0;
  let got = 0;
  while (got < width) {
    const position = bit + got;
    const shift = position & 7;
    const count = Math.min(8 - shift, width - got);
    value += ((bytes[at + (position >> 3)] >> shift) & ((1 << count) - 1)) * 2 ** got;
    got += count;
  }
  return value;
}
