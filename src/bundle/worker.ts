import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { JobError } from '../core/problem.js';
import { writeTar } from './archive.js';
import { choose, complete, type Chosen } from './choose.js';
import type { FromThread, ThreadData, ToThread, WriteOrder, WrittenBundle } from './messages.js';

/** How often progress is told, in milliseconds. */
const tellMs = 100;

/**
 * The packing thread, from its start to its end: looks at a folder, tells the plan and, if asked, takes up what julia
 * found and packs it. What goes wrong with files it tells; anything else it throws. It reads and writes without yielding: who wants it to stop ends
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
    const told = task === 'pack' ? (on(port, 'message') as AsyncIterable<[ToThread]>) : undefined; // SAFETY: thread.ts alone sends.
    let chosen = choose(folder);
    tell({ kind: 'plan', planned: { plan: chosen.plan, need: chosen.need } });
    if (!told) return;
    for await (const [message] of told) {
      if (message.kind === 'write') {
        tell({ kind: 'written', written: await write(chosen, message.order, seldom(tell)) });
        return;
      }
      chosen = complete(chosen, message.outcome);
      tell({ kind: 'completed', plan: chosen.plan });
    }
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    tell({ kind: 'problem', problem: error.problem });
  }
}

async function write(
  { plan, entries, manifest }: Chosen,
  { to, root }: WriteOrder,
  report: (doneBytes: number) => void,
): Promise<WrittenBundle> {
  const written = await writeTar({ folder: plan.folder, root, entries, to }, report);
  const content = entries.find(({ path }) => path === manifest)?.content;
  return content
    ? { ...written, manifestSha256: createHash('sha256').update(content).digest('hex') }
    : written;
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
