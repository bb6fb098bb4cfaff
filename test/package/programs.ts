import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a program and returns its stdout. If it fails, the error has its whole output. */
export function run(folder: string, program: string, args: readonly string[], env = process.env): string {
  try {
    return execFileSync(program, args, {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`);
  }
}

export function npm(folder: string, ...args: string[]): string {
  // On Windows npm is a script, which Node can only start by a shell. Running npm's own entry works everywhere.
  const entry = process.env.npm_execpath;
  const all = [...args, '--no-audit', '--no-fund'];
  return entry === undefined ? run(folder, 'npm', all) : run(folder, process.execPath, [entry, ...all]);
}

/** Runs a script as on a machine that has only this Node. */
export function node(folder: string, program: string, args: readonly string[]): string {
  return run(folder, program, args, bareEnvironment(folder));
}

export function bareEnvironment(folder: string): NodeJS.ProcessEnv {
  return { PATH: join(folder, 'no-programs'), HOME: folder };
}

/** The program of a version of Node, from npm's packages of Node's own builds. */
export function nodeBinary(
  work: string,
  version: string,
  { platform = process.platform, arch = process.arch }: { platform?: string; arch?: string } = {},
): string {
  const windows = platform === 'win32';
  const name = `node-${windows ? 'win' : platform}-${arch}`;
  return programOf(work, `${name}@${version}`, `${name}/bin/node${windows ? '.exe' : ''}`);
}

/** Other runtimes that take Node's addons, as programs that run a script as `node` does. */
export function otherRuntimes(work: string): string[] {
  const cpu = process.arch === 'x64' ? 'x64' : 'aarch64';
  const [bun, deno] = [`@oven/bun-linux-${cpu}`, `@deno/linux-${process.arch}-glibc`];
  return [
    programOf(work, bun, `${bun}/bin/bun`),
    script(join(work, 'deno-run'), `exec '${programOf(work, deno, `${deno}/deno`)}' run --allow-all "$@"`),
  ];
}

/** Installs a package of npm for any platform and gives the path of a program in it. */
function programOf(work: string, name: string, file: string): string {
  const folder = join(work, name.replaceAll(/\W+/g, '-'));
  mkdirSync(folder);
  npm(folder, 'install', '--ignore-scripts', '--force', '--prefix', folder, name);
  const program = join(folder, 'node_modules', file);
  if (!existsSync(program)) throw new Error(`${name} holds no ${program}`);
  chmodSync(program, 0o755);
  return program;
}

/** The first of `places` where a program is. Debian's package is installed if there is none and this process may do that. */
export function installedByDebian(name: string, places: readonly string[]): string | undefined {
  const present = () => places.find((place) => existsSync(place));
  if (present() === undefined && process.getuid?.() === 0) {
    const apt = (...args: string[]) => spawnSync('apt-get', args, { stdio: 'ignore' });
    apt('update');
    apt('install', '--yes', '--no-install-recommends', name);
  }
  return present();
}

/** Writes a program of the shell; gives its path. */
export function script(file: string, text: string): string {
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}
