import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Tests that start the command `god` run what dist/ holds: it is built here when src/ has changed since. */
export function setup(): void {
  const program = join(root, 'dist/cli/main.js');
  const newest = Math.max(
    ...readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  if (existsSync(program) && statSync(program).mtimeMs > newest) return;
  spawnSync(process.execPath, ['scripts/javascript.mjs'], { cwd: root, stdio: 'inherit' });
}
