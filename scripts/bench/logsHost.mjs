// A process in place of VS Code's extension host that shows logs, and the tasks it runs.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compiled } from './frame.mjs';

/** @typedef {import('./logsChild.ts').Asked} Asked */
/** @typedef {import('./logsChild.ts').Answer} Answer */

/**
 * @param {import('./frame.mjs').Context} context
 * @returns {Promise<{ ask: (asked: Asked) => Promise<Answer>, end: () => void }>} call `end` when done
 */
export async function startLogsHost({ extension, temp }) {
  const spool = join(temp, 'spool');
  await mkdir(spool, { recursive: true });
  const program = await compiled('scripts/bench/logsChild.ts', temp);
  const runner = join(await extension(), 'jobRunner.js');
  const child = fork(program, [runner, spool], { execArgv: ['--expose-gc'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the process with the logs exited')));
  ended.catch(() => undefined);
  return {
    ask: async (asked) => {
      child.send(asked);
      const [answer] = await Promise.race([once(child, 'message'), ended]);
      return /** @type {Answer} */ (answer);
    },
    end: () => child.disconnect(),
  };
}
