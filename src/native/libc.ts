import { closeSync, openSync, readSync } from 'node:fs';

const INTERPRETER = 3; // the type of a program header, PT_INTERP

/**
 * The loader that a 64-bit ELF program names, such as /lib64/ld-linux-x86-64.so.2 or /lib/ld-musl-x86_64.so.1. It decides which
 * libc is used. Undefined for other files. (ELF specification, "Program Header".)
 */
export function elfInterpreter(program: string): string | undefined {
  const file = openSync(program, 'r');
  try {
    const header = readAt(file, 0, 64);
    if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2) return undefined;
    const size = header.readUInt16LE(54);
    const entries = readAt(file, Number(header.readBigUInt64LE(32)), size * header.readUInt16LE(56));
    for (let at = 0; at + 56 <= entries.length; at += size) {
      if (entries.readUInt32LE(at) !== INTERPRETER) continue;
      const [offset, length] = [entries.readBigUInt64LE(at + 8), entries.readBigUInt64LE(at + 32)];
      return readAt(file, Number(offset), Number(length)).toString('utf8').replace(/\0.*$/s, '');
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, position));
}

/**
 * The libc of this Node, on Linux. Reads a few hundred bytes of Node's own program. Node's diagnostic report also knows, but it
 * blocks the event loop for tens of milliseconds.
 */
export function libc(): 'glibc' | 'musl' {
  return elfInterpreter(process.execPath)?.includes('/ld-musl-') ? 'musl' : 'glibc';
}
