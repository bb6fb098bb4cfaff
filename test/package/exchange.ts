import { cpSync, readFileSync } from 'node:fs';
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
const TABLES = ['new-reality.npy', 'map.npy', 'objects.csv', 'theology.json'];
const RUN = ['--per-modality', '300', '--samples', '300'];

/**
 * A run directory that one system wrote is read and continued by the other. If one compiler built both binaries, their tables
 * have the same bytes. (PCA's numbers in float64, as the model keeps them, come from LAPACK, which other compilers built for each
 * system, and can differ in the last bit.)
 */
export function checkExchange(
  places: readonly [Place, Place],
  { sameCompiler }: { sameCompiler: boolean },
): string {
  for (const place of places) {
    cpSync(join(import.meta.dirname, 'exchange.mjs'), join(place.project, 'exchange.mjs'));
    god(place, '--out', 'written', '--fresh');
  }
  const [first, second] = places;
  const contents = ({ project }: Place, name: string) => readFileSync(join(project, 'written', name));
  const equal = TABLES.filter((name) => contents(first, name).equals(contents(second, name)));
  if (sameCompiler && equal.length < TABLES.length)
    throw new Error(
      `Of ${TABLES.join(', ')}, ${first.name} and ${second.name} wrote only ${equal.join(', ')} alike`,
    );
  for (const [reader, writer] of [places, places.toReversed()]) checkReading(reader, writer);
  const tables = `${equal.length} of ${TABLES.length} tables of a run have the same bytes`;
  return `${first.name} and ${second.name} read and continue each other's runs; ${tables}`;
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
