import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { JobError } from '../core/domain/problem.js';
import { assertNever } from '../lib/assertNever.js';
import type { writeTar } from './archive.js';
import { listDecisions, planBundle, completeBundlePlan, type BundlePlan } from './planBundle.js';
import type {
  PackThreadResponse,
  BundleSummary,
  PackThreadData,
  PackThreadRequest,
  WriteTarRequest,
  WrittenBundle,
} from './messages.js';

type ArchiverLoader = () => Promise<{ readonly writeTar: typeof writeTar }>;

/** The interval of progress messages, in milliseconds. */
const progressIntervalMs = 100;

/** The number of choices per message: small enough to be processed in a few milliseconds. */
const decisionsPerMessage = 2000;

/**
 * Runs the packing thread: scans a folder, sends the plan and, on request, its choices, adds Julia's result
 * and packs the files. Sends expected failures as messages and throws all others. Reads and writes without
 * yielding: to stop it, terminate the thread and delete its output.
 *
 * @param archiver - Loads `archive.ts`, which is only needed for packing.
 */
export async function runPackWorker(archiver: ArchiverLoader): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('this program must run in a worker thread');
  const tell = (message: PackThreadResponse): void => {
    port.postMessage(message);
  };
  // SAFETY: only packThread.ts starts this thread, with exactly this data.
  const { folder } = workerData as PackThreadData;
  try {
    const told = on(port, 'message') as AsyncIterable<[PackThreadRequest]>; // SAFETY: only packThread.ts sends messages.
    let chosen = planBundle(folder);
    tell({ kind: 'plan', planned: { plan: toBundleSummary(chosen), need: chosen.need } });
    for await (const [message] of told) {
      switch (message.kind) {
        case 'show':
          tell({
            kind: 'shown',
            choices: listDecisions(chosen, message.from, message.from + decisionsPerMessage),
          });
          break;
        case 'complete':
          chosen = completeBundlePlan(chosen, message.outcome);
          tell({ kind: 'completed', plan: toBundleSummary(chosen) });
          break;
        case 'write':
          tell({
            kind: 'written',
            written: await writeBundle(archiver, chosen, message.order, throttleProgress(tell)),
          });
          return;
        default:
          assertNever(message);
      }
    }
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    tell({ kind: 'problem', problem: error.problem });
  }
}

const toBundleSummary = ({ plan, walked }: BundlePlan): BundleSummary => ({
  ...plan,
  count: walked.paths.length,
});

async function writeBundle(
  archiver: ArchiverLoader,
  { plan, entries, manifest }: BundlePlan,
  { to, root }: WriteTarRequest,
  report: (doneBytes: number) => void,
): Promise<WrittenBundle> {
  const tar = await archiver();
  const written = await tar.writeTar({ folder: plan.folder, root, entries, to }, report);
  const content = entries.find(({ path }) => path === manifest)?.content;
  return content
    ? { ...written, lockFileSha256: createHash('sha256').update(content).digest('hex') }
    : written;
}

function throttleProgress(tell: (message: PackThreadResponse) => void): (doneBytes: number) => void {
  let next = 0;
  return (doneBytes) => {
    const now = performance.now();
    if (now < next) return;
    next = now + progressIntervalMs;
    tell({ kind: 'progress', doneBytes });
  };
}
