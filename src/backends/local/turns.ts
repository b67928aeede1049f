/** So long at most others wait for one who has much to do, in milliseconds. */
const turnMs = 15;

/** Gives others their turn where it is time: the editor's extensions share this thread. */
export function createPause(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < turnMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  };
}

/** So many are sorted, or merged, at a time. */
const atOnce = 2_048;

/** Sorts very many without holding others up. Gives a new array; equals keep their order. */
export async function sortInTurns<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  const pause = createPause();
  let runs: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += atOnce) {
    runs.push(items.slice(at, at + atOnce).sort(compare));
    await pause();
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], compare, pause));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
  pause: () => Promise<void>,
): Promise<readonly T[]> {
  const merged: T[] = [];
  let [at, from] = [0, 0];
  while (at < left.length || from < right.length) {
    const [one, other] = [left[at], right[from]];
    const isLeft = from >= right.length || (at < left.length && compare(one as T, other as T) <= 0); // SAFETY: both are in range.
    merged.push((isLeft ? left[at++] : right[from++]) as T); // SAFETY: it is in range.
    if (merged.length % atOnce === 0) await pause();
  }
  return merged;
}
