import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const source = resolve(import.meta.dirname, '../src');

/** From the ground up, as in CONTRIBUTING.md: a folder, or a file beside the folders, imports from its own floor and below. Files that
 * are not named are on the floor of `*.ts`. */
const FLOORS = [
  ['zodiac', 'errors.ts', 'runtime.ts'],
  ['native', '*.ts'],
  ['figures', 'files'],
  ['formats'],
  ['matrix-files'],
  ['sources', 'datasets', 'models', 'agglomerative', 'metrics', 'neighbors', 'pca', 'tsne', 'vae'],
  ['page'],
  ['pipeline'],
  ['cli', 'server', 'index.ts'],
];

/** Imports that are forbidden although the floors would allow them. */
const ESTIMATORS = ['agglomerative', 'metrics', 'neighbors', 'pca', 'tsne', 'vae'];
const STRANGERS: readonly [from: readonly string[], to: readonly string[]][] = [
  [ESTIMATORS, ['files', 'formats', 'matrix-files', 'sources', 'figures']],
  [['sources'], ESTIMATORS],
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly file: string;
}

/** Imports between folders, those of types included. */
function importsIn(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const [from] = relative(source, file).split(/[/\\]/);
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
    .map(([, path]) => relative(source, resolve(dirname(file), path)).split(/[/\\]/)[0])
    .filter((to) => to !== from)
    .map((to) => ({ from, to, file: relative(source, file) }));
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(source, file));
const imports = files.flatMap(importsIn);
const floorNamed = (part: string) => FLOORS.findIndex((floor) => floor.includes(part));
const floorOf = (part: string) =>
  floorNamed(part) === -1 && part.endsWith('.ts') ? floorNamed('*.ts') : floorNamed(part);
const told = (list: readonly Import[]) => list.map(({ file, to }) => `${file} imports ${to}`);

it('every folder of src/ has a floor', () => {
  const parts = readdirSync(source);
  expect(parts.filter((part) => floorOf(part) === -1)).toEqual([]);
  expect(FLOORS.flat().filter((part) => part !== '*.ts' && !parts.includes(part))).toEqual([]);
});

it('imports go down the floors only', () => {
  expect(imports.length).toBeGreaterThan(200);
  expect(told(imports.filter(({ from, to }) => floorOf(to) > floorOf(from)))).toEqual([]);
});

it('estimators do not import files, sources do not import estimators', () => {
  const strange = ({ from, to }: Import) =>
    STRANGERS.some(([knowing, known]) => knowing.includes(from) && known.includes(to));
  expect(told(imports.filter(strange))).toEqual([]);
});

it('folders do not import each other in circles', () => {
  const seen = new Set<string>();
  const circles: string[] = [];
  const visit = (part: string, path: readonly string[]): void => {
    if (path.includes(part)) circles.push([...path.slice(path.indexOf(part)), part].join(' > '));
    if (seen.has(part)) return;
    seen.add(part);
    for (const { to } of imports.filter(({ from }) => from === part)) visit(to, [...path, part]);
  };
  for (const part of readdirSync(source)) visit(part, []);
  expect([...new Set(circles)]).toEqual([]);
});

it('no value is recognized by `instanceof` of a class that differs between realms', () => {
  const word = /instanceof\s+(\w*Array|ArrayBuffer|Buffer|AbortSignal|Error|Map|Set|Promise|Date)\b/;
  const found = files.filter((file) => word.test(readFileSync(file, 'utf8')));
  expect(found.map((file) => relative(source, file)).filter((file) => !file.startsWith('cli'))).toEqual([]);
});
