import type { Matrix } from '../../src/matrix.ts';

/** Standard normal values from a seeded uniform generator, by Box and Muller. */
export function normalMatrix(rows: number, cols: number, random: () => number): Matrix {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return { data: Float32Array.from({ length: rows * cols }, normal), rows, cols };
}

export function euclidean(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let c = 0; c < a.cols; c++) sum += (a.data[i * a.cols + c] - b.data[j * b.cols + c]) ** 2;
  return Math.sqrt(sum);
}

export function cosine(a: Matrix, i: number, b: Matrix, j: number): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let c = 0; c < a.cols; c++) {
    const u = a.data[i * a.cols + c];
    const v = b.data[j * b.cols + c];
    dot += u * v;
    aa += u * u;
    bb += v * v;
  }
  return 1 - dot / Math.sqrt(aa * bb);
}

interface Neighbor {
  index: number;
  distance: number;
}

/** The k nearest rows of `points` for row i of `queries`, by sorting all distances in double precision. */
export function bruteForce(
  queries: Matrix,
  i: number,
  points: Matrix,
  k: number,
  distance = euclidean,
  itself = true,
): Neighbor[] {
  const all: Neighbor[] = [];
  for (let j = 0; j < points.rows; j++) {
    if (itself || j !== i) all.push({ index: j, distance: distance(queries, i, points, j) });
  }
  return all.sort((a, b) => a.distance - b.distance || a.index - b.index).slice(0, k);
}

/** Conditional probabilities of a row's neighbors with the given perplexity, by bisection of the precision. */
export function conditional(neighbors: readonly Neighbor[], perplexity: number): number[] {
  const nearest = neighbors[0].distance ** 2;
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let precision = 1;
  let p: number[] = [];
  for (let step = 0; step < 200; step++) {
    const weights = neighbors.map(({ distance }) => Math.exp(-precision * (distance ** 2 - nearest)));
    const sum = weights.reduce((a, b) => a + b, 0);
    p = weights.map((w) => w / sum);
    const entropy = p.reduce((h, v) => (v > 0 ? h - v * Math.log(v) : h), 0);
    if (entropy > Math.log(perplexity)) low = precision;
    else high = precision;
    precision = high === Number.POSITIVE_INFINITY ? precision * 2 : (low + high) / 2;
  }
  return p;
}

/**
 * The Kullback-Leibler divergence that t-SNE minimizes (van der Maaten and Hinton 2008, equation 2), with affinities over
 * the 3 x perplexity nearest neighbors, by definition in double precision.
 */
export function tsneDivergence(X: Matrix, perplexity: number, embedding: Matrix): number {
  const n = X.rows;
  const P = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const neighbors = bruteForce(X, i, X, Math.floor(3 * perplexity), euclidean, false);
    conditional(neighbors, perplexity).forEach((p, e) => {
      P[i * n + neighbors[e].index] += p / (2 * n);
      P[neighbors[e].index * n + i] += p / (2 * n);
    });
  }
  const kernel = (i: number, j: number) => 1 / (1 + euclidean(embedding, i, embedding, j) ** 2);
  let normalizer = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) normalizer += i === j ? 0 : kernel(i, j);
  }
  let divergence = 0;
  P.forEach((p, at) => {
    if (p > 0) divergence += p * Math.log((p * normalizer) / kernel(Math.floor(at / n), at % n));
  });
  return divergence;
}
