import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Bundle } from '../core/domain/jobSpec.js';
import type { FolderBundler, PackJob, PackPlan } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { ignoreFileName } from '../languages/julia.js';
import type { ResolveTask } from './julia/resolveTask.js';
import { runJulia, type RunJuliaDeps } from './julia/runJulia.js';
import type { PlanReady } from './messages.js';
import { createTempFolderPool, type TempFolderPool } from './tempFolders.js';
import { startPackThread, type PackThread, type PackThreadOptions } from './packThread.js';

/** The options of {@link createFolderBundler}. */
export interface FolderBundlerDeps extends PackThreadOptions, RunJuliaDeps {
  /** The parent of the temporary folders for tars; the system's temporary folder by default. */
  readonly tempFolder?: string;
}

/** The temporary folders for tars. */
interface TempLocation extends TempFolderPool {
  readonly parent: string;
}

/** The origin of the size limit, as shown in the notice. */
const limitOwner = 'Batch Jobs';

/** The number of files listed if a bundle is too large. */
const maxNamedFiles = 5;

/** The maximum time between two progress reports, in milliseconds. */
const progressRepeatMs = 150;

/** Bundles folders of this machine. Each plan and each bundle uses its own worker thread. */
export function createFolderBundler(options: FolderBundlerDeps): FolderBundler {
  const parent = options.tempFolder ?? tmpdir();
  const temp: TempLocation = { parent, ...createTempFolderPool(parent, 'batch-jobs-bundle-') };
  return {
    plan: async (folder, signal) => {
      const thread = startPackThread(options, folder, signal);
      try {
        return (await thread.plan()).plan;
      } finally {
        await thread.dispose();
      }
    },

    pack: async (folder, limitBytes, report, signal) => {
      const thread = startPackThread(options, folder, signal);
      try {
        const planned = await withSteadyProgress(
          (doneBytes) => report(doneBytes, 0),
          () => thread.plan(),
        );
        throwIfUnfit(planned.plan, limitBytes);
        return startPackJob({ thread, planned, limitBytes, temp, options, report, signal });
      } catch (error) {
        await thread.dispose();
        throw error;
      }
    },

    discard: async ({ file }) => {
      await temp.remove(dirname(file));
    },
  };
}

function throwIfUnfit(plan: PackPlan, limitBytes: number): void {
  if (plan.files === 0) throw new JobError({ kind: 'nothingToSend', folder: plan.folder });
  if (plan.bytes <= limitBytes) return;
  const largest = plan.decisions
    .filter(({ included, type }) => included && type === 'file')
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, maxNamedFiles)
    .map(({ path, bytes }) => ({ path, bytes }));
  const { folder, bytes } = plan;
  throw new JobError({
    kind: 'tooBig',
    place: limitOwner,
    folder,
    bytes,
    limitBytes,
    ignoreFile: ignoreFileName,
    largest,
  });
}

/** A bundle that is being packed. */
interface PackDeps {
  readonly thread: PackThread;
  readonly planned: PlanReady;
  readonly limitBytes: number;
  readonly temp: TempLocation;
  readonly options: FolderBundlerDeps;
  readonly report: (doneBytes: number, ofBytes: number) => void;
  readonly signal: AbortSignal;
}

function startPackJob(work: PackDeps): PackJob {
  const { plan, need } = work.planned;
  const folder = work.temp.make();
  const completed = need && folder.then((temp) => completePlan(work, need, temp));
  const bundle = packInto(work, folder, completed ?? plan).finally(() => work.thread.dispose());
  // It may be cancelled before it is awaited.
  for (const promise of [completed, bundle]) promise?.catch(() => undefined);
  return { plan, ...(completed && { completed }), bundle };
}

/** Adds Julia's result to the plan, in the same thread. */
async function completePlan(
  { thread, limitBytes, options, signal }: PackDeps,
  need: ResolveTask,
  temp: string,
): Promise<PackPlan> {
  const outcome = await runJulia(need, options, join(temp, 'julia'), signal);
  const plan = await thread.complete(outcome);
  throwIfUnfit(plan, limitBytes);
  return plan;
}

async function packInto(
  work: PackDeps,
  making: Promise<string>,
  planning: PackPlan | Promise<PackPlan>,
): Promise<Bundle> {
  const { thread, planned, temp } = work;
  const folder = await making;
  const file = join(folder, 'bundle.tar');
  try {
    const root = basename(planned.plan.folder) || 'bundle'; // the root of a disk has no name
    let { plan } = planned;
    const report = (doneBytes: number): void => {
      work.report(doneBytes, plan.bytes);
    };
    const written = await withSteadyProgress(report, async (heard) => {
      plan = await planning;
      return thread.write({ to: file, root }, heard);
    });
    report(plan.bytes);
    return { file, root, files: plan.files, ...written };
  } catch (error) {
    await thread.dispose();
    await temp.remove(folder);
    throw renameTempFolder(error, folder, temp.parent);
  }
}

/** Reports progress from 0 on, and repeats the last value while the thread is blocked by disk access. */
async function withSteadyProgress<T>(
  report: (doneBytes: number) => void,
  act: (heard: (doneBytes: number) => void) => Promise<T>,
): Promise<T> {
  let last = 0;
  const repeat = (): void => {
    report(last);
    timer.refresh();
  };
  const timer = setTimeout(repeat, progressRepeatMs);
  try {
    repeat();
    return await act((doneBytes) => {
      last = doneBytes;
      repeat();
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Replaces the temporary folder in an error by its parent, which the user knows. */
function renameTempFolder(error: unknown, folder: string, parent: string): unknown {
  if (!(error instanceof JobError)) return error;
  const { problem } = error;
  const isTemp = (problem.kind === 'diskFull' || problem.kind === 'disk') && problem.path === folder;
  return isTemp ? new JobError({ ...problem, path: parent }, { cause: error }) : error;
}
