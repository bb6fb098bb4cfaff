import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'vitest';

const root = process.env.GOD_DATA ?? resolve(import.meta.dirname, '../../../shared/data');

/** The path of a file of real data. */
export function realData(name: string): string {
  return join(root, name);
}

/** A test that needs files of real data; it is skipped, with the reason in its name, where one of them is absent. */
export function testOnRealData(name: string, files: readonly string[], run: () => Promise<void>): void {
  const absent = files.filter((file) => !existsSync(realData(file)));
  if (absent.length === 0) test(name, run);
  else
    test.skip(`${name} (absent: ${absent.join(', ')}; set GOD_DATA to the folder that holds it)`, () => {});
}
