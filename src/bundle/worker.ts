import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { JobError } from '../core/domain/problem.js';
import { unreachable } from '../lib/unreachable.js';
import type { writeTar } from './archive.js';
import { choicesOf, choose, complete, type Chosen } from './choose.js';
import type { FromThread, Outline, ThreadData, ToThread, WriteOrder, WrittenBundle } from './messages.js';

type Archiver = () => Promise<{ readonly writeTar: typeof writeTar }>;

/** How often progress is told, in milliseconds. */
const tellMs = 100;

/** How many choices are shown at once: so many that taking them up costs a few milliseconds. */
const shownAtOnce = 2000;

/**
 * The packing thread, from its start to its end: looks at a folder, tells the plan and, if asked, shows its choices,
 * takes up what julia found and packs it. What goes wrong with files it tells; anything else it throws. It reads and
 * writes without yielding: who wants it to stop ends the thread, and removes what it wrote.
 *
 * @param archiver - Loads `archive.ts`, which is asked for when something is to be written; a plan needs none of it.
 */
export async function runWorker(archiver: Archiver): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('this runs in a worker thread only');
  const tell = (message: FromThread): void => {
    port.postMessage(message);
  };
  const { folder } = workerData as ThreadData; // SAFETY: bundler.ts alone starts this thread, with just this.
  try {
    const told = on(port, 'message') as AsyncIterable<[ToThread]>; // SAFETY: thread.ts alone sends.
    let chosen = choose(folder);
    tell({ kind: 'plan', planned: { plan: outlineOf(chosen), need: chosen.need } });
    for await (const [message] of told) {
      switch (message.kind) {
        case 'show':
          tell({ kind: 'shown', choices: choicesOf(chosen, message.from, message.from + shownAtOnce) });
          break;
        case 'complete':
          chosen = complete(chosen, message.outcome);
          tell({ kind: 'completed', plan: outlineOf(chosen) });
          break;
        case 'write':
          tell({ kind: 'written', written: await write(archiver, chosen, message.order, seldom(tell)) });
          return;
        default:
          unreachable(message);
      }
    }
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    tell({ kind: 'problem', problem: error.problem });
  }
}

const outlineOf = ({ plan, walked }: Chosen): Outline => ({ ...plan, count: walked.found.length });

async function write(
  archiver: Archiver,
  { plan, entries, manifest }: Chosen,
  { to, root }: WriteOrder,
  report: (doneBytes: number) => void,
): Promise<WrittenBundle> {
  const tar = await archiver();
  const written = await tar.writeTar({ folder: plan.folder, root, entries, to }, report);
  const content = entries.find(({ path }) => path === manifest)?.content;
  return content
    ? { ...written, lockFileSha256: createHash('sha256').update(content).digest('hex') }
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
