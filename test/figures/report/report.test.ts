import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { clean } from '../../../src/figures/drawing/markup.ts';
import { reportHtml } from '../../../src/figures/report/report.ts';
import { numberText, tableHtml } from '../../../src/figures/report/report-table.ts';
import { hostileLabels, reportOf } from '../scenes.ts';

type Element = DefaultTreeAdapterTypes.Element;

interface Page {
  readonly elements: readonly Element[];
  readonly comments: number;
  readonly errors: readonly string[];
}

function read(html: string): Page {
  const errors: string[] = [];
  const elements: Element[] = [];
  let comments = 0;
  const visit = (node: DefaultTreeAdapterTypes.Node) => {
    if (node.nodeName === '#comment') comments++;
    if ('tagName' in node) elements.push(node);
    if ('childNodes' in node) node.childNodes.forEach(visit);
  };
  visit(parse(html, { onParseError: ({ code }) => errors.push(code) }));
  return { elements, comments, errors };
}

function attribute(element: Element | undefined, name: string): string | undefined {
  return element?.attrs.find((entry) => entry.name === name)?.value;
}

function content(element: Element): string {
  return element.childNodes
    .map((child) => ('value' in child ? child.value : 'tagName' in child ? content(child) : ''))
    .join('');
}

describe('reportHtml', () => {
  const plain = Array.from({ length: 10_000 }, (_, i) => `label ${i}`);
  const hostile = hostileLabels(10_000);

  it('gains no element, attribute or comment from 10,000 hostile labels', () => {
    const expected = read(reportHtml(reportOf(plain)));
    const found = read(reportHtml(reportOf(hostile)));
    expect(found.errors).toEqual([]);
    expect(found.comments).toBe(0);
    expect(found.elements.map(({ tagName }) => tagName)).toEqual(
      expected.elements.map(({ tagName }) => tagName),
    );
    expect(found.elements.map(({ attrs }) => attrs.map(({ name }) => name).join(' '))).toEqual(
      expected.elements.map(({ attrs }) => attrs.map(({ name }) => name).join(' ')),
    );
  });

  it('shows every label unchanged and restores the embedded data', () => {
    const { elements } = read(reportHtml(reportOf(hostile)));
    const shown = new Set(elements.filter(({ tagName }) => tagName === 'th').map(content));
    expect(hostile.filter((label) => !shown.has(clean(label).replace(/\r\n?/g, '\n')))).toEqual([]);

    const scripts = elements.filter(({ tagName }) => tagName === 'script');
    expect(scripts).toHaveLength(1);
    expect(attribute(scripts[0], 'type')).toBe('application/json');
    expect(JSON.parse(content(scripts[0])).labels).toEqual(hostile.map(clean));
  });

  it('runs no script and loads no file', () => {
    const html = reportHtml(reportOf(['a', 'b', 'c']));
    const { elements, errors } = read(html);
    expect(errors).toEqual([]);
    const policy = elements.find((element) => attribute(element, 'http-equiv') === 'Content-Security-Policy');
    expect(attribute(policy, 'content')).toContain("default-src 'none'");
    for (const element of elements) {
      for (const { name, value } of element.attrs) {
        expect(name).not.toMatch(/^(on|src$|srcset$)/);
        if (name.endsWith('href')) expect(value).toMatch(/^#/);
        if (name !== 'xmlns') expect(value).not.toMatch(/https?:|url\(/);
      }
    }
    expect(html).not.toMatch(/@import|url\(/);
  });

  it('has unique ids, and every reference has its target', () => {
    const { elements } = read(reportHtml(reportOf(['a', 'b', 'c'])));
    const ids = elements.map((element) => attribute(element, 'id')).filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    for (const element of elements) {
      const references = (attribute(element, 'aria-labelledby') ?? '').split(' ').filter(Boolean);
      const link = attribute(element, 'href')?.slice(1);
      for (const id of link === undefined ? references : [...references, link]) expect(ids).toContain(id);
    }
  });

  it('says if the data is synthetic, and only then', () => {
    const report = reportOf(['a', 'b', 'c']);
    expect(reportHtml(report)).toContain('>synthetic data<');
    const real = {
      ...report,
      synthetic: false,
      figure1: { ...report.figure1, synthetic: false },
      figure2: { ...report.figure2, synthetic: false },
      figure3: { ...report.figure3, synthetic: false },
      dendrogram: { ...report.dendrogram, synthetic: false },
    };
    expect(read(reportHtml(real)).elements.map(content).join('')).not.toContain('synthetic data');
  });

  it("shows the paper's claims beside what was found", () => {
    const { elements } = read(reportHtml(reportOf(['a', 'b', 'c'])));
    const rows = elements
      .filter(({ tagName }) => tagName === 'tr')
      .map((row) => row.childNodes.map((cell) => content(cell as Element)));
    expect(rows).toContainEqual(['Claim', 'Paper', 'Found', 'Holds']);
    const hull = rows.find(([claim]) => claim === 'Means on the convex hull');
    expect(hull?.[1]).toBe('8');
    expect(hull?.[3]).toBe(hull?.[2] === '8' ? '\u2713 yes' : '\u2717 no');
  });
});

describe('tableHtml', () => {
  it('refuses a row that does not match the columns', () => {
    expect(() => tableHtml({ columns: [{ label: 'a' }, { label: 'b' }], rows: [['x', 1], ['y']] })).toThrow(
      'Expected row 1 to have 2 cells but it has 1',
    );
  });

  it('folds a table into a summary on request', () => {
    const html = tableHtml({ caption: 'Long', folded: true, columns: [{ label: 'a' }], rows: [[1]] });
    expect(html).toMatch(/^<details><summary>Long<\/summary><div.*<\/div><\/details>$/s);
  });

  it('aligns columns of numbers to the right and writes missing values as a dash', () => {
    const html = tableHtml({
      columns: [{ label: 'a' }, { label: 'b' }],
      rows: [
        ['x', 1234],
        ['y', null],
      ],
    });
    expect(html).toContain('<td class="number">1,234</td>');
    expect(html).toContain('<td class="number">\u2013</td>');
  });
});

describe('numberText', () => {
  it.each([
    [7183, {}, '7,183'],
    [0.8149, {}, '0.81'],
    [-0.004, {}, '0.00'],
    [-1.5, { format: 'decimal', digits: 1 }, '\u22121.5'],
    [0.9262, { format: 'percent' }, '92.6\u202f%'],
    [Number.NaN, {}, '\u2013'],
  ] as const)('writes %d with %j as %s', (value, column, expected) => {
    expect(numberText(value, column)).toBe(expected);
  });
});
