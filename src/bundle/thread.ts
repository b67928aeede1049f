import { Worker } from 'node:worker_threads';
import type { Choice, Plan } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import type { Outcome } from './julia/report.js';
import type {
  FromThread,
  Outline,
  Planned,
  ThreadData,
  ToThread,
  WriteOrder,
  WrittenBundle,
} from './messages.js';
import { createAbortError } from '../lib/abort.js';

/** The options of a packing thread. */
export interface ThreadOptions {
  /** A program that calls `runWorker` when started as a worker thread. */
  readonly program: string | URL;
  /** Node options of the thread; none by default. */
  readonly execArgv?: readonly string[];
}

/**
 * A small young generation: contents of files pass through quickly, and the plan of many files is long-lived
 * anyway.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/**
 * A packing thread. When the signal is aborted, pending promises reject with an AbortError immediately; the
 * thread can keep running until {@link Thread.end} resolves.
 */
export interface Thread {
  /** The initial plan. Call it once, directly after the start. */
  readonly plan: () => Promise<Planned>;
  /** Adds Julia's result and returns the changed plan. */
  readonly complete: (outcome: Outcome) => Promise<Plan>;
  /** Packs the plan. */
  readonly write: (order: WriteOrder, report: (doneBytes: number) => void) => Promise<WrittenBundle>;
  /** Terminates the thread, even while it works. */
  readonly end: () => Promise<void>;
}

/** Starts a thread that scans a folder. @throws an AbortError if the signal is already aborted. */
export function startThread(options: ThreadOptions, folder: string, signal: AbortSignal): Thread {
  if (signal.aborted) throw aborted();
  const workerData: ThreadData = { batchJobs: 'bundle', folder };
  const execArgv = [...(options.execArgv ?? [])];
  const worker = new Worker(options.program, {
    workerData,
    execArgv,
    resourceLimits,
    name: 'batch-jobs-bundle',
  });
  const stop = new AbortController(); // removes the listeners below; its reason is the final error
  const over = (reason: unknown): void => {
    stop.abort(reason);
  };
  const onAbort = (): void => {
    over(aborted());
  };
  signal.addEventListener('abort', onAbort, { once: true });
  worker.once('error', over);
  worker.once('exit', () => {
    over(new Error('the packing thread exited unexpectedly'));
  });
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'problem') over(new JobError(message.problem));
  });
  const tell = (message: ToThread): void => {
    worker.postMessage(message);
  };
  const filled = async ({ count, ...plan }: Outline): Promise<Plan> => {
    const choices: Choice[] = [];
    while (choices.length < count) {
      tell({ kind: 'show', from: choices.length });
      choices.push(...(await heard(worker, 'shown', stop.signal)).choices);
    }
    return { ...plan, choices };
  };
  return {
    plan: async () => {
      const { plan, need } = (await heard(worker, 'plan', stop.signal)).planned;
      return { plan: await filled(plan), need };
    },
    complete: async (outcome) => {
      tell({ kind: 'complete', outcome });
      return filled((await heard(worker, 'completed', stop.signal)).plan);
    },
    write: async (order, report) => {
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'progress' && !stop.signal.aborted) report(message.doneBytes);
      });
      tell({ kind: 'write', order });
      return (await heard(worker, 'written', stop.signal)).written;
    },
    end: async () => {
      signal.removeEventListener('abort', onAbort);
      await worker.terminate();
    },
  };
}

/** The next message of a kind; rejects with the signal's reason. */
function heard<K extends FromThread['kind']>(
  worker: Worker,
  kind: K,
  stop: AbortSignal,
): Promise<Extract<FromThread, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      worker.off('message', hear);
      stop.removeEventListener('abort', fail);
    };
    const fail = (): void => {
      over();
      reject(stop.reason as Error); // SAFETY: only errors are passed as reasons above.
    };
    const hear = (message: FromThread): void => {
      if (!isOfKind(message, kind)) return;
      over();
      resolve(message);
    };
    stop.addEventListener('abort', fail, { once: true });
    worker.on('message', hear);
    if (stop.aborted) fail();
  });
}

const isOfKind = <K extends FromThread['kind']>(
  message: FromThread,
  kind: K,
): message is Extract<FromThread, { kind: K }> => message.kind === kind;

const aborted = (): Error => createAbortError('The bundle was cancelled.');
