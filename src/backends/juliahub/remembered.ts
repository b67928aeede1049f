import * as z from 'zod/mini';
import type { Job } from '../../core/domain/job.js';
import type { Log } from '../../core/domain/ports.js';
import { notesIn, type Notes } from '../notes/notes.js';

/** What we know of a job that we submitted, since the server tells none of it. */
const Known = z.object({
  limitMs: z.optional(z.number()),
  node: z.optional(z.string()),
  /** The name of the script here; the server calls all of them `code.jl`. */
  script: z.optional(z.string()),
  cost: z.optional(z.string()),
  options: z.optional(z.record(z.string(), z.string())),
  /** Of a job that is one. */
  application: z.optional(
    z.object({
      id: z.string(),
      title: z.string(),
      kind: z.enum(['package', 'repository', 'default']),
      name: z.string(),
      identity: z.string(),
      registry: z.optional(z.string()),
    }),
  ),
  /** Of the Julia manifest in its bundle. */
  manifestSha256: z.optional(z.string()),
});
export type KnownJob = z.infer<typeof Known>;

/** What is remembered of this connection's jobs. Never fails: it only adds detail. */
export interface Remembered extends Notes<KnownJob> {
  /** The job with what is remembered of it. */
  readonly complete: (job: Job) => Promise<Job>;
}

/** What is remembered in this folder, which is made when it is needed. */
export function remembered(folder: string, log: Log): Remembered {
  const notes = notesIn(folder, Known, log);
  return {
    ...notes,
    complete: async (job) => {
      const known = await notes.of(job.id);
      if (!known) return job;
      const { limitMs, node, cost, script } = known;
      return {
        ...job,
        ...(limitMs === undefined ? {} : { limitMs }),
        ...(cost === undefined ? {} : { cost }),
        ...(script === undefined ? {} : { script }),
        resources: node === undefined ? job.resources : [{ label: 'Node', value: node }, ...job.resources],
      };
    },
  };
}
