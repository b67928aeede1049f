/** So long at most others wait for one who has much to do, in milliseconds. */
const turnMs = 10;

/** Called again and again by long work: the promise to wait for where others should have their turn now. */
export type GiveTurn = () => Promise<void> | undefined;

/**
 * Turns for one piece of work: the editor's other extensions share this thread. The time that others wait counts from
 * the last turn that was given.
 *
 * @param callsPerLook - So many calls are made between two looks at the time; 1 unless given.
 */
export function createTurns(callsPerLook = 1): GiveTurn {
  let began = performance.now();
  let calls = 0;
  return () => {
    if (++calls % callsPerLook !== 0 || performance.now() - began < turnMs) return undefined;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      began = performance.now();
    });
  };
}

/** Does something with each of very many, and lets others have their turn now and then. */
export async function inTurns<T>(all: Iterable<T>, act: (one: T) => void): Promise<void> {
  const giveTurn = createTurns();
  for (const one of all) {
    act(one);
    const turn = giveTurn();
    if (turn) await turn;
  }
}

/** So many are sorted, or merged, at a time. */
const maxAtOnce = 2_048;

/** Sorts very many without holding others up. Gives a new array; equals keep their order. */
export async function sortInTurns<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  const giveTurn = createTurns();
  let runs: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += maxAtOnce) {
    runs.push(items.slice(at, at + maxAtOnce).sort(compare));
    await giveTurn();
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], compare, giveTurn));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
  giveTurn: GiveTurn,
): Promise<readonly T[]> {
  const merged: T[] = [];
  let [at, from] = [0, 0];
  while (at < left.length || from < right.length) {
    const [one, other] = [left[at], right[from]];
    const isLeft = from >= right.length || (at < left.length && compare(one as T, other as T) <= 0); // SAFETY: both are in range.
    merged.push((isLeft ? left[at++] : right[from++]) as T); // SAFETY: it is in range.
    if (merged.length % maxAtOnce === 0) await giveTurn();
  }
  return merged;
}
