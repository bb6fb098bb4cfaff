import { embeddedJson } from '../../src/figures/drawing/markup.ts';
import { roleColor } from '../../src/figures/drawing/palette.ts';
import { MutualProximity } from '../../src/neighbors/mutual-proximity.ts';
import { KIN } from '../../src/page/format.ts';
import { packPage } from '../../src/page/pack.ts';
import { MOST_TWINNED, pageTwins } from '../../src/page/twins.ts';
import { pageProgram } from '../../src/pipeline/run/page.ts';
import { uniforms } from '../data/random.ts';

const MODALITIES = ['audio', 'text', 'image'];
const LATENT = 42;

/** A page with nothing but the explorer: n objects in 36 blobs. */
export async function pageFor(n: number): Promise<string> {
  const next = uniforms(7);
  const bell = () => next() + next() + next() + next() - 2;
  const centers = Array.from({ length: 36 }, () => [180 * next(), 140 * next()] as const);
  const data = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [x, y] = centers[i % 36];
    data.set([x + 14 * bell(), y + 14 * bell()], 2 * i);
  }
  const modality = Int32Array.from({ length: n }, (_, i) => i % 3);
  const clusters = Int32Array.from({ length: n }, (_, i) => (i % 36) % 12);
  const objects = {
    map: { data, rows: n, cols: 2 },
    ids: Array.from({ length: n }, (_, i) => `object ${i}`),
    labels: Array.from({ length: n }, (_, i) => ['dog', 'cat', 'river', 'engine', 'violin'][(i >> 3) % 5]),
    modality,
    mapClusters: clusters,
    latentClusters: clusters,
    error: Float32Array.from({ length: n }, next),
    outside: Float32Array.from({ length: n }, next),
  };
  const scene = {
    title: 'Blobs',
    synthetic: true,
    modalities: MODALITIES,
    signOf: Array.from({ length: 12 }, (_, i) => i),
    clusterSpace: 'map' as const,
    latentClusters: 12,
    colorBy: 'modality' as const,
    ecliptic: null,
    means: centers.slice(0, 12),
  };
  const twins = n > MOST_TWINNED ? undefined : await twinsFor(n, modality, bell);
  const packed = await packPage({ ...objects, twins }, scene);
  const { script, style } = await pageProgram();
  const colors = (['paper', 'panel', 'ink', 'soft', 'line', 'faint', 'hull'] as const)
    .map((role) => `--${role}:${roleColor(role, 'light')}`)
    .join(';');
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Blobs</title><style>:root{${colors}}*{box-sizing:border-box}` +
    `body{margin:0}${style}</style><div id="first"><header><h1>Blobs</h1></header><div id="explorer"></div></div>` +
    `<script type="application/json" id="page-data">${embeddedJson(packed)}</script><script>${script}</script></html>`
  );
}

async function twinsFor(n: number, modality: Int32Array, bell: () => number) {
  const vectors = { data: Float32Array.from({ length: n * LATENT }, bell), rows: n, cols: LATENT };
  const groups = Array.from(modality, (m) => MODALITIES[m]);
  const proximity = await MutualProximity.fit(vectors, { groups });
  return pageTwins(await proximity.neighbors({ k: KIN }), modality, MODALITIES);
}
