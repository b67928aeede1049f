import * as z from 'zod/mini';
import type { Request } from '../../../core/domain/jobSpec.js';
import { looksSecret } from '../../../lib/secretNames.js';
import type { Notes } from '../../notes/notes.js';
import type { Seen } from './seen.js';
import { dayMs } from '../../../lib/time.js';

/** What is remembered of a job that was submitted here, or whose log was once found. */
export const JobNote = z.object({
  /** Its folder on the cluster, absolute; absent: it is not one of ours. */
  folder: z.optional(z.string()),
  /** The pattern of its output, absolute; absent: it is not known. */
  output: z.optional(z.string()),
  /** The pattern of its stderr; absent: it goes where the output goes. */
  error: z.optional(z.string()),
  /** The script's name, below the folder it runs in. */
  script: z.optional(z.string()),
  name: z.optional(z.string()),
  /** When it was submitted, by this machine's clock, or the controller's of a job that is none of ours. ISO 8601. */
  at: z.optional(z.string()),
  /** What it was submitted with; absent: it is not known, or holds what looks like a secret. */
  request: z.optional(
    z.object({
      args: z.array(z.string()),
      env: z.record(z.string(), z.string()),
      limitMs: z.optional(z.number()),
      options: z.record(z.string(), z.string()),
    }),
  ),
  /** How many files were laid into the folder it runs in. */
  laid: z.optional(z.number()),
  /** It was deleted by the user: when it had been submitted, by which it is told from a later job of this number. */
  removed: z.optional(z.number()),
});
export type JobNote = z.infer<typeof JobNote>;

/** What is remembered of a request: not of one that seems to hold a secret. */
export function rememberedRequest({ args, env, limitMs, options }: Request): JobNote['request'] {
  const words = [...args, ...(options['extra'] ?? '').split(/\s+/)];
  const names = [...Object.keys(env), ...words.map((word) => word.split('=')[0] ?? '')];
  if (names.some(looksSecret)) return undefined;
  return {
    args: [...args],
    env: { ...env },
    options: { ...options },
    ...(limitMs === undefined ? {} : { limitMs }),
  };
}

/** True: the user deleted it. */
export const isRemoved = ({ removed }: JobNote, { submitted }: Seen): boolean =>
  removed !== undefined && removed === (submitted?.getTime() ?? 0);

/**
 * What is remembered of a job, or of the array it is a task of. A note of an earlier job is none: a cluster that is set
 * up anew, or has come to the end of its numbers, begins to count anew.
 */
export async function noteOf(
  notes: Notes<JobNote>,
  id: string,
  seen: Seen | undefined,
): Promise<JobNote | undefined> {
  const own = await notes.of(id);
  const note = own ?? (seen?.base === undefined ? undefined : await notes.of(String(seen.base)));
  return note && (!seen || isOf(note, seen)) ? note : undefined;
}

/** How far the clocks of two machines may be apart, in milliseconds. */
const clocksMs = dayMs;

/** A job of ours is the one in its folder; where that cannot be told, the one of its name at its time. */
function isOf({ folder, name, at }: JobNote, { name: seenName, workDir, command, submitted }: Seen): boolean {
  if (folder !== undefined) {
    if (isBelow(workDir, folder)) return true;
    // A script may have its job run elsewhere; what it runs lies in the folder all the same.
    if (command !== undefined) return isBelow(command, folder);
  }
  if (name !== undefined && name !== seenName) return false;
  if (at === undefined || submitted === undefined) return true;
  const apartMs = Math.abs(submitted.getTime() - Date.parse(at));
  return folder === undefined ? apartMs < 1_000 : apartMs < clocksMs;
}

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);
