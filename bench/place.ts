// npx tsx bench/place.ts [--data FOLDER] [--threads N]
//
// How well places agree with their map, on real data: FOLDER, or the environment variable GOD_DATA, names a folder with
// audio/, text/ and image/. For clusters cut on the map and in the latent space, it shows how often the k nearest other rows vote
// for another cluster than the row's own, and how often known and unseen objects get a sign that does not fit. It also shows how
// far from their own points the rows of the New Reality land when t-SNE places them again.
// Exit codes: 0 all bars met, 1 one was missed, 2 no data.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ClusterSpace, GOD, nearestNeighbors, openSource, type Source } from '../src/index.ts';
import { labelVote } from '../src/pipeline/votes.ts';
import { machine } from './harness/machine.ts';

const VOTERS = [1, 3, 5, 7, 10, 15, 25, 50];
const NEAR = 15;
const MOST_KNOWN_OTHERWISE = 0.005;
const MOST_UNSEEN_FAR = 0.01;
const FILES = {
  audio: 'audio/audioset_v1_embeddings.bal_train.tar.gz',
  text: 'text/wikipedia2vec-format.trained-here.21758x100.txt.gz',
  image: 'image/tin_train5000x1280_mobilenetv2int8.npy',
};

const { values: options } = parseArgs({
  options: { data: { type: 'string', default: process.env.GOD_DATA ?? '' }, threads: { type: 'string' } },
});
const threads = Number(options.threads ?? machine().processors);
const paths = Object.entries(FILES).map(([modality, file]) => [modality, join(options.data, file)] as const);
const absent = paths.filter(([, path]) => !existsSync(path)).map(([, path]) => path);
if (absent.length > 0) {
  console.error(
    `Nothing measured: there is no ${absent.join(', ')}. Set --data or GOD_DATA to their folder.`,
  );
  process.exit(2);
}
const sources: Source[] = [];
for (const [modality, path] of paths) sources.push(await openSource(modality, path));
const fitted = await GOD.fit(sources, { threads });
let met = true;
await landAgain(fitted);
for (const clusterSpace of ['map', 'latent'] as const) {
  const god = new GOD({ ...fitted, settings: { ...fitted.settings, clusterSpace } });
  await leaveOneOut(god, clusterSpace);
  for (const source of sources) await placeAll(god, source);
}
process.exitCode = met ? 0 : 1;

/** Places every row by t-SNE alone, as if it were new, and compares with its own point. */
async function landAgain(god: GOD): Promise<void> {
  const again = await god.tsne.transform(god.newReality, { threads });
  const { distances } = await nearestNeighbors(god.map, { k: 1, threads });
  const unit = quantile(distances, 0.5);
  const moved = Float32Array.from({ length: god.map.rows }, (_, row) =>
    Math.hypot(...[0, 1].map((c) => again.data[2 * row + c] - god.map.data[2 * row + c])),
  );
  const [half, most] = [0.5, 0.95].map((share) => (quantile(moved, share) / unit).toFixed(2));
  console.log(
    `rows placed again land ${half} (median) and ${most} (95 %) from their points, in median distances between nearest rows`,
  );
}

function quantile(values: Float32Array, share: number): number {
  return values.toSorted()[Math.floor(share * (values.length - 1))];
}

/** Share of rows for whose own cluster their k nearest other rows vote. */
async function leaveOneOut(god: GOD, space: ClusterSpace): Promise<void> {
  const most = Math.max(...VOTERS);
  const points = space === 'map' ? god.map : god.newReality;
  const { indices } = await nearestNeighbors(points, { k: most, threads });
  console.log(`\nclusters cut in ${space}: share of rows that their k nearest give another cluster`);
  for (const k of VOTERS) {
    const voters = indices.filter((_, at) => at % most < k);
    console.log(`k ${String(k).padStart(2)}  ${percent(1 - labelVote(voters, k, god.clusters))}`);
  }
}

/** Places all rows of a source, those of the New Reality and the others. */
async function placeAll(god: GOD, source: Source): Promise<void> {
  const { modality, ids, vectors } = await source.gather({ limit: god.settings.perModality, seed: 0 });
  const own = new Map<string, number>();
  god.objects.forEach((object, row) => {
    if (object.modality === modality) own.set(object.id, row);
  });
  const places = await god.place(modality, vectors, { threads });
  const map = { data: Float32Array.from(places.flatMap((place) => place.map)), rows: places.length, cols: 2 };
  const { indices } = await nearestNeighbors(god.map, { query: map, k: NEAR, threads });
  const known = places.filter((_, i) => own.has(ids[i])).length;
  const otherwise = places.filter(
    ({ sign }, i) => sign !== (god.signs[own.get(ids[i]) ?? -1] ?? sign),
  ).length;
  const far = places.filter(({ sign }, i) => {
    const near = indices.subarray(i * NEAR, (i + 1) * NEAR);
    return !own.has(ids[i]) && !near.some((row) => god.signs[row] === sign);
  }).length;
  const unseen = places.length - known;
  console.log(
    `${modality}: ${percent(otherwise / known)} of ${known} known have another sign; ` +
      `${percent(far / unseen)} of ${unseen} unseen a sign that none of the ${NEAR} nearest on the map has`,
  );
  if (god.settings.clusterSpace === 'map' && far > MOST_UNSEEN_FAR * unseen) met = false;
  if (otherwise > MOST_KNOWN_OTHERWISE * known) met = false;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
