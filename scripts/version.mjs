// Part of npm version: copies the new version of package.json into src/pipeline/run/version.ts.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../src/pipeline/run/version.ts', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
writeFileSync(file, readFileSync(file, 'utf8').replace(/'.*'/, `'${version}'`));
