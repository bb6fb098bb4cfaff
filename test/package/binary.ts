import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { binaryFile } from './pack.ts';

/** Libraries that every Linux has; all else must be inside the binary. */
const SYSTEM = /^(linux-vdso|libc|libm|libpthread|libdl|librt|ld-linux.*)\.so/;

/** On Linux: checks what the binary of this platform links with, and says the lowest glibc that it runs on. */
export function checkBinary(root: string): string {
  const binary = binaryFile(root);
  if (binary === undefined) throw new Error('There is no binary of this platform');
  const megabytes = (statSync(binary).size / 1e6).toFixed(1);
  if (process.platform !== 'linux') return `binary: ${megabytes} MB`;
  const dynamic = execFileSync('objdump', ['-p', binary], { encoding: 'utf8' });
  const libraries = [...dynamic.matchAll(/NEEDED\s+(\S+)/g)].map(([, name]) => name);
  const foreign = libraries.filter((name) => !SYSTEM.test(name));
  if (foreign.length > 0) throw new Error(`The binary needs ${foreign.join(', ')}`);
  const symbols = execFileSync('objdump', ['-T', binary], { encoding: 'utf8' });
  const versions = [...symbols.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, , minor]) => Number(minor));
  return `binary: ${megabytes} MB, needs ${libraries.join(', ')}, glibc 2.${Math.max(...versions)} or newer`;
}
