/**
 * For how long at most others had to wait for their turn while something ran, in milliseconds: the least of up to three
 * runs, since other programs on the machine make it more.
 */
export async function longestBlock(run: () => Promise<void>, enoughMs = 50): Promise<number> {
  let least = Infinity;
  for (let time = 0; time < 3 && least >= enoughMs; time++) least = Math.min(least, await blockOf(run));
  return least;
}

async function blockOf(run: () => Promise<void>): Promise<number> {
  const state = { isRunning: true };
  let longest = 0;
  let last = performance.now();
  const watching = (async () => {
    while (state.isRunning) {
      await new Promise((resolve) => setImmediate(resolve));
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
  })();
  try {
    await run();
  } finally {
    state.isRunning = false;
    await watching;
  }
  return longest;
}
