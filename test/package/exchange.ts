import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareEnvironment, run } from './programs.ts';

/** A project with the package installed, and the Node that runs it. */
export interface Place {
  readonly name: string;
  readonly project: string;
  readonly program: string;
}

/** Binaries for Windows have no other kernels of OpenBLAS for newer processors: with the same ones, stages are the same. */
const KERNELS = { OPENBLAS_CORETYPE: 'HASWELL' };
/** Files that say how long something took. */
const RECORDS = /^(run|stages\/[\w-]+)\.json$/;
const RUN = ['--per-modality', '300', '--samples', '300'];

/**
 * A run directory that one system wrote is read and continued by the other, and all files but the records of times have the
 * same bytes as if that one had written them.
 */
export function checkExchange(places: readonly [Place, Place]): string {
  for (const place of places) {
    cpSync(join(import.meta.dirname, 'exchange.mjs'), join(place.project, 'exchange.mjs'));
    god(place, '--out', 'written', '--fresh');
  }
  const [first, second] = places;
  const here = filesOf(join(first.project, 'written'));
  const there = filesOf(join(second.project, 'written'));
  const different = [...new Set([...here.keys(), ...there.keys()])].filter(
    (name) => !RECORDS.test(name) && !here.get(name)?.equals(there.get(name) ?? Buffer.of()),
  );
  if (different.length > 0)
    throw new Error(`${first.name} and ${second.name} wrote other bytes: ${different.join(', ')}`);
  for (const [reader, writer] of [places, places.toReversed()]) checkReading(reader, writer);
  return `${here.size} files of a run, read and continued by ${first.name} and ${second.name}`;
}

function checkReading(reader: Place, writer: Place): void {
  const directory = `from ${writer.name}`;
  cpSync(join(writer.project, 'written'), join(reader.project, directory), { recursive: true });
  const written = script(writer, ['exchange.mjs', 'written']);
  const read = script(reader, ['exchange.mjs', directory]);
  if (read !== written) throw new Error(`${reader.name} read ${read}, but ${writer.name} wrote ${written}`);
  god(reader, '--out', directory);
  const { stages } = JSON.parse(readFileSync(join(reader.project, directory, 'run.json'), 'utf8'));
  const anew = stages.filter(
    ({ name, cached }: { name: string; cached: boolean }) => !cached && name !== 'draw',
  );
  if (stages.length < 2 || anew.length > 0)
    throw new Error(`${reader.name} did not keep the stages of ${writer.name}: ${JSON.stringify(anew)}`);
}

function god(place: Place, ...options: readonly string[]): void {
  const command = join(place.project, 'node_modules/global-object-embedder/dist/cli/main.js');
  script(place, [command, 'run', ...RUN, ...options]);
}

function script({ project, program }: Place, args: readonly string[]): string {
  return run(project, program, args, { ...bareEnvironment(project), ...KERNELS });
}

/** The contents of all files under a folder, by their path in it. */
function filesOf(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(folder.length + 1), readFileSync(file)]),
  );
}
