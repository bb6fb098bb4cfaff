import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../support/temp.ts';
import { BUNDLES, bundle, copyBeside } from './bundle.ts';
import { node } from './programs.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = tempFolder();

it.each(BUNDLES.filter(({ external }) => !external))(
  'a bundled $name runs with the addon beside it',
  async (form) => {
    const here = join(folder.path, form.format);
    mkdirSync(here);
    cpSync(join(import.meta.dirname, 'user/program.mjs'), join(here, 'source.mjs'));
    folder.write(`${form.format}/smells.jsonl`, '{"vector": [1, 2]}\n{"id": "rose", "vector": [3, 4]}\n');
    const alias = { 'global-object-embedder': join(root, 'dist/index.js') };
    const file = await bundle(join(here, 'source.mjs'), here, form, alias);
    copyBeside(here, root, ['build/Release/god.node']);
    expect(node(here, process.execPath, [file]).trim()).toBe('[12,2,3,["row 0","rose"]]');
  },
);

it('a bundled program without the addon fails with an error that says what is missing', async () => {
  const here = join(folder.path, 'alone');
  mkdirSync(here);
  const alias = { 'global-object-embedder': join(root, 'dist/index.js') };
  const source = folder.write(
    'alone/source.mjs',
    "import { PCA } from 'global-object-embedder'; PCA.fit([[1], [2]]).catch(({ name, message }) => console.log(name, message));",
  );
  const file = await bundle(source, here, BUNDLES[0], alias);
  expect(node(here, process.execPath, [file])).toMatch(
    /^NativeLoadError Could not load .* there is no prebuilds/,
  );
});
