import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { JobError } from '../core/domain/problem.js';
import { unreachable } from '../lib/unreachable.js';
import type { writeTar } from './archive.js';
import { choicesOf, choose, complete, type Chosen } from './choose.js';
import type { FromThread, Outline, ThreadData, ToThread, WriteOrder, WrittenBundle } from './messages.js';

type Archiver = () => Promise<{ readonly writeTar: typeof writeTar }>;

/** The interval of progress messages, in milliseconds. */
const tellMs = 100;

/** The number of choices per message: small enough to be processed in a few milliseconds. */
const shownAtOnce = 2000;

/**
 * Runs the packing thread: scans a folder, sends the plan and, on request, its choices, adds Julia's result
 * and packs the files. Sends expected failures as messages and throws all others. Reads and writes without
 * yielding: to stop it, terminate the thread and delete its output.
 *
 * @param archiver - Loads `archive.ts`, which is only needed for packing.
 */
export async function runWorker(archiver: Archiver): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('this program must run in a worker thread');
  const tell = (message: FromThread): void => {
    port.postMessage(message);
  };
  // SAFETY: only thread.ts starts this thread, with exactly this data.
  const { folder } = workerData as ThreadData;
  try {
    const told = on(port, 'message') as AsyncIterable<[ToThread]>; // SAFETY: only thread.ts sends messages.
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
