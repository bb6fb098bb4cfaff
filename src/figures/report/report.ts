import { createHash } from 'node:crypto';
import { type CurveData, curve } from '../curve.ts';
import { type DendrogramData, dendrogram } from '../dendrogram/dendrogram.ts';
import { count } from '../drawing/format.ts';
import { legendEntries } from '../drawing/legend.ts';
import {
  embeddedJson,
  empty,
  html,
  join,
  type Markup,
  ownScript,
  styleSheet,
  text,
} from '../drawing/markup.ts';
import { type Figure1Data, figure1 } from '../figure-1.ts';
import { type Figure2Data, figure2 } from '../figure-2.ts';
import { type Figure3Data, figure3 } from '../figure-3.ts';
import { reportStyle } from './report-style.ts';
import { badge, type Table, tableHtml } from './report-table.ts';
import { theologyTables } from './report-theology.ts';

/** A number that says how far to trust the map. */
export interface Fact {
  readonly label: string;
  /** Already written out, e.g. '7,183'. */
  readonly value: string;
  /** Title of the section that explains it. */
  readonly section?: string;
}

/** The program for exploring the map, and its data. */
export interface Explorer {
  readonly script: string;
  readonly style: string;
  /** Stands in a script element with the id `page-data`. */
  readonly data: unknown;
  /** Whether the page comes from a server that it can ask; else it can ask nobody. */
  readonly served: boolean;
}

/** A chapter of the report: an introduction, tables, and notes for the reader. */
export interface Section {
  readonly title: string;
  readonly intro?: string;
  readonly curves?: readonly CurveData[];
  readonly tables?: readonly Table[];
  readonly notes?: readonly string[];
}

/** Everything the report shows. All text is plain: nothing in it is read as HTML. */
export interface ReportData {
  readonly title: string;
  /** One or two sentences below the title. */
  readonly summary: string;
  /** Whether the objects are made up; the report then says so at the top. */
  readonly synthetic: boolean;
  /** Stand in one line below the title. */
  readonly facts: readonly Fact[];
  /** Ends that line, e.g. a warning. */
  readonly verdict?: string;
  readonly figure1: Figure1Data;
  readonly figure2: Figure2Data;
  /** Stand below Figure 2. */
  readonly newReality?: readonly Table[];
  readonly figure3: Figure3Data;
  readonly dendrogram: DendrogramData;
  /** Come after the figures and the tables of signs and claims, in this order. */
  readonly sections: readonly Section[];
  /** Last line of the page, e.g. version and date. */
  readonly footer?: string;
  /** Embedded as JSON in a script element with the id `run-data`, for programs that read the page. */
  readonly data?: unknown;
  /** Without it the page has no script. */
  readonly explorer?: Explorer;
}

/** The page's policy: it can use only its own script and style, which are identified by their hashes, and ask only its own server. */
function policy(style: string, explorer: Explorer | undefined): string {
  const hash = (source: string) => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${explorer === undefined ? "'none'" : hash(explorer.script)}`,
    `style-src ${hash(style)}`,
    `img-src data: blob:; connect-src ${explorer?.served ? "'self'" : "'none'"}; base-uri 'none'; form-action 'none'`,
  ].join('; ');
}

/**
 * The report of a run as one self-contained HTML page: no network, light and dark, from phones to wide screens. With
 * `explorer` the map can be explored where scripts run; else it is a picture. Labels of objects can hold anything: they cannot
 * add elements or run code.
 *
 * @throws RangeError when a table's rows do not match its columns, or a map's labels do not belong to it.
 * @example
 * await writeFile('report.html', reportHtml(report));
 */
export function reportHtml(report: ReportData): string {
  const chapters = [...figureChapters(report), ...report.sections.map(sectionChapter)];
  const { explorer } = report;
  const style = styleSheet(`${reportStyle()}${explorer?.style ?? ''}`);
  const head = html(
    'head',
    {},
    html('meta', { charset: 'utf-8' }),
    html('meta', { 'http-equiv': 'Content-Security-Policy', content: policy(style, explorer) }),
    html('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    html('meta', { name: 'color-scheme', content: 'light dark' }),
    html('meta', { name: 'referrer', content: 'no-referrer' }),
    html('title', {}, text(report.title)),
    html('style', {}, style),
  );
  const body = html(
    'body',
    {},
    html('div', { id: 'first' }, header(report, chapters), html('div', { id: 'explorer' })),
    html('nav', { 'aria-label': 'Contents' }, ...links(chapters)),
    html('main', {}, join(chapters.map(chapterHtml), '\n')),
    html('footer', {}, report.footer === undefined ? empty : html('p', {}, text(report.footer))),
    report.data === undefined
      ? empty
      : html('script', { type: 'application/json', id: 'run-data' }, embeddedJson(report.data)),
    ...(explorer === undefined
      ? []
      : [
          html('script', { type: 'application/json', id: 'page-data' }, embeddedJson(explorer.data)),
          html('script', {}, ownScript(explorer.script)),
        ]),
  );
  return `<!doctype html>\n${html('html', { lang: 'en' }, head, body)}\n`;
}

/** A titled part of the page. */
interface Chapter {
  readonly title: string;
  readonly content: readonly Markup[];
}

function header(
  { title, summary, synthetic, facts, verdict }: ReportData,
  chapters: readonly Chapter[],
): Markup {
  const line = facts.map(({ label, value, section }) => {
    const at = chapters.findIndex((chapter) => chapter.title === section);
    const fact = [text(`${label} `), html('b', {}, text(value))];
    return at < 0 ? html('span', {}, ...fact) : html('a', { href: `#part-${at + 1}` }, ...fact);
  });
  const trust = join(line.flatMap((fact, i) => (i === 0 ? [fact] : [text(' \u00b7 '), fact])));
  const warning = verdict === undefined ? empty : text(` \u00b7 ${verdict}`);
  return html(
    'header',
    {},
    synthetic ? html('p', { class: 'synthetic' }, text('synthetic data')) : empty,
    html('h1', {}, text(title)),
    html('p', { class: 'summary' }, text(summary)),
    line.length > 0 ? html('p', { class: 'trust' }, trust, warning) : empty,
  );
}

function links(chapters: readonly Chapter[]): Markup[] {
  return chapters.map(({ title }, i) => html('a', { href: `#part-${i + 1}` }, text(title)));
}

function chapterHtml({ title, content }: Chapter, i: number): Markup {
  const id = `part-${i + 1}`;
  return html('section', { 'aria-labelledby': id }, html('h2', { id }, text(title)), ...content);
}

function sectionChapter({ title, intro, curves = [], tables = [], notes = [] }: Section): Chapter {
  const list = html('ul', { class: 'notes' }, ...notes.map((note) => html('li', {}, text(note))));
  return {
    title,
    content: [
      intro === undefined ? empty : html('p', {}, text(intro)),
      ...curves.map((data) =>
        html('figure', { class: 'curve' }, curve(data), html('figcaption', {}, text(data.title))),
      ),
      ...tables.map(tableHtml),
      notes.length > 0 ? list : empty,
    ],
  };
}

function figureChapters(report: ReportData): Chapter[] {
  const bare = { heading: false, legend: false };
  return [
    {
      title: 'The New Reality',
      content: [
        figureHtml(
          2,
          [figure2(report.figure2, bare), legendHtml(report.figure2)],
          'Every dot is an object of the New Reality, in the color of its cluster; glyphs stand at the cluster means.',
        ),
        ...(report.newReality ?? []).map(tableHtml),
      ],
    },
    {
      title: 'The pipeline',
      content: [
        figureHtml(
          1,
          [
            html('div', { class: 'wide' }, figure1(report.figure1, { heading: false })),
            html('div', { class: 'tall' }, figure1(report.figure1, { heading: false, layout: 'tall' })),
          ],
          'The path of every object. Slabs are matrices: rows downwards, columns across (by square root).',
        ),
      ],
    },
    {
      title: 'Theology',
      content: [
        figureHtml(
          3,
          [figure3(report.figure3, bare)],
          'The heavy line joins the cluster means in the order of the signs. The shaded area is their convex hull, the ' +
            'circle the ecliptic of the match; dotted lines lead from the means to the places of their signs.',
        ),
        ...theologyTables(report.figure3).map(tableHtml),
      ],
    },
    {
      title: 'The tree of clusters',
      content: [
        figureHtml(
          4,
          [
            html('div', { class: 'wide' }, dendrogram(report.dendrogram, { heading: false })),
            html('div', { class: 'tall' }, dendrogram(report.dendrogram, { heading: false, layout: 'tall' })),
          ],
          'The last merges of the tree, each at its height; the dashed line cuts it into the clusters. A wedge stands for a ' +
            'branch whose own merges are not drawn. Numbers are those of objects.',
        ),
      ],
    },
  ];
}

function figureHtml(number: number, content: readonly Markup[], caption: string): Markup {
  return html(
    'figure',
    { id: `figure-${number}-box`, class: number === 2 ? 'static-map' : undefined },
    ...content,
    html('figcaption', {}, html('b', {}, text(`Figure ${number}. `)), text(caption)),
  );
}

function legendHtml(data: Figure2Data): Markup {
  const items = legendEntries(data).map(({ sign, name, objects }) =>
    html('li', {}, badge(sign), html('span', {}, text(name)), html('span', {}, text(count(objects)))),
  );
  return html('ul', { class: 'legend' }, ...items);
}
