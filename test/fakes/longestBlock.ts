import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startStopwatch } from './stopwatch.js';

setFlagsFromString('--expose-gc');
// SAFETY: the flag makes V8 provide this function in new contexts.
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * The longest time in milliseconds for which other work had to wait while a callback ran. Time in which other
 * programs used the CPU does not count, and the best of up to three runs is returned.
 */
export async function longestBlock(run: () => Promise<void>, enoughMs = 50): Promise<number> {
  let least = Infinity;
  for (let time = 0; time < 3 && least >= enoughMs; time++) least = Math.min(least, await blockOf(run));
  return least;
}

async function blockOf(run: () => Promise<void>): Promise<number> {
  // Otherwise the garbage of earlier tests is collected while this one is measured.
  collectGarbage();
  const state = { isRunning: true };
  let longest = 0;
  let elapsedMs = startStopwatch();
  const watching = (async () => {
    while (state.isRunning) {
      await new Promise((resolve) => setImmediate(resolve));
      longest = Math.max(longest, elapsedMs());
      elapsedMs = startStopwatch();
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
