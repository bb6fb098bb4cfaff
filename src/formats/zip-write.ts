import { crc32 } from 'node:zlib';

/** A member that was written. */
interface Written {
  readonly name: Buffer;
  readonly checksum: number;
  readonly size: bigint;
  readonly offset: bigint;
}

/** In the place of a length or an offset of 32 bits: the real one is in the extra field. */
const ELSEWHERE = 0xffffffff;
const VERSION_ZIP64 = 45;
/** 1980-01-01: the same members give the same bytes. */
const DATE = 0x21;

/**
 * Writes a zip archive of members that are stored as they are. Checksum and length of a member follow its bytes, so that they need
 * not be known before; lengths have 64 bits.
 */
export class ZipWriter {
  readonly #append: (bytes: Uint8Array) => Promise<void>;
  readonly #members: Written[] = [];
  #offset = 0n;

  constructor(append: (bytes: Uint8Array) => Promise<void>) {
    this.#append = append;
  }

  /** Begins a member; `write` adds its bytes and `end` ends it. */
  async begin(name: string): Promise<{ write(bytes: Uint8Array): Promise<void>; end(): Promise<void> }> {
    const member = { name: Buffer.from(name), checksum: 0, size: 0n, offset: this.#offset };
    await this.#write(localHeader(member.name));
    return {
      write: async (bytes) => {
        member.checksum = crc32(bytes, member.checksum);
        member.size += BigInt(bytes.length);
        await this.#write(bytes);
      },
      end: async () => {
        const after = Buffer.alloc(24);
        after.writeUInt32LE(0x08074b50, 0);
        after.writeUInt32LE(member.checksum, 4);
        after.writeBigUInt64LE(member.size, 8);
        after.writeBigUInt64LE(member.size, 16);
        await this.#write(after);
        this.#members.push(member);
      },
    };
  }

  /** Writes the list of members. */
  async finish(): Promise<void> {
    const start = this.#offset;
    for (const member of this.#members) await this.#write(centralHeader(member));
    await this.#write(endOf(BigInt(this.#members.length), start, this.#offset));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#append(bytes);
    this.#offset += BigInt(bytes.length);
  }
}

function localHeader(name: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION_ZIP64, 4);
  // Bit 3: lengths and checksum follow the bytes. Bit 11: the name is UTF-8.
  header.writeUInt16LE(0x0808, 6);
  header.writeUInt16LE(DATE, 12);
  header.writeUInt32LE(ELSEWHERE, 18);
  header.writeUInt32LE(ELSEWHERE, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(20, 28);
  return Buffer.concat([header, name, extraField([0n, 0n])]);
}

/** The field of 64-bit numbers. */
function extraField(numbers: readonly bigint[]): Buffer {
  const field = Buffer.alloc(4 + 8 * numbers.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * numbers.length, 2);
  numbers.forEach((value, i) => {
    field.writeBigUInt64LE(value, 4 + 8 * i);
  });
  return field;
}

function centralHeader({ name, checksum, size, offset }: Written): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(VERSION_ZIP64, 4);
  header.writeUInt16LE(VERSION_ZIP64, 6);
  header.writeUInt16LE(0x0808, 8);
  header.writeUInt16LE(DATE, 14);
  header.writeUInt32LE(checksum, 16);
  header.writeUInt32LE(ELSEWHERE, 20);
  header.writeUInt32LE(ELSEWHERE, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(28, 30);
  header.writeUInt32LE(ELSEWHERE, 42);
  return Buffer.concat([header, name, extraField([size, size, offset])]);
}

/** The end of the list: its own 64-bit form, where that lies, and the usual one. */
function endOf(members: bigint, start: bigint, end: bigint): Buffer {
  const bytes = Buffer.alloc(56 + 20 + 22);
  bytes.writeUInt32LE(0x06064b50, 0);
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeUInt16LE(VERSION_ZIP64, 12);
  bytes.writeUInt16LE(VERSION_ZIP64, 14);
  bytes.writeBigUInt64LE(members, 24);
  bytes.writeBigUInt64LE(members, 32);
  bytes.writeBigUInt64LE(end - start, 40);
  bytes.writeBigUInt64LE(start, 48);
  bytes.writeUInt32LE(0x07064b50, 56);
  bytes.writeBigUInt64LE(end, 64);
  bytes.writeUInt32LE(1, 72);
  bytes.writeUInt32LE(0x06054b50, 76);
  // 0xffff: more than that, and only the 64-bit form has the number.
  const few = members < 0xffffn ? Number(members) : 0xffff;
  bytes.writeUInt16LE(few, 84);
  bytes.writeUInt16LE(few, 86);
  bytes.writeUInt32LE(ELSEWHERE, 88);
  bytes.writeUInt32LE(ELSEWHERE, 92);
  return bytes;
}
