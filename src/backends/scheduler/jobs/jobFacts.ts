import * as z from 'zod/mini';
import type { JobRequest } from '../../../core/domain/jobSpec.js';
import { isSecretFileName } from '../../../lib/secretNames.js';
import type { JobFactsStore } from '../../jobFacts/jobFactsStore.js';
import type { SchedulerJob } from './schedulerJob.js';
import { dayMs } from '../../../lib/time.js';

/** The note about a job that was submitted by this extension, or whose log was once found. */
export const JobFacts = z.object({
  /** Its folder on the cluster, absolute; absent if it has none of the extension's folders. */
  folder: z.optional(z.string()),
  /** The pattern of its output, absolute; absent if unknown. */
  output: z.optional(z.string()),
  /** The pattern of its stderr; absent if it goes to the output. */
  error: z.optional(z.string()),
  /** The script's name, relative to the working directory. */
  script: z.optional(z.string()),
  name: z.optional(z.string()),
  /** When it was submitted, by this machine's clock; for other jobs by the controller's clock. ISO 8601. */
  at: z.optional(z.string()),
  /** The request; absent if it is unknown or contains what looks like a secret. */
  request: z.optional(
    z.object({
      args: z.array(z.string()),
      env: z.record(z.string(), z.string()),
      limitMs: z.optional(z.number()),
      options: z.record(z.string(), z.string()),
    }),
  ),
  /** How many files were written into the working directory. */
  laid: z.optional(z.number()),
  /** Set for a deleted job: its submission time, which distinguishes it from a later job with the same number. */
  removed: z.optional(z.number()),
});
export type JobFacts = z.infer<typeof JobFacts>;

/** The request as it is stored; undefined if it seems to contain a secret. */
export function toRequestFacts({ args, env, limitMs, options }: JobRequest): JobFacts['request'] {
  const words = [...args, ...(options['extra'] ?? '').split(/\s+/)];
  const names = [...Object.keys(env), ...words.map((word) => word.split('=')[0] ?? '')];
  if (names.some(isSecretFileName)) return undefined;
  return {
    args: [...args],
    env: { ...env },
    options: { ...options },
    ...(limitMs === undefined ? {} : { limitMs }),
  };
}

/** True if the user deleted this job. */
export const isDeletedJob = ({ removed }: JobFacts, { submitted }: SchedulerJob): boolean =>
  removed !== undefined && removed === (submitted?.getTime() ?? 0);

/**
 * The note about a job, or about the array of a task. Notes about an earlier job with the same number are ignored: a
 * cluster that was reinstalled, or whose numbers wrapped around, assigns numbers again.
 */
export async function getJobFacts(
  notes: JobFactsStore<JobFacts>,
  id: string,
  seen: SchedulerJob | undefined,
): Promise<JobFacts | undefined> {
  const own = await notes.get(id);
  const note = own ?? (seen?.base === undefined ? undefined : await notes.get(String(seen.base)));
  return note && (!seen || isForJob(note, seen)) ? note : undefined;
}

/** How far the clocks of two machines can differ, in milliseconds. */
const maxClockSkewMs = dayMs;

/** Identifies a job by its folder; where that is not possible, by its name and time. */
function isForJob(
  { folder, name, at }: JobFacts,
  { name: seenName, workDir, command, submitted }: SchedulerJob,
): boolean {
  if (folder !== undefined) {
    if (isBelow(workDir, folder)) return true;
    // The script can change the working directory; the command still lies in the folder.
    if (command !== undefined) return isBelow(command, folder);
  }
  if (name !== undefined && name !== seenName) return false;
  if (at === undefined || submitted === undefined) return true;
  const apartMs = Math.abs(submitted.getTime() - Date.parse(at));
  return folder === undefined ? apartMs < 1_000 : apartMs < maxClockSkewMs;
}

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);
