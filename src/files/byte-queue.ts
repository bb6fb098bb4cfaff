/** Takes bytes in as chunks and gives them out in pieces. A piece inside one chunk is a view, not a copy. */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(asBuffer(chunk));
    this.#length += chunk.length;
  }

  /** The first four bytes as a little-endian integer. They stay. */
  peekInt32(): number {
    const first = this.take(4);
    this.#chunks.unshift(first);
    this.#length += 4;
    return first.readInt32LE();
  }

  /** Position of a byte, from `start` on; -1 if it is not there. */
  indexOf(byte: number, start = 0): number {
    let before = 0;
    for (const chunk of this.#chunks) {
      const at = start < before + chunk.length ? chunk.indexOf(byte, Math.max(0, start - before)) : -1;
      if (at !== -1) return before + at;
      before += chunk.length;
    }
    return -1;
  }

  /** Takes `count` bytes out; at most `length`. */
  take(count: number): Buffer {
    if (count > this.#length)
      throw new RangeError(`Expected at most ${this.#length} bytes but received ${count}`);
    this.#length -= count;
    const first = this.#chunks[0];
    if (first !== undefined && first.length > count) {
      this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    return this.#takeWhole(count);
  }

  #takeWhole(count: number): Buffer {
    const pieces: Buffer[] = [];
    let used = 0;
    let missing = count;
    while (missing > 0) {
      const chunk = this.#chunks[used];
      if (chunk.length > missing) {
        this.#chunks[used] = chunk.subarray(missing);
        pieces.push(chunk.subarray(0, missing));
        break;
      }
      pieces.push(chunk);
      missing -= chunk.length;
      used++;
    }
    this.#chunks.splice(0, used);
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, count);
  }
}

/** A view of the same bytes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
