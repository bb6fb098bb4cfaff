import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { packageVersion } from '../../../src/pipeline/run/version.ts';

it("the source's version is the package's", () => {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  expect(packageVersion).toBe(JSON.parse(manifest).version);
});
