import type { GOD } from './god.ts';
import type { Settings } from './options.ts';
import { MOST_THUMBNAILS } from './stages/thumbnails.ts';

/** Notes for the user about a run: also every requested or usual setting that the data did not allow. */
export function notesOf(god: GOD, wanted: Settings): string[] {
  const { modalities, newReality, settings, thumbnails, vae } = god;
  return [
    ...modalities.flatMap(({ name, total, rows, notes }) => [
      ...(rows < total ? [`${name}: ${total - rows} of ${total} rows were left out (--per-modality)`] : []),
      ...notes.map((note) => `${name}: ${note}`),
    ]),
    ...modalities
      .filter(({ rows, pca }) => rows < Math.min(100, pca.components.cols) && rows === settings.components)
      .map(({ name, rows }) => `${name}: the common dimension is ${rows}, because there are no more rows`),
    ...(newReality.rows < wanted.samples
      ? [`The New Reality has ${newReality.rows} rows, not ${wanted.samples}: there are no more objects`]
      : []),
    ...(wanted.thumbnails && thumbnails.size === 0
      ? [
          `There are no thumbnails: they are made of at most ${MOST_THUMBNAILS} objects, and only of pictures that a source reads`,
        ]
      : []),
    ...vae.warnings,
    ...settingNotes(god),
  ];
}

/** Settings that the data do not support. */
export function settingNotes({
  settings,
  newReality,
  quality,
}: Pick<GOD, 'settings' | 'newReality' | 'quality'>): string[] {
  const { latent, components, clusters, clusterSpace } = settings;
  const silhouette = quality.silhouette[clusterSpace][clusterSpace];
  const where = clusterSpace === 'map' ? 'on the map' : 'in the latent space';
  return [
    ...(latent > components
      ? [`The latent space has ${latent} dimensions, but its input only ${components}: take fewer (--latent)`]
      : []),
    ...(clusters > 1 && 2 * clusters > newReality.rows
      ? [
          `${clusters} clusters of ${newReality.rows} rows: most hold a row or two, so take fewer (--clusters)`,
        ]
      : []),
    ...(silhouette !== null && silhouette < 0
      ? [
          `The clusters overlap: their mean silhouette ${where} is ${silhouette.toFixed(2)}, below 0. ` +
            'Rows are nearer to another cluster than to their own; try another number (--clusters)',
        ]
      : []),
  ];
}
