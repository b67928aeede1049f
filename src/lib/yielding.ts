/** The maximum time that long work blocks the thread, in milliseconds. */
const maxTurnMs = 10;

/** Called repeatedly by long work: returns a promise to await when other work should run. */
export type YieldCallback = () => Promise<void> | undefined;

/**
 * Creates a function that yields regularly, since the editor's other extensions share this thread. Time is
 * measured since the last yield.
 *
 * @param callsPerLook - The number of calls between two checks of the time; 1 by default.
 */
export function createYielder(callsPerLook = 1): YieldCallback {
  let began = performance.now();
  let calls = 0;
  return () => {
    if (++calls % callsPerLook !== 0 || performance.now() - began < maxTurnMs) return undefined;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      began = performance.now();
    });
  };
}

/** Processes many items, yielding regularly. */
export async function forEachYielding<T>(all: Iterable<T>, act: (one: T) => void): Promise<void> {
  const giveTurn = createYielder();
  for (const one of all) {
    act(one);
    const turn = giveTurn();
    if (turn) await turn;
  }
}

/** The number of items sorted or merged without yielding. */
const sortChunkSize = 2_048;

/** Sorts many items, yielding regularly. Returns a new array; the sort is stable. */
export async function sortYielding<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  const giveTurn = createYielder();
  let runs: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += sortChunkSize) {
    runs.push(items.slice(at, at + sortChunkSize).sort(compare));
    await giveTurn();
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(await mergeSorted(runs[at] ?? [], runs[at + 1] ?? [], compare, giveTurn));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeSorted<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
  giveTurn: YieldCallback,
): Promise<readonly T[]> {
  const merged: T[] = [];
  let [at, from] = [0, 0];
  while (at < left.length || from < right.length) {
    const [one, other] = [left[at], right[from]];
    // SAFETY: both are in range.
    const isLeft = from >= right.length || (at < left.length && compare(one as T, other as T) <= 0);
    merged.push((isLeft ? left[at++] : right[from++]) as T); // SAFETY: it is in range.
    if (merged.length % sortChunkSize === 0) await giveTurn();
  }
  return merged;
}
