import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { createGzip } from 'node:zlib';
import { Command } from 'commander';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { GOD } from '../pipeline/god.ts';
import { UsageError } from './failure.ts';
import { filesIn, type PackedFile, runtimeFiles } from './packed-files.ts';

const EXAMPLES = `
Examples:
  god pack -o god-env.tgz
  god pack -o god-env.tgz --model paradise

The archive holds Node, this package with its addon and its dependencies, and the model as model/. It serves machines of this one's
platform. Its command is bin/god: with Spark's --archives god-env.tgz#god it is ./god/bin/god. The same files give the same bytes.
Exit codes: 0 done, 1 failed, 2 wrong usage.`;

interface PackFlags {
  readonly out?: string;
  readonly model?: string;
  readonly node: string;
}

/** The command `god pack`. */
export function packCommand(): Command {
  return new Command('pack')
    .summary('make an archive of god for other machines')
    .description('Make an archive with which god worker runs on machines without Node')
    .option('-o, --out <file>', 'the archive, a .tgz')
    .option('--model <directory>', 'a model of GOD.save or a run directory to take along, as model/')
    .option('--node <file>', 'the program node to take along', process.execPath)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(pack);
}

async function pack({ out, model, node }: PackFlags): Promise<void> {
  if (out === undefined) throw new UsageError('Name the archive: -o FILE. See god pack --help');
  const { node_shared: shared } = process.config.variables as { node_shared?: boolean };
  if (node === process.execPath && shared)
    throw new UsageError(
      'This Node needs a library of this machine, libnode. Name a Node from nodejs.org: --node FILE. See god pack --help',
    );
  const files = runtimeFiles(node);
  if (model !== undefined) files.push(...(await modelFiles(model)));
  await writeArchive(out, files);
  process.stdout.write(`${out}\n`);
}

/** The files of a model, once it is certain that they are whole. */
async function modelFiles(directory: string): Promise<PackedFile[]> {
  await GOD.load(directory);
  const inner = statSync(join(directory, 'god.json'), { throwIfNoEntry: false }) === undefined;
  return filesIn(inner ? join(directory, 'model') : directory, 'model');
}

async function writeArchive(file: string, files: readonly PackedFile[]): Promise<void> {
  const { createTarPacker } = await import('modern-tar');
  const { readable, controller } = createTarPacker();
  const compressed: Buffer[] = [];
  await Promise.all([
    addFiles(controller, files),
    pipeline(Readable.fromWeb(readable as ReadableStream), createGzip(), async (chunks) => {
      for await (const chunk of chunks) compressed.push(chunk as Buffer);
    }),
  ]);
  await writeFileAtomically(file, compressed);
}

type Controller = ReturnType<typeof import('modern-tar')['createTarPacker']>['controller'];

async function addFiles(controller: Controller, files: readonly PackedFile[]): Promise<void> {
  for (const { name, from, executable = false } of files) {
    const size = typeof from === 'string' ? statSync(from).size : from.length;
    const header = { name, size, mode: executable ? 0o755 : 0o644, mtime: new Date(0), uid: 0, gid: 0 };
    const entry = controller.add({ ...header, type: 'file' });
    const bytes = typeof from === 'string' ? createReadStream(from) : Readable.from([from]);
    await Readable.toWeb(bytes).pipeTo(entry);
  }
  controller.finalize();
}
