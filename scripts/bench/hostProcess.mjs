// A process in place of VS Code's extension host, and the tasks it runs.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { compiled } from './frame.mjs';

/** @typedef {import('./packing.ts').Asked} Asked */
/** @typedef {import('./packing.ts').Answer} Answer */

/**
 * @param {import('./frame.mjs').Context} context
 * @returns {Promise<{ ask: (task: Asked['task'], folder: string) => Promise<Answer>, end: () => void }>} call
 *   `end` when done
 */
export async function startHost({ extension, temp }) {
  const worker = join(await extension(), 'bundleWorker.js');
  const child = fork(await compiled('scripts/bench/hostChild.ts', temp), [worker, temp]);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the bundling process exited')));
  ended.catch(() => undefined);
  return {
    ask: async (task, folder) => {
      child.send({ task, folder });
      const [answer] = await Promise.race([once(child, 'message'), ended]);
      return /** @type {Answer} */ (answer);
    },
    end: () => child.disconnect(),
  };
}
