import * as z from 'zod/mini';
import type { Notes } from '../notes/notes.js';
import type { Seen } from './seen.js';

/** What is remembered of a job that was submitted here, or whose log was once found. */
export const SlurmNote = z.object({
  /** Its folder on the cluster, absolute; absent: it is not one of ours. */
  folder: z.optional(z.string()),
  /** The pattern of its output, absolute; absent: it is not known. */
  output: z.optional(z.string()),
  /** The pattern of its stderr; absent: it goes where the output goes. */
  error: z.optional(z.string()),
  /** The script's name, below the folder it runs in. */
  script: z.optional(z.string()),
  name: z.optional(z.string()),
});
export type SlurmNote = z.infer<typeof SlurmNote>;

/**
 * What is remembered of a job, or of the array it is a task of. A note of an earlier job is none: a cluster that is set
 * up anew begins to count anew.
 */
export async function noteOf(
  notes: Notes<SlurmNote>,
  id: string,
  seen: Seen | undefined,
): Promise<SlurmNote | undefined> {
  const own = await notes.of(id);
  const note = own ?? (seen?.base === undefined ? undefined : await notes.of(String(seen.base)));
  return note && (!seen || isOf(note, seen)) ? note : undefined;
}

/** A job may be renamed, or run elsewhere; hardly both. */
const isOf = ({ folder, name }: SlurmNote, seen: Seen): boolean =>
  name === undefined || name === seen.name || (folder !== undefined && seen.workDir.startsWith(`${folder}/`));
