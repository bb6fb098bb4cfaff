// npm version: writes the version that package.json now has into the source.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../src/pipeline/run/version.ts', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
writeFileSync(file, readFileSync(file, 'utf8').replace(/'.*'/, `'${version}'`));
