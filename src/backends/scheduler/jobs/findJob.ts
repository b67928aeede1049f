import { neverAborted } from '../../../lib/abort.js';
import type { JobId } from '../../../core/domain/job.js';
import type { Clock } from '../../../core/domain/ports.js';
import { fetchCurrentJob, type JobIdentityDeps } from './jobIdentity.js';
import { isFinished, type SchedulerJob } from './schedulerJob.js';
import type { JobWatcher } from './jobWatcher.js';
import type { SubmissionPaths } from '../submit/submission.js';

/** The maximum and minimum age of the list for a query about one job, in milliseconds. */
export const maxLogAgeMs = 10_000;

export const minLogAgeMs = 2_000;

export async function hasNeverStarted(id: string, identity: JobIdentityDeps): Promise<boolean> {
  const job = await fetchCurrentJob(identity, id, neverAborted).catch(() => undefined);
  const isStopped = job?.state.kind === 'ended' && job.state.outcome === 'stopped';
  return isStopped && job.state.word === 'CANCELLED' && job.nodeList === undefined;
}

/** For the row of an array, any of its tasks. */
export async function findListedJob(
  id: string,
  watching: JobWatcher,
  ageMs: number,
  signal: AbortSignal,
): Promise<SchedulerJob | undefined> {
  const { jobs } = await watching.getSnapshot(ageMs, signal);
  return jobs.get(id) ?? [...jobs.values()].find((one) => String(one.base) === id);
}

/**
 * A job whose log is read. A job that started recently is queried more often than one that has run for hours: its end
 * is more likely to be near.
 */
export async function findLoggedJob(
  id: JobId,
  watching: JobWatcher,
  clock: Clock,
  signal: AbortSignal,
): Promise<SchedulerJob | undefined> {
  const known = await findListedJob(id, watching, maxLogAgeMs, signal);
  if (!known || isFinished(known)) return known;
  const now = clock.now();
  // The start of a queued job is an estimate.
  const { submitted = now, start = submitted, state } = known;
  const since = state.kind === 'queued' ? submitted : start;
  const ageMs = Math.max(minLogAgeMs, (now.getTime() - since.getTime()) / 10);
  return ageMs < maxLogAgeMs ? findListedJob(id, watching, ageMs, signal) : known;
}

/** The job in this folder, by a new query; its script can run elsewhere. */
export async function findJobByFolder(
  { work, script }: SubmissionPaths,
  watching: JobWatcher,
  signal: AbortSignal,
): Promise<string | undefined> {
  watching.invalidate();
  const { jobs } = await watching.getSnapshot(0, signal);
  const all = [...jobs.values()];
  // A job that this one submitted runs in its folder as well.
  const found =
    all.find(({ command }) => command === script || command?.startsWith(`${script} `)) ??
    all.find(({ workDir, command }) => command === undefined && workDir === work);
  return found && (found.base === undefined ? found.id : String(found.base));
}
