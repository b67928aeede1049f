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

/** What finding out which job a number means needs. */
export interface IdentityDeps {
  readonly calls: Calls;
  readonly queue: QueueDialect;
  readonly notes: Notes<JobNote>;
  /** The job as it was last shown, without a new look; of an array's own row, any of its tasks. */
  readonly known: (id: JobId, signal: AbortSignal) => Promise<Seen | undefined>;
}

/**
 * Makes sure, by a look that is made now, that a number still means the job that was shown, and gives it as it is now: a cluster that is set up
 * anew, or has come to the end of its numbers, gives them to other jobs.
 *
 * @throws {@link JobError} of kind `gone`, `offline`, `refused`, and `invalid` where the number means another job.
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

/** Why nothing is done to a number that another job has now. */
export const otherJobText = (id: string, name: string): string =>
  `Nothing was done: ID ${id} now belongs to another job, ${name}. Refresh the list to see it.`;

/** The job that has this number now; of an array, any of its tasks. Undefined: none of the user. */
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
  // One that was put into the queue again counts as submitted then.
  const [record] = (await queue.remembered?.(id, now.name, signal))?.values() ?? [];
  return since > then && (record?.restarts ?? 0) > 0;
}

/**
 * The folder of ours that a job was submitted from, also where its script has it run elsewhere: what it runs is the script
 * that lies there. A job that another one submits runs in that one's folder and does not own it. Undefined: it has none,
 * or the scheduler does not tell what it runs.
 */
export function ownFolder({ command }: Pick<Seen, 'command'>): string | undefined {
  const [, folder] = /^(\/.+?)\/job\.sh(?: |$)/s.exec(command ?? '') ?? [];
  return folder === undefined ? undefined : folderOf(`${folder}/work`);
}

/** The folder of ours in which its files are looked for; by where it runs only while it is not known what it runs. */
export const placeFolder = (seen: Pick<Seen, 'command' | 'workDir'>): string | undefined =>
  seen.command === undefined ? folderOf(seen.workDir) : ownFolder(seen);

/** All folders of ours that a job uses. */
export const usedFolders = (seen: Pick<Seen, 'command' | 'workDir'>): readonly string[] =>
  [ownFolder(seen), folderOf(seen.workDir)].filter((folder) => folder !== undefined);
