import type { JobId } from '../../../core/domain/job.js';
import { JobError } from '../../../core/domain/problem.js';
import type { Notes } from '../../notes/notes.js';
import type { Calls } from '../calls.js';
import type { QueueDialect } from '../dialect.js';
import { createDetails } from './jobDetails.js';
import { noteOf, type JobNote } from './jobNote.js';
import { problemOf } from '../refusals.js';
import { folderOf } from '../submit/submission.js';
import { wholeOf } from '../taskIds.js';
import { joinPart, type Seen } from './seen.js';

/** Dependencies of resolving which job a number belongs to. */
export interface IdentityDeps {
  readonly calls: Calls;
  readonly queue: QueueDialect;
  readonly notes: Notes<JobNote>;
  /** The job as last shown, without a new query; for an array, any of its tasks. */
  readonly known: (id: JobId, signal: AbortSignal) => Promise<Seen | undefined>;
}

/**
 * Checks with a new query that a number still belongs to the job that was shown, and returns the present job. A
 * cluster that was reinstalled, or whose numbers wrapped around, assigns them to other jobs.
 *
 * @throws {@link JobError} of kind `gone`, `offline`, `refused`, and `invalid` where the number belongs to another
 * job.
 */
export const confirmJob =
  (deps: IdentityDeps) =>
  async (id: JobId, signal: AbortSignal): Promise<Seen> => {
    const known = await deps.known(id, signal);
    const now = await lookAt(deps, id, signal);
    if (!now) throw new JobError({ kind: 'gone', name: known?.name ?? id });
    if (await isMeant(id, known, now, deps, signal)) return now;
    throw new JobError({ kind: 'invalid', why: otherJobText(id, now.name) });
  };

/** The reason for not changing a job whose number now belongs to another one. */
export const otherJobText = (id: string, name: string): string =>
  `Nothing was done: ID ${id} now belongs to another job, ${name}. Refresh the list to see it.`;

/** The job that has this number now; for an array, any of its tasks. Undefined if the user has none. */
export async function lookAt(
  { calls, queue }: Pick<IdentityDeps, 'calls' | 'queue'>,
  id: string,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const { argv, read } = queue.one ?? { argv: () => queue.argv, read: queue.read };
  const ran = await calls.ask(argv(id), signal);
  if (ran.code !== 0) throw problemOf(ran, calls, id);
  let found: Seen | undefined;
  for (const seen of read(ran.output)) {
    if (typeof seen === 'string' || wholeOf(seen.id) !== wholeOf(id)) continue;
    found = joinPart(found, seen);
    if (found.part === undefined) break;
  }
  return found && [...(await createDetails(calls, queue)(new Map([[found.id, found]]), signal)).values()][0];
}

async function isMeant(
  id: JobId,
  known: Seen | undefined,
  now: Seen,
  { queue, notes }: IdentityDeps,
  signal: AbortSignal,
): Promise<boolean> {
  if (!known) {
    const isNoted = (await notes.of(id)) !== undefined;
    return !isNoted || (await noteOf(notes, id, now)) !== undefined;
  }
  const [before, after] = [usedFolders(known)[0], usedFolders(now)[0]];
  if (before !== undefined && after !== undefined) return before === after;
  const [then, since] = [known.submitted?.getTime(), now.submitted?.getTime()];
  if (then !== undefined && then === since) return true;
  const isAlike =
    known.name === now.name &&
    known.workDir === now.workDir &&
    (known.command === undefined || known.command === now.command);
  if (!isAlike || then === undefined || since === undefined) return isAlike;
  // A requeued job has the time of its requeueing as its submission time.
  const [record] = (await queue.remembered?.(id, now.name, signal))?.values() ?? [];
  return since > then && (record?.restarts ?? 0) > 0;
}

/**
 * The folder that a job was submitted from, also where its script runs elsewhere: the job runs the script in that
 * folder. A job that another job submits runs in that job's folder and does not own it. Undefined if it has none, or
 * the scheduler does not list what it runs.
 */
export function ownFolder({ command }: Pick<Seen, 'command'>): string | undefined {
  const [, folder] = /^(\/.+?)\/job\.sh(?: |$)/s.exec(command ?? '') ?? [];
  return folder === undefined ? undefined : folderOf(`${folder}/work`);
}

/** The folder that contains its files; found by the working directory only if it is not known what the job runs. */
export const placeFolder = (seen: Pick<Seen, 'command' | 'workDir'>): string | undefined =>
  seen.command === undefined ? folderOf(seen.workDir) : ownFolder(seen);

/** All job folders of the extension that a job uses. */
export const usedFolders = (seen: Pick<Seen, 'command' | 'workDir'>): readonly string[] =>
  [ownFolder(seen), folderOf(seen.workDir)].filter((folder) => folder !== undefined);
