import type { FinishedStage, StageListener, StageProgress } from '../pipeline/stages/stage.ts';
import { printable } from './failure.ts';

const TITLES: readonly (readonly [prefix: string, title: string])[] = [
  ['gather-', 'Gather'],
  ['reduce-', 'PCA of'],
  ['embed', 'Train the VAE'],
  ['embed-images', 'Embed images'],
  ['sample', 'Sample the New Reality'],
  ['map', 'Map by t-SNE'],
  ['cluster-', 'Cluster'],
  ['measure', 'Measure quality'],
  ['thumbnails', 'Make thumbnails'],
  ['draw', 'Draw'],
  ['place-', 'Place'],
  ['read', 'Read'],
  ['pca', 'PCA'],
  ['moments', 'Sum up'],
  ['tsne', 't-SNE'],
  ['cluster', 'Cluster'],
  ['vae', 'Train the VAE'],
  ['knn', 'Find neighbors'],
  ['project', 'Project'],
  ['encode', 'Encode'],
  ['apply', 'Apply'],
  ['convert', 'Convert'],
  ['fetch-', 'Fetch'],
  ['write', 'Write'],
];

const REDRAW_MILLISECONDS = 100;
/** Time between the lines of a long stage where the output is not a terminal. */
const LINE_MILLISECONDS = 10_000;

/**
 * Shows stages on stderr, one line each. On a terminal the line is redrawn with the share done and the time left; elsewhere a
 * stage prints a new line every ten seconds.
 */
export class ProgressLines implements StageListener {
  readonly #stream: NodeJS.WriteStream;
  #start = 0;
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  started(name: string): void {
    this.#start = performance.now();
    this.#drawn = this.#stream.isTTY ? 0 : this.#start;
    this.#redraw(`${stageTitle(name)} ...`);
  }

  progressed({ phase, fraction, rows }: StageProgress): void {
    this.show((seconds) => {
      const left = fraction > 0.02 ? `, ${duration((seconds * (1 - fraction)) / fraction)} left` : '';
      const share = `${Math.round(fraction * 100)} %`;
      if (this.#stream.isTTY) return `${stageTitle(phase)} ${share}${left}`;
      // A source that does not know its number of rows cannot say what share is done.
      return fraction === 0 && rows !== undefined
        ? `${stageTitle(phase)} ${rows} rows (${Math.round(rows / seconds)} rows/s)`
        : `${stageTitle(phase)} ${share} (${((100 * fraction) / seconds).toPrecision(2)} %/s)${left}`;
    });
  }

  /** Shows the state of the current stage, unless it was shown a moment ago. `text` gets the seconds since the stage's start. */
  show(text: (seconds: number) => string): void {
    const now = performance.now();
    if (now - this.#drawn < (this.#stream.isTTY ? REDRAW_MILLISECONDS : LINE_MILLISECONDS)) return;
    this.#drawn = now;
    const shown = text((now - this.#start) / 1000);
    if (this.#stream.isTTY) this.#redraw(shown);
    else this.line(shown);
  }

  finished({ name, seconds, cached }: FinishedStage): void {
    const took = cached ? 'kept from an earlier run' : duration(seconds);
    this.line(`${stageTitle(name).padEnd(24)} ${took}`);
  }

  /** Prints a line of its own. */
  line(text: string): void {
    const line = printable(text);
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[2K${line}\n` : `${line}\n`);
  }

  /** Removes an unfinished line, so that an error message does not follow it on the same line. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[2K');
  }

  #redraw(text: string): void {
    if (!this.#stream.isTTY) return;
    // A terminal of unknown size reports 0 columns.
    const width = this.#stream.columns || 80;
    this.#stream.write(`\r\x1b[2K${text.slice(0, width - 1)}`);
  }
}

/** A stage's name for people: 'gather-audio' is 'Gather audio'. */
export function stageTitle(name: string): string {
  const found = TITLES.find(([prefix]) => (prefix.endsWith('-') ? name.startsWith(prefix) : name === prefix));
  if (found === undefined) return name;
  const [prefix, title] = found;
  return prefix.endsWith('-') ? `${title} ${name.slice(prefix.length)}` : title;
}

export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
