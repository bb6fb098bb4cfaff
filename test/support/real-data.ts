import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';

/** The path of a file of real data in the folder that GOD_DATA names. */
export function realData(name: string): string {
  return join(process.env.GOD_DATA ?? 'no-data', name);
}

/** A test that needs files of real data. If one of them is absent it is skipped, with the reason in its name. */
export function testOnRealData(name: string, files: readonly string[], run: () => Promise<void>): void {
  const absent = files.filter((file) => !existsSync(realData(file)));
  if (absent.length === 0) test(name, run);
  else
    test.skip(`${name} (absent: ${absent.join(', ')}; set GOD_DATA to the folder that holds it)`, () => {});
}
