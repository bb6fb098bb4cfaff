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
    const parts: Buffer[] = [];
    let used = 0;
    let missing = count;
    while (missing > 0) {
      const part = this.#chunks[used];
      if (part.length > missing) {
        this.#chunks[used] = part.subarray(missing);
        parts.push(part.subarray(0, missing));
        break;
      }
      parts.push(part);
      missing -= part.length;
      used++;
    }
    this.#chunks.splice(0, used);
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, count);
  }
}

/** A view of the same bytes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
