import { dendrogram } from '../../figures/dendrogram/dendrogram.ts';
import { renderPng } from '../../figures/drawing/png.ts';
import { figure1 } from '../../figures/figure-1.ts';
import { figure2 } from '../../figures/figure-2.ts';
import { figure3 } from '../../figures/figure-3.ts';
import type { Contents } from '../../files/atomic-file.ts';
import { csvLine } from '../../formats/csv.ts';
import { npyBytes } from '../../formats/npy.ts';
import type { MutualNeighbors } from '../../neighbors/mutual-proximity.ts';
import type { GOD } from '../god.ts';
import { dendrogramData, figure1Data, figure2Data, figure3Data } from './figure-data.ts';
import { pageNeighbors, pageOf } from './page.ts';

/**
 * The files of a run that a person or another program reads, name by name. The same run gives the same bytes. Pictures are drawn
 * on other threads while the tables and the page are made.
 */
export async function* outputsOf(
  god: GOD,
  version: string,
): AsyncGenerator<[name: string, contents: Contents]> {
  const figures = drawn(god);
  yield ['new-reality.npy', npyBytes(god.newReality)];
  yield ['map.npy', npyBytes(god.map)];
  const neighbors = await pageNeighbors(god);
  yield [
    'objects.csv',
    objectsCsv(god, await god.outlyingness(), neighbors ?? (await god.neighbors({ k: 1 }))),
  ];
  yield ['theology.json', theologyJson(god)];
  yield ['report.html', await pageOf(god, version, { neighbors })];
  for (const { name, svg, png } of figures) {
    yield [`${name}.svg`, svg];
    yield [`${name}.png`, await png];
  }
}

function drawn(god: GOD) {
  const figures: [string, string][] = [
    ['figure-1', figure1(figure1Data(god))],
    ['figure-2', figure2(figure2Data(god))],
    ['figure-3', figure3(figure3Data(god))],
    ['dendrogram', dendrogram(dendrogramData(god))],
  ];
  return figures.map(([name, svg]) => {
    const png = renderPng(svg);
    png.catch(() => {}); // it is thrown where the picture is awaited, unless another error came first
    return { name, svg, png };
  });
}

/** One line for each row of the New Reality, with its nearest object of each modality as seen from both ends. */
function objectsCsv(
  god: GOD,
  outside: Float32Array,
  { groups, k, indices, proximities }: MutualNeighbors,
): string {
  const lines = [
    csvLine([
      ...['id', 'modality', 'label', 'x', 'y', 'cluster_map', 'cluster_latent', 'sign'],
      ...['reconstruction_error', 'outside'],
      ...groups.flatMap((name) => [`near_${name}_id`, `near_${name}_proximity`]),
    ]),
  ];
  const { map, labels, signs, errors } = god;
  // Nine digits distinguish all float32 numbers.
  const exact = (value: number) => (Number.isNaN(value) ? '' : Number(value.toPrecision(9)));
  god.objects.forEach(({ id, modality, label }, i) => {
    const [x, y] = Array.from(map.data.subarray(2 * i, 2 * i + 2), exact);
    const near = groups.flatMap((_, g) => {
      const at = (i * groups.length + g) * k;
      const row = indices[at];
      return row < 0 ? ['', ''] : [god.objects[row].id, exact(proximities[at])];
    });
    const clusters = [labels.map[i], labels.latent[i], signs[i]];
    lines.push(
      csvLine([id, modality, label, x, y, ...clusters, exact(errors[i]), exact(outside[i]), ...near]),
    );
  });
  return lines.join('');
}

function theologyJson(god: GOD): string {
  const { match, theology } = god;
  return `${JSON.stringify({ synthetic: god.synthetic, clusterSpace: god.settings.clusterSpace, ...theology, match }, null, 1)}\n`;
}
