import { describe, expect, test, vi } from 'vitest';
import { exitCode, Interrupted, printable, reportFailure, UsageError } from '../../src/cli/failure.ts';
import { ProgressLines, stageTitle } from '../../src/cli/progress.ts';

const cost = { seconds: 1.25, residentBytes: 1, peakBytes: 1, cached: false };

function terminal(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  return { written, stream: { isTTY, columns, write } as unknown as NodeJS.WriteStream };
}

describe('progress', () => {
  test('is a plain line for each finished stage without a terminal', () => {
    const { written, stream } = terminal(false);
    const lines = new ProgressLines(stream);
    lines.started('embed');
    lines.progressed({ phase: 'embed', fraction: 0.5, step: 'train' });
    lines.finished({ ...cost, name: 'embed' });
    lines.finished({ ...cost, name: 'map', cached: true });
    lines.finished({ ...cost, name: 'draw', seconds: 95.2 });
    lines.finished({ ...cost, name: 'draw', seconds: 119.8 });
    lines.clear();
    expect(written).toEqual([
      'Train the VAE            1.3 s\n',
      'Map by t-SNE             kept from an earlier run\n',
      'Draw                     95 s\n',
      'Draw                     2 min 0 s\n',
    ]);
  });

  test('is a line every ten seconds of a long stage, with rate and time left, without a terminal', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { written, stream } = terminal(false);
      const lines = new ProgressLines(stream);
      const at = (seconds: number, fraction: number, rows?: number) => {
        vi.advanceTimersByTime(1000 * seconds - performance.now());
        lines.progressed({ phase: 'map', fraction, step: 'descent', ...(rows !== undefined && { rows }) });
      };
      vi.advanceTimersByTime(-performance.now() + 1000);
      lines.started('map');
      for (const second of [2, 10.9, 11, 12, 20, 21.5]) at(second, second / 100);
      at(41, 0, 12_000);
      expect(written).toEqual([
        'Map by t-SNE 11 % (1.1 %/s), 81 s left\n',
        'Map by t-SNE 22 % (1.0 %/s), 75 s left\n',
        'Map by t-SNE 12000 rows (300 rows/s)\n',
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([0, undefined, 80])('is redrawn in place on a terminal of %j columns', (columns) => {
    const { written, stream } = terminal(true, columns);
    const lines = new ProgressLines(stream);
    lines.started('map');
    lines.progressed({ phase: 'map', fraction: 0.25, step: 'descent' });
    expect(written[0]).toBe('\r\x1b[2KMap by t-SNE ...');
    expect(written[1].slice(0, 5)).toBe('\r\x1b[2K');
    expect(written[1].slice(5)).toMatch(/^Map by t-SNE 25 %, [\d.]+ s left$/);
    lines.finished({ ...cost, name: 'map' });
    expect(written[2]).toBe('\r\x1b[2KMap by t-SNE             1.3 s\n');
  });

  test('never fills a line, because the next one could not replace it', () => {
    const { written, stream } = terminal(true, 10);
    new ProgressLines(stream).started('sample');
    expect(written).toEqual(['\r\x1b[2KSample th']);
  });

  test.each([
    ['gather-audio', 'Gather audio'],
    ['reduce-image', 'PCA of image'],
    ['cluster-latent', 'Cluster latent'],
    ['measure', 'Measure quality'],
    ['unheard-of', 'unheard-of'],
  ])('calls the stage %s "%s"', (name, title) => {
    expect(stageTitle(name)).toBe(title);
  });
});

describe('failures', () => {
  test('have their exit codes', () => {
    expect([new Interrupted(), new UsageError(), new Error(), 'text', undefined].map(exitCode)).toEqual([
      130, 2, 1, 1, 1,
    ]);
  });

  test('are one line without characters that move the cursor', () => {
    expect(printable(' one\r\n  two\u2028three \x1b[2J\u202egpj.exe ')).toBe(
      'one two three \ufffd[2J\ufffdgpj.exe',
    );
    expect(printable('name with 猫 and 🐈‍⬛')).toBe('name with 猫 and 🐈‍⬛');
  });

  test('that are not errors are printed too', () => {
    const told: unknown[] = [];
    const { error } = console;
    console.error = (line) => told.push(line);
    try {
      for (const failure of ['text', undefined, null, { code: 7 }]) reportFailure(failure);
    } finally {
      console.error = error;
    }
    expect(told).toEqual(['god: text', 'god: undefined', 'god: null', 'god: [object Object]']);
  });
});
