import type { LineBlock } from '../files/lines.ts';
import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';

/** How the numbers of a line are found. */
export interface LineLayout {
  readonly cols: number;
  /** Whether a name comes first. */
  readonly named: boolean;
  /** Whether a TAB follows each name, so that names can hold blanks. */
  readonly tab: boolean;
}

/** `kNotPlain` of vector_lines.hpp. */
const NOT_PLAIN = 0xffffffff;
/** A number is seldom shorter, with its separator. If it is, one call reads fewer lines. */
const BYTES_PER_NUMBER = 4;

/** Lines of a block, read off the event loop. */
export class ParsedLines {
  readonly count: number;
  /** Where the next line of the block begins. */
  readonly end: number;
  readonly #bytes: Buffer;
  readonly #cols: number;
  /** Begin, end without trailing blanks, and end of the name; relative to `#bytes`. */
  readonly #lines: Uint32Array;
  readonly #values: Float64Array;

  private constructor(
    bytes: Buffer,
    { lines, values, done }: { lines: Uint32Array; values: Float64Array; done: Float64Array },
    cols: number,
    start: number,
  ) {
    this.count = done[0];
    this.end = start + done[1];
    this.#bytes = bytes;
    this.#cols = cols;
    this.#lines = lines;
    this.#values = values;
  }

  /** Reads lines of a block from byte `start` on, which is not its end: not always all of them. */
  static async read({ bytes, lineEnd }: LineBlock, start: number, layout: LineLayout): Promise<ParsedLines> {
    const rest = bytes.subarray(start);
    const most = Math.ceil(rest.length / (layout.cols * BYTES_PER_NUMBER)) + 1;
    const outputs = {
      lines: new Uint32Array(most * 3),
      values: new Float64Array(most * layout.cols),
      done: new Float64Array(2),
    };
    const { cols, named, tab } = layout;
    const options = { cols, named, tab, most, lineEnd, threads: 1 };
    await runJob(() => native().vectorLines({ bytes: rest }, options, outputs));
    return new ParsedLines(rest, outputs, cols, start);
  }

  /**
   * Whether line `i` is a plain row: a name without blanks (or without TABs, before a TAB), one separator, and exactly as many
   * numbers as there are columns, all finite as float32. `name` and `read` are for plain rows only.
   */
  plain(i: number): boolean {
    return this.#lines[3 * i + 2] !== NOT_PLAIN;
  }

  /** The line without blanks at its end. */
  bytes(i: number): Buffer {
    return this.#bytes.subarray(this.#lines[3 * i], this.#lines[3 * i + 1]);
  }

  name(i: number): string {
    return this.#bytes.toString('utf8', this.#lines[3 * i], this.#lines[3 * i + 2]);
  }

  /** Writes the numbers to `out` from index `at`. */
  read(i: number, out: Float32Array | Float64Array, at: number): void {
    out.set(this.#values.subarray(i * this.#cols, (i + 1) * this.#cols), at);
  }
}
