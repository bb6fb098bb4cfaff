import { aboutOption, describe } from '../errors.ts';
import type { Gathered, Source } from '../sources/source.ts';
import { decideSettings } from './decide.ts';
import type { FittedGOD, FittedModality, RealObject } from './fitted.ts';
import { checkMemory } from './memory.ts';
import type { Execution, Settings } from './options.ts';
import { clusterStage } from './stages/cluster.ts';
import { embedStage } from './stages/embed.ts';
import { gatherStage, type Objects } from './stages/gather.ts';
import { mapStage } from './stages/map.ts';
import { measureStage } from './stages/measure.ts';
import { type Reduced, reduceStage } from './stages/reduce.ts';
import { type NewReality, sampleStage } from './stages/sample.ts';
import type { Stage, StageResult, StageRunner } from './stages/stage.ts';
import { thumbnailsStage } from './stages/thumbnails.ts';

const LONGEST_NAME = 40;

/**
 * The pipeline: Figure 1 of the paper as code.
 *
 * @param wanted - components, perplexity and clusters can be left to the data.
 * @param moments - of all rows of modalities that are sampled, by their names: see {@link GODOptions.moments}.
 */
export async function fitStages(
  sources: readonly Source[],
  wanted: Settings,
  execution: Execution,
  runner: StageRunner,
  moments: ReadonlyMap<string, Uint8Array> = new Map(),
  onNote: (note: string) => void = () => {},
): Promise<FittedGOD> {
  checkSources(sources);
  checkMoments(moments, sources);
  await checkMemory(sources, wanted, onNote);
  const { settings, gathered, reduced } = await reduceSources(sources, wanted, execution, runner, moments);
  const objects = gathered.map(({ value }) => value);
  const vae = await runner.run(embedStage(reduced, settings, execution));
  const reality = await runner.run(sampleStage(reduced, vae, settings, execution));
  const tsne = await runner.run(mapStage(reality, settings, execution));
  const trees = {
    map: await runner.run(clusterStage('map', tsne.value.embedding, tsne.key, execution)),
    latent: await runner.run(clusterStage('latent', reality.value.points, reality.key, execution)),
  };
  const quality = await runner.run(
    measureStage({ gathered, reduced, vae, reality, tsne, trees }, settings, execution),
  );
  const real = realObjects(objects, reality.value);
  const keys = [...gathered.map(({ keyWithNames }) => keyWithNames), reality.key];
  const thumbnails = settings.thumbnails
    ? (await runner.run(thumbnailsStage(sources, real, keys, execution))).value
    : new Map();
  return {
    settings,
    modalities: objects.map((of, m) => fittedModality(sources[m], of, reduced[m].value)),
    vae: vae.value,
    newReality: reality.value.points,
    errors: reality.value.errors,
    objects: real,
    tsne: tsne.value,
    trees: { map: trees.map.value, latent: trees.latent.value },
    quality: quality.value,
    thumbnails,
  };
}

/** A function of its own, so that nothing refers to the gathered vectors, which can be large, after it has returned. */
async function reduceSources(
  sources: readonly Source[],
  wanted: Settings,
  execution: Execution,
  runner: StageRunner,
  moments: ReadonlyMap<string, Uint8Array>,
) {
  const stages: Stage<Gathered>[] = [];
  for (const source of sources) stages.push(await gatherStage(source, wanted, execution));
  await runner.check(stages);
  const gathered: StageResult<Gathered>[] = [];
  for (const stage of stages) gathered.push(await runner.run(stage));
  const settings = decideSettings(
    wanted,
    gathered.map(({ value }) => value),
  );
  const reduced: StageResult<Reduced>[] = [];
  for (const one of gathered) {
    const sum = moments.get(one.value.modality);
    reduced.push(await runner.run(await reduceStage(one, settings, execution, sum)));
  }
  return {
    settings,
    reduced,
    gathered: gathered.map(
      ({ value: { vectors: _, ...value }, ...keys }): StageResult<Objects> => ({ value, ...keys }),
    ),
  };
}

function fittedModality(source: Source, of: Objects, { pca, scale }: Reduced): FittedModality {
  return {
    name: of.modality,
    description: source.description,
    synthetic: source.synthetic,
    total: of.total,
    rows: of.ids.length,
    notes: of.notes,
    ...(of.network && { network: of.network }),
    pca,
    scale,
  };
}

/** The objects that the rows of the New Reality stand for; draws from the prior stand for none. */
function realObjects(modalities: readonly Objects[], { rows }: NewReality): RealObject[] {
  const all = modalities.flatMap(({ modality, ids, labels }) =>
    ids.map((id, i) => ({ id, modality, label: labels[i] })),
  );
  return Array.from(rows, (row, i) =>
    row < 0 ? { id: `dream ${i}`, modality: 'prior', label: '' } : all[row],
  );
}

function checkMoments(moments: ReadonlyMap<string, Uint8Array>, sources: readonly Source[]): void {
  const names = sources.map(({ modality }) => modality);
  const stranger = [...moments.keys()].find((name) => !names.includes(name));
  if (stranger === undefined) return;
  throw aboutOption(
    new RangeError(
      `Expected \`moments\` to name modalities among ${names.join(', ')} but it names ${stranger}`,
    ),
    'moments',
  );
}

function checkSources(sources: unknown): void {
  if (!Array.isArray(sources) || sources.length === 0) {
    throw new TypeError('Expected `sources` to be an array of at least one source');
  }
  const names = new Set<unknown>();
  sources.forEach((source: Partial<Source> | null | undefined, i) => {
    const { modality, gather, fingerprint } = source ?? {};
    if (typeof gather !== 'function' || typeof fingerprint !== 'function') {
      throw new TypeError(`Expected \`sources[${i}]\` to be a source but received ${describe(source)}`);
    }
    if (typeof modality !== 'string' || modality === '' || modality.length > LONGEST_NAME) {
      throw new TypeError(
        `Expected \`sources[${i}].modality\` to be a name of 1 to ${LONGEST_NAME} characters but received ${describe(modality)}`,
      );
    }
    if (names.has(modality)) {
      throw new RangeError(`Expected one source per modality but received two of ${modality}`);
    }
    names.add(modality);
  });
}
