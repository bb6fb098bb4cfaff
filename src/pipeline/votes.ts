/** The most frequent of a few labels; of equally frequent ones, the first. Needs at least one label. */
function majority(labels: ArrayLike<number>): number {
  let winner = 0;
  let most = 0;
  for (let i = 0; i < labels.length; i++) {
    let count = 0;
    for (let j = i; j < labels.length; j++) if (labels[j] === labels[i]) count++;
    // A label that came before has been counted in full there.
    if (count > most) [winner, most] = [i, count];
  }
  return labels[winner];
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
