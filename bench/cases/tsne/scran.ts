// node scran.ts SETTINGS: scran.js's t-SNE, served to bench/harness/served.ts by a Node whose WebAssembly has 64-bit memory (24 or
// later, which also runs TypeScript as it is).
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

interface Scran {
  initialize(options: object): Promise<void>;
  buildNeighborSearchIndex(x: Float64Array, options: object): { free(): void };
  initializeTsne(
    index: object,
    options: object,
  ): {
    run(options: object): void;
    extractCoordinates(): { x: Float64Array; y: Float64Array };
    free(): void;
  };
}

const ITERATIONS = 1000;
const { data, output, rows, cols, perplexity } = JSON.parse(process.argv[2]) as {
  data: string;
  output: string;
  rows: number;
  cols: number;
  perplexity: number;
};
try {
  const library: string = 'scran.js'; // whose types are not known
  const scran = (await import(library)) as Scran;
  await scran.initialize({ localFile: true });
  const manifest = new URL('../../node_modules/scran.js/package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  say({ name: `scran.js ${version}, ${ITERATIONS} iterations` });
  await serve(scran);
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  say({ missing: 'scran.js' });
}
process.exit(0); // its threads would keep the process alive

async function serve(scran: Scran): Promise<void> {
  const bytes = readFileSync(data);
  const x = Float64Array.from(new Float32Array(bytes.buffer, bytes.byteOffset, rows * cols));
  for await (const _ of createInterface({ input: process.stdin })) {
    const start = performance.now();
    const places = fit(scran, x);
    const seconds = (performance.now() - start) / 1000;
    writeFileSync(output, places);
    say({ seconds });
  }
}

function fit(scran: Scran, points: Float64Array): Float32Array {
  const index = scran.buildNeighborSearchIndex(points, { numberOfDims: cols, numberOfCells: rows });
  const status = scran.initializeTsne(index, { perplexity });
  status.run({ maxIterations: ITERATIONS });
  const { x, y } = status.extractCoordinates();
  const places = Float32Array.from({ length: 2 * rows }, (_, e) => (e % 2 === 0 ? x : y)[e >> 1]);
  status.free();
  index.free();
  return places;
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
