import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { addonFile } from '../native/loader.ts';
import { packageFile } from '../runtime.ts';

/** A file for an archive. */
export interface PackedFile {
  /** Its path in the archive, with slashes. */
  readonly name: string;
  /** Where it lies; or its content. */
  readonly from: string | Buffer;
  readonly executable?: boolean;
}

const COMMAND = `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec "$here/node" "$here/../node_modules/global-object-embedder/dist/cli/main.js" "$@"
`;

/** What `god` needs to run on another machine of the same platform: Node, this package with its addon, and its dependencies. */
export function runtimeFiles(node: string): PackedFile[] {
  const manifest = packageFile(['package.json']);
  if (manifest === undefined)
    throw new Error('The package lies nowhere: god pack needs it as npm installs it');
  const root = dirname(manifest);
  const home = 'node_modules/global-object-embedder';
  const addon = addonFile();
  return [
    { name: 'bin/god', from: Buffer.from(COMMAND), executable: true },
    { name: 'bin/node', from: node, executable: true },
    { name: `${home}/package.json`, from: manifest },
    { name: `${home}/${slashed(relative(root, addon))}`, from: addon },
    ...filesIn(join(root, 'dist'), `${home}/dist`).filter(({ name }) => !name.endsWith('.d.ts')),
    ...dependencies(root, 'node_modules'),
  ];
}

/** All files of a folder, in the order of their names. */
export function filesIn(folder: string, name: string): PackedFile[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((from) => ({ name: `${name}/${slashed(relative(folder, from))}`, from }));
}

/** The packages that a package needs, and those that they need, as they are installed: each once, beside each other. */
function dependencies(root: string, into: string): PackedFile[] {
  const found = new Map<string, string>();
  const visit = (folder: string): void => {
    const { dependencies: needed = {}, optionalDependencies: optional = {} } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> };
    for (const name of Object.keys({ ...needed, ...optional }).sort()) {
      const at = installed(name, folder);
      if (at === undefined && !Object.hasOwn(optional, name))
        throw new Error(`The package ${name}, which ${folder} needs, is not installed`);
      if (at === undefined || found.get(name) === at) continue;
      if (found.has(name)) throw new Error(`There are two versions of ${name}: ${found.get(name)} and ${at}`);
      found.set(name, at);
      visit(at);
    }
  };
  visit(root);
  return [...found].flatMap(([name, folder]) => filesIn(folder, `${into}/${name}`));
}

/** Where Node finds a package that is imported in `folder`. */
function installed(name: string, folder: string): string | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const at = join(above, 'node_modules', name);
    if (existsSync(join(at, 'package.json'))) return at;
    if (dirname(above) === above) return undefined;
  }
}

function slashed(path: string): string {
  return path.replaceAll(sep, '/');
}
