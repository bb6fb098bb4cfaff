/** A state with its number in the order of merging. */
export interface Numbered<T> {
  readonly partition: number;
  readonly state: T;
}

/** Neighbors that are merged into one. */
const FAN = 8;

/**
 * Merges states in an order that their numbers alone decide: those whose numbers divided by 8 have the same whole part, from the
 * lowest to the highest, then their results, which have that whole part as number, in the same way, until one is left. So
 * whoever merged groups of 8 before, on whatever machine, gets the same bits. Holds few merged states at a time.
 *
 * @param states at least one, in ascending order; no number occurs twice.
 * @param merge gives the first two states of a group as one, or its result so far and the next.
 */
export async function mergeInOrder<From, To>(
  states: readonly Numbered<From>[],
  open: (state: Numbered<From>) => To,
  merge: (into: To, other: To) => Promise<To>,
): Promise<Numbered<To>> {
  const [first, last] = [states[0].partition, states[states.length - 1].partition];
  let width = FAN;
  while (Math.floor(first / width) !== Math.floor(last / width)) width *= FAN;
  let next = 0;
  const group = async (size: number): Promise<To> => {
    if (size === 1) return open(states[next++]);
    const number = Math.floor(states[next].partition / size);
    let sum = await group(size / FAN);
    while (next < states.length && Math.floor(states[next].partition / size) === number)
      sum = await merge(sum, await group(size / FAN));
    return sum;
  };
  return { partition: Math.floor(first / width), state: await group(width) };
}
