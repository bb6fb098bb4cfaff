import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Tests that start the command `god` run dist/, which is built here if src/ or web/ has changed since. */
export function setup(): void {
  const program = join(root, 'dist/cli/main.js');
  const page = join(root, 'dist/page/explorer-style.css');
  build('scripts/javascript.mjs', program, ['src']);
  // The page also contains code of src/.
  build('scripts/page.mjs', page, ['src', 'web']);
}

/** Runs a script if one of the folders has a file newer than the one that the script makes. */
function build(script: string, made: string, folders: readonly string[]): void {
  const newest = folders
    .flatMap((folder) => readdirSync(join(root, folder), { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile())
    .reduce((time, entry) => Math.max(time, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
  if (existsSync(made) && statSync(made).mtimeMs > newest) return;
  spawnSync(process.execPath, [script], { cwd: root, stdio: 'inherit' });
}
