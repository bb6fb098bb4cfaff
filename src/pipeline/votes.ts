/** The most frequent label; of equally frequent ones, the first. Needs at least one label. */
function majority(labels: ArrayLike<number>): number {
  const votes = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) votes.set(labels[i], (votes.get(labels[i]) ?? 0) + 1);
  let winner = labels[0];
  let most = 0;
  // A Map keeps the order of insertion.
  for (const [label, count] of votes) {
    if (count > most) [winner, most] = [label, count];
  }
  return winner;
}

/**
 * Share of rows whose label is the most frequent one among their neighbors. Of equally frequent labels, that of the nearer
 * neighbor counts.
 *
 * @param neighbors - rows x k indices of rows, nearest first.
 * @param labels - one number for each row.
 */
export function labelVote(neighbors: ArrayLike<number>, k: number, labels: ArrayLike<number>): number {
  const rows = labels.length;
  const voters = new Float64Array(k);
  let right = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < k; j++) voters[j] = labels[neighbors[i * k + j]];
    if (majority(voters) === labels[i]) right++;
  }
  return right / rows;
}

/** Mean share of a row's neighbors that belong to its own group. */
export function purity(neighbors: ArrayLike<number>, k: number, groups: ArrayLike<number>): number {
  let same = 0;
  for (let i = 0; i < groups.length; i++) {
    for (let j = 0; j < k; j++) if (groups[neighbors[i * k + j]] === groups[i]) same++;
  }
  return same / (groups.length * k);
}
