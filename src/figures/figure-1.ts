import { canvas, type FigureOptions, heading, label } from './drawing/canvas.ts';
import { count, decimal, percent, plural, shape } from './drawing/format.ts';
import { el, empty, join, type Markup } from './drawing/markup.ts';
import { arrowLine, flow, miniature, network, ring, slab, stageCaption } from './drawing/pictograms.ts';
import type { ClusteredMap, Frame } from './drawing/scatter.ts';
import { type Figure1Layout, LAYOUTS, slabHeights, slabWidths } from './figure-1-layout.ts';

/** One modality as Figure 1 shows it. */
export interface Figure1Modality {
  readonly name: string;
  /** The source of its vectors, in a few words. */
  readonly source?: string;
  readonly rows: number;
  /** Columns of its vectors before PCA. */
  readonly columns: number;
  /** Share of variance that PCA kept, in [0, 1]. */
  readonly kept: number;
  /** Rows of the New Reality that were drawn from it. */
  readonly sampled: number;
}

/** What Figure 1 shows: the numbers of one run of the pipeline. */
export interface Figure1Data {
  /** At least one; up to five read well. */
  readonly modalities: readonly Figure1Modality[];
  /** The common dimension. */
  readonly components: number;
  /** Widths of the encoder's hidden layers, e.g. [256, 128]; the decoder mirrors them. */
  readonly hidden: readonly number[];
  readonly latent: number;
  /** Share of the union's variance that the VAE gives back. */
  readonly r2?: number;
  readonly perplexity: number;
  readonly klDivergence?: number;
  /** The space that was clustered. */
  readonly clusterSpace: 'map' | 'latent';
  /** Share of the cluster means' variance that the signs leave unexplained. */
  readonly residual: number;
  /** The run's map and clusters, drawn small. */
  readonly scene: ClusteredMap;
  /** Whether the objects are made up; the figure then says so. */
  readonly synthetic: boolean;
}

export interface Figure1Options extends Pick<FigureOptions, 'heading'> {
  /** `wide` for pages, `tall` for phones. Default `wide`. */
  readonly layout?: 'wide' | 'tall';
}

/**
 * Figure 1 of the paper as SVG text: the pipeline from the sources to the zodiac. Heights of the slabs stand for
 * rows, widths for columns (by square root), and every number is the run's own.
 *
 * @throws RangeError without modalities, or when the map's labels do not belong to it.
 * @example
 * await writeFile('figure-1.svg', figure1(data));
 */
export function figure1(
  data: Figure1Data,
  { heading: headed = true, layout = 'wide' }: Figure1Options = {},
): Markup {
  if (data.modalities.length === 0) throw new RangeError('Expected at least one modality in `modalities`');
  const id = layout === 'wide' ? 'figure-1' : 'figure-1-tall';
  const plan = LAYOUTS[layout](
    data.modalities.map(({ rows }) => rows),
    headed ? 116 : 30,
  );
  const union = data.modalities.reduce((sum, { rows }) => sum + rows, 0);
  const title = 'From objects to signs';
  const subtitle = `${plural(union, 'object')} of ${plural(data.modalities.length, 'kind')}, one reality`;
  return canvas(
    {
      id,
      width: plan.width,
      height: plan.height,
      title: `Figure 1: ${title}`,
      description: description(data, union),
    },
    [
      headed ? heading(title, subtitle, plan.width, data.synthetic) : empty,
      reduction(data, plan, union),
      newReality(data, plan),
      mapping(data, plan, id),
    ],
  );
}

/** Sources, PCA, union and VAE. */
function reduction(data: Figure1Data, plan: Figure1Layout, union: number): Markup {
  const { components, hidden, latent, modalities } = data;
  const width = slabWidths(
    modalities.map(({ columns }) => columns),
    components,
    plan,
  );
  const sources = plan.slots.map(
    (slot, i): Frame => ({ ...slot, x: plan.sources.x, width: width(modalities[i].columns) }),
  );
  const reduced = plan.slots.map((slot): Frame => ({ ...slot, x: plan.pca.x, width: width(components) }));
  const stacked = plan.stack.map((slot): Frame => ({ ...slot, x: plan.union.x, width: width(components) }));
  const kept = modalities.map(({ kept: share }, i) => {
    const { x, y, width: wide, height } = reduced[i];
    const shown = `${percent(share)}${plan.terse ? '' : ' kept'}`;
    return label(shown, x + wide + 9, y + height / 2 + 4.5, { size: 13 });
  });
  return el(
    'g',
    {},
    stageCaption(1, 'Sources', plan.terse ? '' : 'rows \u00d7 columns', plan.captions.sources),
    stageCaption(
      2,
      'PCA',
      plan.terse ? `to ${count(components)}` : `to ${count(components)} dimensions`,
      plan.captions.pca,
    ),
    stageCaption(3, 'Union', shape(union, components), plan.captions.union, plan.terse ? 80 : undefined),
    stageCaption(4, 'VAE', vaeFacts(data), plan.captions.vae),
    join(sources.map((from, i) => flow(from, reduced[i], i))),
    join(reduced.map((from, i) => flow(from, stacked[i], i))),
    join([...sources, ...reduced, ...stacked].map((frame, i) => slab(frame, i % modalities.length))),
    join(modalities.map((modality, i) => sourceText(modality, plan, sources[i]))),
    join(kept),
    arrowLine(plan.toVae),
    network(plan.vae, [components, ...hidden, latent]),
  );
}

function sourceText(
  { name, rows, columns, source }: Figure1Data['modalities'][number],
  plan: Figure1Layout,
  { y, height }: Frame,
): Markup {
  const x = plan.captions.sources[0];
  const maxWidth = plan.sources.x - x - 12;
  const middle = y + height / 2;
  const lift = source ? 9 : 0;
  return el(
    'g',
    {},
    label(name, x, middle - 3 - lift, { size: 15, bold: true, maxWidth }),
    label(shape(rows, columns), x, middle + 15 - lift, { size: 13, maxWidth }),
    source ? label(source, x, middle + 32 - lift, { size: 12, soft: true, maxWidth }) : empty,
  );
}

function vaeFacts({ latent, r2 }: Figure1Data): string {
  const facts = [`${count(latent)} latent dimensions`];
  if (r2 !== undefined) facts.push(`R\u00b2 ${decimal(r2)}`);
  return facts.join(' \u00b7 ');
}

/** The sample, as slabs of the modalities it was drawn from. */
function newReality(data: Figure1Data, plan: Figure1Layout): Markup {
  const { modalities, latent, scene } = data;
  const { x, y, width, height } = plan.newReality;
  const heights = slabHeights(
    modalities.map(({ sampled }) => sampled),
    height,
  );
  let top = y;
  const rows = modalities.map(({ name, sampled }, i) => {
    const frame = { x, y: top, width, height: heights[i] - 1.5 };
    top += heights[i];
    return el(
      'g',
      {},
      slab(frame, i),
      label(count(sampled), x + width + 46, frame.y + frame.height / 2 + 4.5, { size: 13, anchor: 'end' }),
      label(name, x + width + 54, frame.y + frame.height / 2 + 4.5, {
        size: 13,
        soft: true,
        maxWidth: plan.nameWidth,
      }),
    );
  });
  return el(
    'g',
    {},
    arrowLine(plan.toNewReality),
    stageCaption(5, 'New Reality', shape(scene.map.rows, latent), plan.captions.newReality),
    join(rows),
  );
}

/** t-SNE, clusters and zodiac. */
function mapping(data: Figure1Data, plan: Figure1Layout, id: string): Markup {
  const { scene, perplexity, klDivergence, clusterSpace, residual } = data;
  const tsne = [`perplexity ${decimal(perplexity, Number.isInteger(perplexity) ? 0 : 1)}`];
  if (klDivergence !== undefined) tsne.push(`KL ${decimal(klDivergence)}`);
  const where = clusterSpace === 'map' ? 'on the map' : 'in the latents';
  return el(
    'g',
    {},
    stageCaption(6, 't-SNE', tsne.join(' \u00b7 '), plan.captions.tsne),
    stageCaption(7, 'Ward', `${plural(scene.signOf.length, 'cluster')} ${where}`, plan.captions.ward),
    stageCaption(8, 'Zodiac', `${percent(residual)} unexplained`, plan.captions.zodiac),
    join(plan.arrows.map(arrowLine)),
    miniature(scene, plan.tsne),
    miniature(scene, plan.ward, `${id}-dots`),
    ring(plan.zodiac, scene.signOf),
  );
}

function description(data: Figure1Data, union: number): string {
  const sources = data.modalities.map(
    ({ name, rows, columns, kept }) => `${name} (${shape(rows, columns)}, ${percent(kept)} of variance kept)`,
  );
  return (
    `${sources.join(', ')} are reduced by PCA to ${data.components} dimensions, joined to ${shape(union, data.components)}, ` +
    `embedded by a VAE with ${data.latent} latent dimensions, sampled into a New Reality of ${shape(data.scene.map.rows, data.latent)}, ` +
    `mapped by t-SNE, split into ${plural(data.scene.signOf.length, 'cluster')} and matched with the zodiac.` +
    `${data.synthetic ? ' The data is synthetic.' : ''}`
  );
}
