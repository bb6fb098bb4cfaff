import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { elfInterpreter, libc } from '../../src/native/libc.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const onLinux = process.platform === 'linux';

/** A 64-bit ELF file with a program header of another type, and one that names the interpreter at `offset`. */
function elf(interpreter: string, offset: number): Buffer {
  const file = Buffer.alloc(offset + interpreter.length + 1);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(file);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(3, 120);
  file.writeBigUInt64LE(BigInt(offset), 128);
  file.writeBigUInt64LE(BigInt(interpreter.length + 1), 152);
  file.write(interpreter, offset, 'latin1');
  return file;
}

describe('the libc of this Node', () => {
  it.runIf(onLinux)('agrees with the diagnostic report, without making one', () => {
    const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
    const asked = vi.spyOn(process.report, 'getReport');
    expect(libc()).toBe(report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc');
    expect(asked).not.toHaveBeenCalled();
  });

  it.runIf(onLinux)('agrees with the interpreter that readelf finds', () => {
    const { stdout } = spawnSync('readelf', ['--program-headers', process.execPath], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    const named = /interpreter: (\S+)\]/.exec(stdout)?.[1];
    expect(elfInterpreter(process.execPath)).toBe(named);
  });

  it.each([400, 5000, 3_000_000])('is found if the name is at byte %i', (offset) => {
    const program = folder.write('program', elf('/lib/ld-musl-x86_64.so.1', offset));
    expect(elfInterpreter(program)).toBe('/lib/ld-musl-x86_64.so.1');
  });

  it('is undefined for other files', () => {
    const good = elf('/lib/ld-musl-x86_64.so.1', 400);
    const of32Bits = Buffer.from(good);
    of32Bits[4] = 1;
    for (const bytes of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), of32Bits, good.subarray(0, 100)])
      expect(elfInterpreter(folder.write('other', bytes))).toBeUndefined();
  });
});
