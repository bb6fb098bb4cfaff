import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The file that contains this code: a file of the package, or a bundled program. CommonJS does not have `import.meta`. */
const here = import.meta.url === undefined ? __filename : fileURLToPath(import.meta.url);

/** Folders in which the package's files can lie: beside a bundled program, or one folder above src/ or dist/. */
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
 * Imports a package that is optional or has a binary, when the program runs. Bundlers must not see the name: they would fail if
 * the package is not installed, and they cannot bundle a binary.
 */
export function importAtRunTime(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name);
}

/** The path of a package's program, which a thread can require. @throws an error when it is not installed. */
export function requirablePath(name: string): string {
  return createRequire(here).resolve(name);
}
