import type { PbfReader } from 'pbf';

/**
 * Calls `visit` for each field of the message that ends at `end`; a field that it does not read is skipped. The second argument
 * gives the end of a length-delimited value, after a check that it lies inside the message; pbf itself would read past the end.
 *
 * @throws Error when a length or a value runs past the end of its message. The error has no place, because callers know the
 *   file.
 */
export function eachField(
  pbf: PbfReader,
  end: number,
  visit: (field: number, valueEnd: () => number) => void,
): void {
  const valueEnd = (): number => {
    if (pbf.type !== 2) throw new Error(`wire type ${pbf.type} where a message or bytes are expected`);
    const inner = pbf.readVarint() + pbf.pos;
    if (!(inner <= end)) throw new Error('a length points outside its message');
    return inner;
  };
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) visit(field, valueEnd);
  if (pbf.pos !== end) throw new Error('a value runs over the end of its message');
}

/** The bytes up to `end`, as a view. */
export function readRaw(pbf: PbfReader, end: number): Uint8Array {
  const bytes = pbf.buf.subarray(pbf.pos, end);
  pbf.pos = end;
  return bytes;
}

export function readText(pbf: PbfReader, end: number): string {
  const { buffer, byteOffset, length } = readRaw(pbf, end);
  return Buffer.from(buffer, byteOffset, length).toString();
}
