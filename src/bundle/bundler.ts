import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Bundle } from '../core/domain/jobSpec.js';
import type { Bundler, Packing, Plan } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { ignoreFileName } from '../languages/julia.js';
import type { Need } from './julia/need.js';
import { askJulia, type JuliaOptions } from './julia/runJulia.js';
import type { Planned } from './messages.js';
import { tempFolders, type TempFolders } from './tempFolders.js';
import { startThread, type Thread, type ThreadOptions } from './thread.js';

/** The options of {@link folderBundler}. */
export interface BundlerOptions extends ThreadOptions, JuliaOptions {
  /** The parent of the temporary folders for tars; the system's temporary folder by default. */
  readonly tempFolder?: string;
}

/** The temporary folders for tars. */
interface Temp extends TempFolders {
  readonly parent: string;
}

/** The origin of the size limit, as shown in the notice. */
const place = 'Batch Jobs';

/** The number of files listed if a bundle is too large. */
const namedWhenTooBig = 5;

/** The maximum time between two progress reports, in milliseconds. */
const repeatMs = 150;

/** Bundles folders of this machine. Each plan and each bundle uses its own worker thread. */
export function folderBundler(options: BundlerOptions): Bundler {
  const parent = options.tempFolder ?? tmpdir();
  const temp: Temp = { parent, ...tempFolders(parent, 'batch-jobs-bundle-') };
  return {
    plan: async (folder, signal) => {
      const thread = startThread(options, folder, signal);
      try {
        return (await thread.plan()).plan;
      } finally {
        await thread.end();
      }
    },

    pack: async (folder, limitBytes, report, signal) => {
      const thread = startThread(options, folder, signal);
      try {
        const planned = await steadily(
          (doneBytes) => report(doneBytes, 0),
          () => thread.plan(),
        );
        refuseUnfit(planned.plan, limitBytes);
        return begin({ thread, planned, limitBytes, temp, options, report, signal });
      } catch (error) {
        await thread.end();
        throw error;
      }
    },

    discard: async ({ file }) => {
      await temp.remove(dirname(file));
    },
  };
}

function refuseUnfit(plan: Plan, limitBytes: number): void {
  if (plan.files === 0) throw new JobError({ kind: 'nothingToSend', folder: plan.folder });
  if (plan.bytes <= limitBytes) return;
  const largest = plan.choices
    .filter(({ included, type }) => included && type === 'file')
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, namedWhenTooBig)
    .map(({ path, bytes }) => ({ path, bytes }));
  const { folder, bytes } = plan;
  throw new JobError({
    kind: 'tooBig',
    place,
    folder,
    bytes,
    limitBytes,
    ignoreFile: ignoreFileName,
    largest,
  });
}

/** A bundle that is being packed. */
interface Work {
  readonly thread: Thread;
  readonly planned: Planned;
  readonly limitBytes: number;
  readonly temp: Temp;
  readonly options: BundlerOptions;
  readonly report: (doneBytes: number, ofBytes: number) => void;
  readonly signal: AbortSignal;
}

function begin(work: Work): Packing {
  const { plan, need } = work.planned;
  const folder = work.temp.make();
  const completed = need && folder.then((temp) => complete(work, need, temp));
  const bundle = packInto(work, folder, completed ?? plan).finally(() => work.thread.end());
  // It may be cancelled before it is awaited.
  for (const promise of [completed, bundle]) promise?.catch(() => undefined);
  return { plan, ...(completed && { completed }), bundle };
}

/** Adds Julia's result to the plan, in the same thread. */
async function complete(
  { thread, limitBytes, options, signal }: Work,
  need: Need,
  temp: string,
): Promise<Plan> {
  const outcome = await askJulia(need, options, join(temp, 'julia'), signal);
  const plan = await thread.complete(outcome);
  refuseUnfit(plan, limitBytes);
  return plan;
}

async function packInto(
  work: Work,
  making: Promise<string>,
  planning: Plan | Promise<Plan>,
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
    const written = await steadily(report, async (heard) => {
      plan = await planning;
      return thread.write({ to: file, root }, heard);
    });
    report(plan.bytes);
    return { file, root, files: plan.files, ...written };
  } catch (error) {
    await thread.end();
    await temp.remove(folder);
    throw named(error, folder, temp.parent);
  }
}

/** Reports progress from 0 on, and repeats the last value while the thread is blocked by disk access. */
async function steadily<T>(
  report: (doneBytes: number) => void,
  act: (heard: (doneBytes: number) => void) => Promise<T>,
): Promise<T> {
  let last = 0;
  const repeat = (): void => {
    report(last);
    timer.refresh();
  };
  const timer = setTimeout(repeat, repeatMs);
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
function named(error: unknown, folder: string, parent: string): unknown {
  if (!(error instanceof JobError)) return error;
  const { problem } = error;
  const isTemp = (problem.kind === 'diskFull' || problem.kind === 'disk') && problem.path === folder;
  return isTemp ? new JobError({ ...problem, path: parent }, { cause: error }) : error;
}
