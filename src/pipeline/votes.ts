/**
 * Share of rows whose label is the one that most of their neighbours have; of equally frequent ones the label of the
 * nearer neighbour counts.
 *
 * @param neighbours - rows x k indices of rows, nearest first.
 * @param labels - a number for each row.
 */
export function labelVote(neighbours: ArrayLike<number>, k: number, labels: ArrayLike<number>): number {
  const rows = labels.length;
  let right = 0;
  for (let i = 0; i < rows; i++) {
    const votes = new Map<number, number>();
    let winner = -1;
    let most = 0;
    for (let j = 0; j < k; j++) {
      const label = labels[neighbours[i * k + j]];
      votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    // A Map keeps the order of insertion, that is, of nearness.
    for (const [label, count] of votes) {
      if (count > most) [winner, most] = [label, count];
    }
    if (winner === labels[i]) right++;
  }
  return right / rows;
}

/** Mean share of the neighbours of a row that are of its own kind. */
export function purity(neighbours: ArrayLike<number>, k: number, kinds: ArrayLike<number>): number {
  let same = 0;
  for (let i = 0; i < kinds.length; i++) {
    for (let j = 0; j < k; j++) if (kinds[neighbours[i * k + j]] === kinds[i]) same++;
  }
  return same / (kinds.length * k);
}

/** Numbers for labels: equal texts get equal numbers, in order of appearance. */
export function numberLabels(labels: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(labels, (label) => {
    const known = numbers.get(label);
    if (known !== undefined) return known;
    numbers.set(label, numbers.size);
    return numbers.size - 1;
  });
}
