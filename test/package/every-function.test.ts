import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { libc } from '../../src/native/libc.ts';
import { tempFolder } from '../support/temp.ts';
import { node } from './programs.ts';
import { writeProject } from './project.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = tempFolder();

/** Puts the checkout's package where npm would install it, without the packages that it can do without. */
function installCheckout(project: string): string {
  const installed = join(project, 'node_modules/global-object-embedder');
  const tag = process.platform === 'linux' ? `.${libc()}` : '';
  const binary = join(
    installed,
    `prebuilds/${process.platform}-${process.arch}`,
    `global-object-embedder${tag}.node`,
  );
  mkdirSync(join(binary, '..'), { recursive: true });
  cpSync(join(root, 'build/Release/god.node'), binary);
  for (const name of ['package.json', 'dist'])
    cpSync(join(root, name), join(installed, name), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const link = join(project, 'node_modules', name);
    mkdirSync(join(link, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  return installed;
}

it('the script of the package test calls every public function', () => {
  const project = join(folder.path, 'project');
  writeProject(project);
  installCheckout(project);
  expect(node(project, process.execPath, ['every-function.mjs'])).toMatch(/^[1-9]\d+ functions ran on node/);
});
