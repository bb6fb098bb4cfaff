// Every code block of README.md and docs/, and the examples in the sources' comments, run as a user would run them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { writeMatrix } from '../src/matrix-files/index.ts';
import { tinyClassifier } from './support/onnx.ts';
import { tempFolder } from './support/temp.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = tempFolder();
mkdirSync(join(folder.path, 'node_modules'));
symlinkSync(root, join(folder.path, 'node_modules/global-object-embedder'));

interface Program {
  readonly line: number;
  code: string;
}

/**
 * The programs of a page: its blocks of js and ts. `<!-- continues -->` before a block joins it to the block above;
 * `<!-- not run: reason -->` leaves it out.
 */
function programsOf(page: string): Program[] {
  const programs: Program[] = [];
  const block = /(?:<!-- (continues|not run: [^\n]+) -->\n)?```(js|ts)\n(.*?)\n```/gs;
  for (const match of page.matchAll(block)) {
    const [, mark, , code] = match;
    const line = page.slice(0, match.index).split('\n').length;
    if (mark === 'continues') programs[programs.length - 1].code += `\n${code}`;
    else if (mark === undefined) programs.push({ line, code });
  }
  return programs;
}

/** Runs a module. Returns what it writes to stderr, and its exit code if that is not 0. */
async function run(name: string, code: string): Promise<string> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  const file = folder.write(`${name}/program.mjs`, outputText);
  const child = spawn(process.execPath, [file], {
    cwd: join(file, '..'),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const [status, signal] = await once(child, 'close');
  return status === 0 ? errors : `${errors}\nexit code ${status ?? signal}`;
}

const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

/** Runs the commands of a page one after another, on the files that it mentions. */
describe('commands of docs/shell.md', async () => {
  const cwd = join(folder.path, 'shell');
  mkdirSync(join(cwd, 'bin'), { recursive: true });
  const program = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/cli/main.js')}" "$@"\n`;
  writeFileSync(join(cwd, 'bin/god'), program, { mode: 0o755 });
  const random = (rows: number) =>
    Float32Array.from({ length: rows * 9 }, (_, i) => Math.sin(i * i) + (i % 27 ? 0 : 5));
  const names = (rows: number) => Array.from({ length: rows }, (_, i) => `row ${i}`);
  await writeMatrix(join(cwd, 'vectors.npy'), { data: random(120), rows: 120, cols: 9 });
  for (const [file, rows] of [
    ['table.csv', 120],
    ['more.csv', 20],
  ] as const)
    await writeMatrix(join(cwd, file), { data: random(rows), rows, cols: 9, ids: names(rows) });
  folder.write('shell/resnet18.onnx', tinyClassifier());
  for (const [name, gray] of Object.entries({ 'cat/1.png': 30, 'cat/2.png': 90, 'dog/3.png': 200 })) {
    const background = { r: gray, g: gray, b: gray };
    const picture = sharp({ create: { width: 40, height: 30, channels: 3, background } });
    folder.write(`shell/photos/${name}`, await picture.png().toBuffer());
  }
  const page = readFileSync(join(root, 'docs/shell.md'), 'utf8');
  const commands = [...page.matchAll(/```sh\n(.*?)\n```/gs)].flatMap(([, block]) => block.split('\n'));
  const env = { ...process.env, PATH: `${join(cwd, 'bin')}:${process.env.PATH}` };
  test.each(commands)('%s', (command) => {
    const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
      cwd,
      env,
      encoding: 'utf8',
    });
    expect({ status, complaint: stderr.match(/^god: .*/m)?.[0] }).toEqual({
      status: 0,
      complaint: undefined,
    });
    expect(stdout).not.toBe('');
  });
});

test('the package is built', () => {
  expect(existsSync(join(root, 'dist/index.js')), 'run `node scripts/setup.mjs` first').toBe(true);
});

test('pages have programs, and all markers of blocks are valid', () => {
  expect(pages.length).toBeGreaterThan(5);
  const page =
    '```js\na\n```\n<!-- continues -->\n```ts\nb\n```\n<!-- not run: why -->\n```js\nc\n```\n```sh\nd\n```\n';
  expect(programsOf(page)).toEqual([{ line: 1, code: 'a\nb' }]);
});

for (const name of pages) {
  const page = readFileSync(join(root, name), 'utf8');
  for (const { line, code } of programsOf(page)) {
    test.concurrent(`${name}, line ${line}`, async () => {
      expect(await run(`${name.replaceAll(/\W/g, '-')}-${line}`, code)).toBe('');
    });
  }
  test(`links of ${name} lead somewhere`, () => {
    const made = ['BENCHMARKS.md', 'THIRD_PARTY_NOTICES.md'];
    for (const [, target] of page.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const file = join(root, name, '..', target);
      if (!made.includes(basename(target))) expect(existsSync(file), target).toBe(true);
    }
  });
}

/** Names that the examples of the sources use without declaring them, each with what it needs itself. */
const given: Readonly<Record<string, string>> = {
  X: 'const X = matrix(Float32Array.from({ length: 200 * 6 }, Math.random), 200, 6);',
  Y: 'const Y = X;',
  pca: "const pca = await PCA.fit(X, { components: 2 }); await saveModel(pca, 'pca.safetensors');",
  batches: 'const batches = [matrix(new Float32Array(300 * 128).map(Math.random), 300, 128)];',
  means: 'const means = signs.map(({ angle }, i) => [Math.cos(angle) + 0.1 * i, Math.sin(angle)]);',
  god: 'const god = await GOD.fit(synthetic({ rows: 100 }), { samples: 60, epochs: 1, iterations: 50 });',
  vector: 'const vector = new Float32Array(100).fill(0.1);',
};

/** An example with the names that it uses, in a scope of its own so that it can declare them, too. */
function withGiven(example: string): string {
  const mentioned = new Set(Object.keys(given).filter((name) => new RegExp(`\\b${name}\\b`).test(example)));
  if (mentioned.has('pca') || mentioned.has('Y')) mentioned.add('X');
  const lines = Object.keys(given)
    .filter((name) => mentioned.has(name))
    .map((name) => given[name]);
  const imports = `import { ${exportedNames().join(', ')} } from 'global-object-embedder';`;
  return [imports, ...lines, `{\n${example}\n}`].join('\n');
}

function exportedNames(): string[] {
  const index = readFileSync(join(root, 'src/index.ts'), 'utf8');
  return [...index.matchAll(/export \{(.*?)\}/gs)]
    .flatMap(([, list]) => list.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '));
}

/** Examples of the files that src/index.ts exports, except sources of real data and their download, which need files and a network. */
const sources = readFileSync(join(root, 'src/index.ts'), 'utf8')
  .match(/(?<=export \{[^}]*\} from '\.\/)[^']+/gs)
  ?.filter((file) => !/^(sources|datasets)\//.test(file));

for (const file of new Set(sources)) {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  const examples = [...text.matchAll(/@example\n(.*?)(?=\n *\*\/|\n *\* @)/gs)].map(([, body]) =>
    body.replaceAll(/^ *\* ?/gm, ''),
  );
  examples.forEach((example, i) => {
    test.concurrent(`src/${file}, example ${i + 1}`, async () => {
      expect(await run(`${file.replaceAll(/\W/g, '-')}-${i}`, withGiven(example))).toBe('');
    });
  });
}
