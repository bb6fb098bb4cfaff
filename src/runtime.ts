import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The file that holds this code: one of the package, or a program that a bundler made. CommonJS has no `import.meta`. */
const here = import.meta.url === undefined ? __filename : fileURLToPath(import.meta.url);

/** Where the package's files lie: beside a bundled program, where they were copied to, or one folder above src/ or dist/. */
const FOLDERS = [dirname(here), dirname(dirname(here))];

/** Finds a file of the package. Of `names`, which are relative to its folder, the first that exists is taken. */
export function packageFile(names: readonly string[], folders = FOLDERS): string | undefined {
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
}

/** Loads an addon. */
export function requireFile(file: string): unknown {
  return createRequire(here)(file);
}

/**
 * Imports a package that is optional, or that brings a binary, when the program runs. Bundlers see no name that they could follow:
 * they would fail where it is not installed, and can not put a binary into a program.
 */
export function importAtRunTime(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name);
}
