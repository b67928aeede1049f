/** So long at most others wait for one who has much to do, in milliseconds. */
const turnMs = 10;

/**
 * Does something with each of very many, and lets others have their turn now and then: an answer of squeue may hold
 * 10,000 rows, and the editor's other extensions share this thread.
 */
export async function inTurns<T>(all: Iterable<T>, act: (one: T) => void): Promise<void> {
  let began = performance.now();
  for (const one of all) {
    act(one);
    if (performance.now() - began < turnMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}
