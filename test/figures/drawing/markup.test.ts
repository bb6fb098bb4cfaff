import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { label } from '../../../src/figures/drawing/canvas.ts';
import { clean, el, embeddedJson, html, short, text } from '../../../src/figures/drawing/markup.ts';
import { hostileLabels } from '../scenes.ts';

describe('text', () => {
  it('keeps 10,000 hostile labels readable, and an XML parser finds nothing but their text', () => {
    for (const hostile of hostileLabels(10_000)) {
      const parser = new SaxesParser();
      const opened: string[] = [];
      let read = '';
      let attribute = '';
      parser.on('opentag', (tag) => {
        opened.push(tag.name);
        attribute = tag.attributes.title ?? attribute;
      });
      parser.on('text', (piece) => {
        read += piece;
      });
      parser.write(el('a', { title: hostile }, text(hostile))).close();
      expect(opened).toEqual(['a']);
      // XML normalizes line ends to \n, and white space in attributes to blanks.
      const plain = clean(hostile).replace(/\r\n?/g, '\n');
      expect(read).toBe(plain);
      expect(attribute).toBe(plain.replace(/[\n\t]/g, ' '));
    }
  });

  it('drops control characters, lone surrogates and noncharacters, and nothing else', () => {
    expect(clean('a\u0000b\u001bc\u007fd\u0085e\ud800f\ufffeg\u{1fffe}h')).toBe('abcdefgh');
    expect(clean('\t\u00a0caf\u00e9 \u{1f600} \u4e16')).toBe('\t\u00a0caf\u00e9 \u{1f600} \u4e16');
  });
});

describe('el and html', () => {
  it('close an element without children as XML or HTML requires', () => {
    expect(el('circle', { r: 2 })).toBe('<circle r="2"/>');
    expect(html('span')).toBe('<span></span>');
    expect(html('meta', { charset: 'utf-8' })).toBe('<meta charset="utf-8">');
  });

  it('leave out undefined attributes', () => {
    expect(el('path', { d: 'M0 0', opacity: undefined })).toBe('<path d="M0 0"/>');
  });
});

describe('short', () => {
  it('rounds without exponent or negative zero, and refuses values that are not coordinates', () => {
    expect([short(1.005), short(-0.001), short(1e-9), short(12.3456, 1)]).toEqual(['1', '0', '0', '12.3']);
    expect(() => short(Number.NaN)).toThrow('Expected a finite coordinate but received NaN');
  });
});

describe('embeddedJson', () => {
  it('restores the original value and cannot end its element', () => {
    const labels = hostileLabels(500);
    const json = embeddedJson({ labels });
    expect(json).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(json)).toEqual({ labels: labels.map(clean) });
  });
});

describe('label', () => {
  it('is cut to its width with an ellipsis', () => {
    const cut = label('incomprehensibilities', 0, 0, { size: 10, maxWidth: 50 });
    expect(cut).toMatch(/>incomp\w*\u2026</);
    expect(label('short', 0, 0, { size: 10, maxWidth: 50 })).toMatch(/>short</);
  });
});
