import type { JobId } from '../../../core/domain/job.js';
import { JobError } from '../../../core/domain/problem.js';
import type { JobFactsStore } from '../../jobFacts/jobFactsStore.js';
import type { SchedulerCalls } from '../schedulerCalls.js';
import type { QueueDialect } from '../dialect.js';
import { createDetailsLoader } from './jobDetails.js';
import { getJobFacts, type JobFacts } from './jobFacts.js';
import { toJobError } from '../commandFailures.js';
import { toJobFolder } from '../submit/submission.js';
import { toArrayId } from '../taskIds.js';
import { mergePart, type SchedulerJob } from './schedulerJob.js';

/** Dependencies of resolving which job a number belongs to. */
export interface JobIdentityDeps {
  readonly calls: SchedulerCalls;
  readonly queue: QueueDialect;
  readonly notes: JobFactsStore<JobFacts>;
  /** The job as last shown, without a new query; for an array, any of its tasks. */
  readonly findKnown: (id: JobId, signal: AbortSignal) => Promise<SchedulerJob | undefined>;
}

/**
 * Checks with a new query that a number still belongs to the job that was shown, and returns the present job. A
 * cluster that was reinstalled, or whose numbers wrapped around, assigns them to other jobs.
 *
 * @throws {@link JobError} of kind `gone`, `offline`, `refused`, and `invalid` where the number belongs to another
 * job.
 */
export const confirmJob =
  (deps: JobIdentityDeps) =>
  async (id: JobId, signal: AbortSignal): Promise<SchedulerJob> => {
    const known = await deps.findKnown(id, signal);
    const now = await fetchCurrentJob(deps, id, signal);
    if (!now) throw new JobError({ kind: 'gone', name: known?.name ?? id });
    if (await isSameJob(id, known, now, deps, signal)) return now;
    throw new JobError({ kind: 'invalid', why: formatReusedId(id, now.name) });
  };

/** The reason for not changing a job whose number now belongs to another one. */
export const formatReusedId = (id: string, name: string): string =>
  `Nothing was done: ID ${id} now belongs to another job, ${name}. Refresh the list to see it.`;

/** The job that has this number now; for an array, any of its tasks. Undefined if the user has none. */
export async function fetchCurrentJob(
  { calls, queue }: Pick<JobIdentityDeps, 'calls' | 'queue'>,
  id: string,
  signal: AbortSignal,
): Promise<SchedulerJob | undefined> {
  const { argv, read } = queue.one ?? { argv: () => queue.argv, read: queue.read };
  const ran = await calls.query(argv(id), signal);
  if (ran.code !== 0) throw toJobError(ran, calls, id);
  let found: SchedulerJob | undefined;
  for (const seen of read(ran.output)) {
    if (typeof seen === 'string' || toArrayId(seen.id) !== toArrayId(id)) continue;
    found = mergePart(found, seen);
    if (found.part === undefined) break;
  }
  return (
    found && [...(await createDetailsLoader(calls, queue)(new Map([[found.id, found]]), signal)).values()][0]
  );
}

async function isSameJob(
  id: JobId,
  known: SchedulerJob | undefined,
  now: SchedulerJob,
  { queue, notes }: JobIdentityDeps,
  signal: AbortSignal,
): Promise<boolean> {
  if (!known) {
    const isNoted = (await notes.get(id)) !== undefined;
    return !isNoted || (await getJobFacts(notes, id, now)) !== undefined;
  }
  const [before, after] = [listJobFolders(known)[0], listJobFolders(now)[0]];
  if (before !== undefined && after !== undefined) return before === after;
  const [then, since] = [known.submitted?.getTime(), now.submitted?.getTime()];
  if (then !== undefined && then === since) return true;
  const isAlike =
    known.name === now.name &&
    known.workDir === now.workDir &&
    (known.command === undefined || known.command === now.command);
  if (!isAlike || then === undefined || since === undefined) return isAlike;
  // A requeued job has the time of its requeueing as its submission time.
  const [record] = (await queue.fetchRemembered?.(id, now.name, signal))?.values() ?? [];
  return since > then && (record?.restarts ?? 0) > 0;
}

/**
 * The folder that a job was submitted from, also where its script runs elsewhere: the job runs the script in that
 * folder. A job that another job submits runs in that job's folder and does not own it. Undefined if it has none, or
 * the scheduler does not list what it runs.
 */
export function findOwnFolder({ command }: Pick<SchedulerJob, 'command'>): string | undefined {
  const [, folder] = /^(\/.+?)\/job\.sh(?: |$)/s.exec(command ?? '') ?? [];
  return folder === undefined ? undefined : toJobFolder(`${folder}/work`);
}

/** The folder that contains its files; found by the working directory only if it is not known what the job runs. */
export const findJobFolder = (seen: Pick<SchedulerJob, 'command' | 'workDir'>): string | undefined =>
  seen.command === undefined ? toJobFolder(seen.workDir) : findOwnFolder(seen);

/** All job folders of the extension that a job uses. */
export const listJobFolders = (seen: Pick<SchedulerJob, 'command' | 'workDir'>): readonly string[] =>
  [findOwnFolder(seen), toJobFolder(seen.workDir)].filter((folder) => folder !== undefined);
