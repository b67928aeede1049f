import { cpuMs } from './stopwatch.js';

/**
 * For how long at most others had to wait for their turn while something ran, in milliseconds. Time in which other
 * programs had the processor does not count, and of up to three runs the best one does.
 */
export async function longestBlock(run: () => Promise<void>, enoughMs = 50): Promise<number> {
  let least = Infinity;
  for (let time = 0; time < 3 && least >= enoughMs; time++) least = Math.min(least, await blockOf(run));
  return least;
}

async function blockOf(run: () => Promise<void>): Promise<number> {
  const state = { isRunning: true };
  let longest = 0;
  let [last, lastCpu] = [performance.now(), cpuMs()];
  const watching = (async () => {
    while (state.isRunning) {
      await new Promise((resolve) => setImmediate(resolve));
      const [now, nowCpu] = [performance.now(), cpuMs()];
      longest = Math.max(longest, Math.min(now - last, nowCpu - lastCpu));
      [last, lastCpu] = [now, nowCpu];
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
