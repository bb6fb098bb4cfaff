import type { PageScene } from '../../src/page/format.ts';
import { type PageObjects, packPage } from '../../src/page/pack.ts';
import { type Objects, unpack } from '../../web/data.ts';

/** Numbers in [0, 1), the same for the same seed. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const SCENE: PageScene = {
  title: 'A made-up map',
  synthetic: true,
  modalities: ['audio', 'text', 'image'],
  signOf: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  clusterSpace: 'map',
  latentClusters: 12,
  colorBy: 'modality',
  ecliptic: { center: [0, 0], radius: 50, rotation: 3 },
  means: Array.from({ length: 12 }, (_, i) => [40 * Math.cos(i / 2), 40 * Math.sin(i / 2)]),
};

/** n objects in twelve blobs. */
export function blobs(n: number, seed = 1): PageObjects {
  const next = uniform(seed);
  const data = new Float32Array(2 * n);
  const clusters = Int32Array.from({ length: n }, (_, i) => i % 12);
  for (let i = 0; i < n; i++) {
    const [cx, cy] = SCENE.means[clusters[i]];
    const spread = () => 14 * (next() + next() + next() - 1.5);
    data.set([cx + spread(), cy + spread()], 2 * i);
  }
  return {
    map: { data, rows: n, cols: 2 },
    ids: Array.from({ length: n }, (_, i) => `object ${i}`),
    labels: Array.from({ length: n }, (_, i) => ['dog', 'cat', 'hot dog stand', ''][i % 4]),
    modality: Int32Array.from({ length: n }, (_, i) => i % 3),
    mapClusters: clusters,
    latentClusters: clusters.map((cluster) => (cluster * 5) % 12),
  };
}

/** Packs objects and unpacks them again. */
export async function objectsOf(given: PageObjects, scene = SCENE): Promise<Objects> {
  const { meta, data } = await packPage(given, scene);
  return unpack(meta, data);
}
