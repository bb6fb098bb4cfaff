import { type Matrix, type Neighbors, nearestNeighbors, TSNE, trustworthiness } from '../../../src/index.ts';

const NEAR = 15;
/** Rows up to which the divergence over all pairs, and up to which everything, is worth its time, O(rows^2). */
const MOST_FOR_DIVERGENCE = 250_000;
const MOST_FOR_ALL = 100_000;
/** Rows that are looked at where there are more. */
const SAMPLE = 300;

export type MapQuality = (embedding: Matrix) => Promise<Record<string, number>>;

/**
 * Measures maps of X, everybody's by the same rules: exact divergence, share of the 15 nearest rows that are among the 15
 * nearest on the map, trustworthiness at 15. The latter two from a sample of rows where there are very many, and their names
 * say so.
 */
export async function mapQuality(X: Matrix, perplexity: number): Promise<MapQuality> {
  if (X.rows > MOST_FOR_DIVERGENCE) return (embedding) => sampled(X, embedding);
  const neighbors = await nearestNeighbors(X, { k: 3 * perplexity });
  return async (embedding): Promise<Record<string, number>> => {
    const still = { init: embedding, iterations: 0, exactKL: true, perplexity, neighbors };
    const { klDivergence: kl } = await TSNE.fit(X, still);
    if (X.rows > MOST_FOR_ALL) return { kl, ...(await sampled(X, embedding)) };
    return {
      kl,
      kept15: await keptNeighbors(neighbors, embedding),
      trustworthiness15: await trustworthiness(X, embedding, { neighbors: NEAR }),
    };
  };
}

async function keptNeighbors(neighbors: Neighbors, embedding: Matrix): Promise<number> {
  const { indices } = await nearestNeighbors(embedding, { k: NEAR });
  let kept = 0;
  for (let i = 0; i < embedding.rows; i++) {
    const near = new Set(neighbors.indices.subarray(i * neighbors.k, i * neighbors.k + NEAR));
    for (const row of indices.subarray(i * NEAR, (i + 1) * NEAR)) kept += near.has(row) ? 1 : 0;
  }
  return kept / (NEAR * embedding.rows);
}

/** Both from evenly spaced rows: all distances of each, to see which rank in X the nearest on the map have. */
async function sampled(X: Matrix, embedding: Matrix): Promise<Record<string, number>> {
  const n = X.rows;
  let kept = 0;
  let penalty = 0;
  for (let s = 0; s < SAMPLE; s++) {
    const row = Math.floor((s * n) / SAMPLE);
    const place = embedding.data.slice(row * embedding.cols, (row + 1) * embedding.cols);
    const query = { data: place, rows: 1, cols: embedding.cols };
    const { indices } = await nearestNeighbors(embedding, { query, k: NEAR + 1 });
    const near = [...indices].filter((index) => index !== row).slice(0, NEAR);
    for (const rank of ranksFrom(X, row, near)) {
      kept += rank <= NEAR ? 1 : 0;
      penalty += Math.max(0, rank - NEAR);
    }
  }
  return {
    [`kept15Of${SAMPLE}`]: kept / (SAMPLE * NEAR),
    [`trustworthiness15Of${SAMPLE}`]: 1 - (2 * penalty) / (SAMPLE * NEAR * (2 * n - 3 * NEAR - 1)),
  };
}

/** The ranks of `others`, 1 the nearest, among all rows by their distance from `row`. */
function ranksFrom({ data, rows, cols }: Matrix, row: number, others: readonly number[]): number[] {
  const squared = new Float64Array(rows);
  for (let j = 0; j < rows; j++) {
    for (let c = 0; c < cols; c++) squared[j] += (data[row * cols + c] - data[j * cols + c]) ** 2;
  }
  squared[row] = Number.POSITIVE_INFINITY;
  return others.map((other) => {
    const own = squared[other];
    let rank = 1;
    for (let j = 0; j < rows; j++) rank += squared[j] < own ? 1 : 0;
    return rank;
  });
}
