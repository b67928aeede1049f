import * as z from 'zod/mini';
import type { Job } from '../../core/domain/job.js';
import type { Log } from '../../core/domain/ports.js';
import { createJobFactsStore, type JobFactsStore } from '../jobFacts/jobFactsStore.js';

/** Metadata of a job submitted by this extension that the server does not return. */
const RememberedJobShape = z.object({
  limitMs: z.optional(z.number()),
  node: z.optional(z.string()),
  /** The local name of the script; the server names all of them `code.jl`. */
  script: z.optional(z.string()),
  cost: z.optional(z.string()),
  options: z.optional(z.record(z.string(), z.string())),
  /** Only if the job is an application. */
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
export type JuliaHubJobFacts = z.infer<typeof RememberedJobShape>;

/** The stored metadata of this connection's jobs. Never throws, since it only adds detail. */
export interface JuliaHubJobStore extends JobFactsStore<JuliaHubJobFacts> {
  /** The job, completed with its metadata. */
  readonly addDetails: (job: Job) => Promise<Job>;
}

/** Opens the metadata in this folder, which is created when needed. */
export function createJuliaHubJobStore(folder: string, log: Log): JuliaHubJobStore {
  const notes = createJobFactsStore(folder, RememberedJobShape, log);
  return {
    ...notes,
    addDetails: async (job) => {
      const known = await notes.get(job.id);
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
