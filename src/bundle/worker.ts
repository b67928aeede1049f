import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { JobError } from '../core/problem.js';
import { writeTar } from './archive.js';
import { choose } from './choose.js';
import type { FromThread, ThreadData, WriteOrder } from './messages.js';

/** How often progress is told, in milliseconds. */
const tellMs = 100;

/**
 * The packing thread, from its start to its end: looks at a folder, tells the plan and, if asked, packs it. What goes
 * wrong with files it tells; anything else it throws. It reads and writes without yielding: who wants it to stop ends
 * the thread, and removes what it wrote.
 */
export async function runWorker(): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('this runs in a worker thread only');
  const tell = (message: FromThread): void => {
    port.postMessage(message);
  };
  const { folder, task } = workerData as ThreadData; // SAFETY: bundler.ts alone starts this thread, with just this.
  try {
    const { plan, entries } = choose(folder);
    const asked = task === 'pack' ? once(port, 'message') : undefined;
    tell({ kind: 'plan', plan });
    if (!asked) return;
    const [{ to, root }] = (await asked) as [WriteOrder]; // SAFETY: bundler.ts sends nothing else.
    const written = await writeTar({ folder: plan.folder, root, entries, to }, seldom(tell));
    tell({ kind: 'written', written });
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    tell({ kind: 'problem', problem: error.problem });
  }
}

function seldom(tell: (message: FromThread) => void): (doneBytes: number) => void {
  let next = 0;
  return (doneBytes) => {
    const now = performance.now();
    if (now < next) return;
    next = now + tellMs;
    tell({ kind: 'progress', doneBytes });
  };
}
