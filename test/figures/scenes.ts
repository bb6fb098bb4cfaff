import type { DendrogramData } from '../../src/figures/dendrogram/dendrogram.ts';
import type { ClusteredMap } from '../../src/figures/drawing/scatter.ts';
import type { Figure1Data } from '../../src/figures/figure-1.ts';
import type { ReportData } from '../../src/figures/report/report.ts';
import { matchZodiac, type ZodiacMatch } from '../../src/zodiac/match.ts';
import { clusterMeans } from '../../src/zodiac/means.ts';
import { type Theology, theology } from '../../src/zodiac/theology.ts';
import { seededRandom } from '../support/bytes.ts';

/** Points in k blobs around a wobbly ring, with the match of their means. */
export function ringScene(
  rows: number,
  k: number,
): ClusteredMap & { match: ZodiacMatch; theology: Theology } {
  const uniform = seededRandom(12345);
  const data = new Float32Array(2 * rows);
  const clusters = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const cluster = i % k;
    const angle = (2 * Math.PI * (cluster + uniform() * 0.7)) / k;
    const radius = 40 + 15 * Math.sin(3 * cluster) + 12 * uniform();
    data.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
    clusters[i] = cluster;
  }
  const map = { data, rows, cols: 2 };
  const means = clusterMeans(map, clusters, k);
  const match = matchZodiac(means);
  return { map, clusters, signOf: match.signOf, match, theology: theology(means, match) };
}

/** The data of Figure 1 for a scene, with modalities of the given names. */
export function pipelineOf(scene: ClusteredMap, names: readonly string[]): Figure1Data {
  return {
    modalities: names.map((name, i) => ({
      name,
      source: `made-up ${name}`,
      rows: 1000 * (i + 1),
      columns: 64 * (i + 1),
      kept: 0.9,
      sampled: 100,
    })),
    components: 50,
    hidden: [256, 128],
    latent: 42,
    r2: 0.8,
    perplexity: 30,
    klDivergence: 1.5,
    clusterSpace: 'map',
    residual: 0.1,
    scene,
    synthetic: true,
  };
}

/** A tree that adds one row after another. */
export function chainTree(rows: number, signOf: readonly number[]): DendrogramData {
  const data = new Float64Array(4 * (rows - 1));
  for (let i = 0; i < rows - 1; i++) {
    data.set([i === 0 ? 0 : i + 1, i === 0 ? 1 : rows + i - 1, i + 1, i + 2], 4 * i);
  }
  return { merges: { data, rows: rows - 1 }, signOf, synthetic: true };
}

/** A report of a scene with the given labels in names, cells, notes and embedded data. */
export function reportOf(labels: readonly string[], rows = 240): ReportData {
  const scene = ringScene(rows, 12);
  return {
    title: labels[0],
    summary: labels[1 % labels.length],
    synthetic: true,
    facts: labels.slice(0, 6).map((label) => ({ label, value: label, note: label })),
    figure1: pipelineOf(scene, labels.slice(0, 3)),
    figure2: { ...scene, synthetic: true, details: labels.slice(0, 2) },
    figure3: { ...scene, synthetic: true },
    dendrogram: { ...chainTree(rows, scene.signOf), details: labels.slice(0, 2) },
    sections: [
      {
        title: labels[0],
        intro: labels[0],
        tables: [
          {
            caption: labels[0],
            columns: [{ label: labels[0] }, { label: 'n' }],
            rows: labels.map((label, i) => [label, i]),
          },
          {
            columns: [{ label: 'sign' }],
            rows: labels.slice(0, 200).map((label, i) => [{ sign: i % 12, text: label }]),
          },
        ],
        notes: labels.slice(0, 50),
      },
    ],
    footer: labels[0],
    data: { labels, [labels[0]]: labels[0] },
  };
}

const PARTS = [
  '<script>alert(1)</script>',
  '</script>',
  '</svg>',
  '</title>',
  '</style>',
  ']]>',
  '<![CDATA[',
  '<!--',
  '-->',
  '<?xml?>',
  '&',
  '&amp;',
  '&#0;',
  '&#x1;',
  '"',
  "'",
  '`',
  '<',
  '>',
  '\u0000',
  '\u0001',
  '\u000b',
  '\u001f',
  '\u007f',
  '\u0085',
  '\ud800',
  '\udfff',
  '\ufffe',
  '\uffff',
  '\u{1fffe}',
  '\u2028',
  '\u2029',
  '\u202e',
  '\ufeff',
  '\u{1f600}',
  '\u00e9',
  '\n',
  '\r\n',
  '\t',
  ' ',
  'javascript:alert(1)',
  ' onload=alert(1) ',
  '<img src=x onerror=alert(1)>',
  '{{x}}',
  '__proto__',
  '<svg onload=alert(1)>',
  '<a href="//evil">',
  '<foreignObject>',
  '%',
  '\\',
  '\\u003c',
  'a'.repeat(300),
  '',
];

/** Strings that look like markup, control characters, broken Unicode, and mixtures of them. */
export function hostileLabels(n: number): string[] {
  const uniform = seededRandom(99);
  const pick = () => PARTS[Math.floor(uniform() * PARTS.length)];
  return Array.from({ length: n }, (_, i) =>
    i < PARTS.length ? PARTS[i] : `${pick()}${pick()}${i}${pick()}`,
  );
}
