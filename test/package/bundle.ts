import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** How a program can be bundled: with the package inside, or external. */
export const BUNDLES = [
  { name: 'ES module with the package in it', format: 'esm', external: false },
  { name: 'CommonJS with the package in it', format: 'cjs', external: false },
  { name: 'ES module beside the package', format: 'esm', external: true },
] as const;

/** Bundles a program with esbuild, without further options. Returns the resulting file. */
export async function bundle(
  program: string,
  folder: string,
  { format, external }: (typeof BUNDLES)[number],
  alias: Record<string, string> = {},
): Promise<string> {
  const outfile = join(folder, format === 'esm' ? 'program.mjs' : 'program.cjs');
  await build({
    entryPoints: [program],
    outfile,
    format,
    alias,
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    external: external ? ['global-object-embedder'] : [],
  });
  return outfile;
}

/** Copies folders of the package beside a bundled program, as docs/troubleshooting.md says. */
export function copyBeside(folder: string, from: string, names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    cpSync(join(from, name), join(folder, name), { recursive: true });
  }
}
