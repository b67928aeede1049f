import { Worker } from 'node:worker_threads';
import type { FileDecision, PackPlan } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import type { JuliaRunResult } from './julia/parseResolution.js';
import type {
  PackThreadResponse,
  BundleSummary,
  PlanReady,
  PackThreadData,
  PackThreadRequest,
  WriteTarRequest,
  WrittenBundle,
} from './messages.js';
import { createAbortError } from '../lib/abort.js';

/** The options of a packing thread. */
export interface PackThreadOptions {
  /** A program that calls `runWorker` when started as a worker thread. */
  readonly program: string | URL;
  /** Node options of the thread; none by default. */
  readonly execArgv?: readonly string[];
}

/**
 * A small young generation: contents of files pass through quickly, and the plan of many files is long-lived
 * anyway.
 */
const threadResourceLimits = { maxYoungGenerationSizeMb: 8 };

/**
 * A packing thread. When the signal is aborted, pending promises reject with an AbortError immediately; the
 * thread can keep running until {@link PackThread.dispose} resolves.
 */
export interface PackThread {
  /** The initial plan. Call it once, directly after the start. */
  readonly plan: () => Promise<PlanReady>;
  /** Adds Julia's result and returns the changed plan. */
  readonly complete: (outcome: JuliaRunResult) => Promise<PackPlan>;
  /** Packs the plan. */
  readonly write: (order: WriteTarRequest, report: (doneBytes: number) => void) => Promise<WrittenBundle>;
  /** Terminates the thread, even while it works. */
  readonly dispose: () => Promise<void>;
}

/** Starts a thread that scans a folder. @throws an AbortError if the signal is already aborted. */
export function startPackThread(options: PackThreadOptions, folder: string, signal: AbortSignal): PackThread {
  if (signal.aborted) throw createBundleAbortError();
  const workerData: PackThreadData = { batchJobs: 'bundle', folder };
  const execArgv = [...(options.execArgv ?? [])];
  const worker = new Worker(options.program, {
    workerData,
    execArgv,
    resourceLimits: threadResourceLimits,
    name: 'batch-jobs-bundle',
  });
  const stop = new AbortController(); // removes the listeners below; its reason is the final error
  const over = (reason: unknown): void => {
    stop.abort(reason);
  };
  const onAbort = (): void => {
    over(createBundleAbortError());
  };
  signal.addEventListener('abort', onAbort, { once: true });
  worker.once('error', over);
  worker.once('exit', () => {
    over(new Error('the packing thread exited unexpectedly'));
  });
  worker.on('message', (message: PackThreadResponse) => {
    if (message.kind === 'problem') over(new JobError(message.problem));
  });
  const tell = (message: PackThreadRequest): void => {
    worker.postMessage(message);
  };
  const filled = async ({ count, ...plan }: BundleSummary): Promise<PackPlan> => {
    const choices: FileDecision[] = [];
    while (choices.length < count) {
      tell({ kind: 'show', from: choices.length });
      choices.push(...(await waitForMessage(worker, 'shown', stop.signal)).choices);
    }
    return { ...plan, decisions: choices };
  };
  return {
    plan: async () => {
      const { plan, need } = (await waitForMessage(worker, 'plan', stop.signal)).planned;
      return { plan: await filled(plan), need };
    },
    complete: async (outcome) => {
      tell({ kind: 'complete', outcome });
      return filled((await waitForMessage(worker, 'completed', stop.signal)).plan);
    },
    write: async (order, report) => {
      worker.on('message', (message: PackThreadResponse) => {
        if (message.kind === 'progress' && !stop.signal.aborted) report(message.doneBytes);
      });
      tell({ kind: 'write', order });
      return (await waitForMessage(worker, 'written', stop.signal)).written;
    },
    dispose: async () => {
      signal.removeEventListener('abort', onAbort);
      await worker.terminate();
    },
  };
}

/** The next message of a kind; rejects with the signal's reason. */
function waitForMessage<K extends PackThreadResponse['kind']>(
  worker: Worker,
  kind: K,
  stop: AbortSignal,
): Promise<Extract<PackThreadResponse, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      worker.off('message', hear);
      stop.removeEventListener('abort', fail);
    };
    const fail = (): void => {
      over();
      reject(stop.reason as Error); // SAFETY: only errors are passed as reasons above.
    };
    const hear = (message: PackThreadResponse): void => {
      if (!isOfKind(message, kind)) return;
      over();
      resolve(message);
    };
    stop.addEventListener('abort', fail, { once: true });
    worker.on('message', hear);
    if (stop.aborted) fail();
  });
}

const isOfKind = <K extends PackThreadResponse['kind']>(
  message: PackThreadResponse,
  kind: K,
): message is Extract<PackThreadResponse, { kind: K }> => message.kind === kind;

const createBundleAbortError = (): Error => createAbortError('The bundle was cancelled.');
