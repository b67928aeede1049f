import type { Backend } from '../../core/backend.js';
import { isActive, type Job } from '../../core/job.js';
import type { Clock } from '../../core/ports.js';
import type { Say } from '../../core/say.js';
import type { Notes } from '../notes/notes.js';
import { hearingOf } from './hearing.js';
import type { SlurmNote } from './jobNote.js';
import { toJobs } from './view.js';
import type { Watch } from './watch.js';

/** The list of jobs, and all of them for other parts of the backend. */
export interface SlurmList {
  readonly members: Required<Pick<Backend, 'list' | 'job' | 'changes'>>;
  /** Newest first; as of at most `ageMs` ago. */
  readonly all: (ageMs: number, signal: AbortSignal) => Promise<readonly Job[]>;
}

/** How old the list may be for what is asked about one job, and where only more was learned of its jobs. */
const oneJobMs = 1_000;
const learnedMs = 60_000;

/** How long somebody who asks for one job waits for how it ended, in milliseconds. */
const patientMs = 3_000;

/** The jobs as the watch knows them. */
export function slurmList(about: {
  readonly watching: Watch;
  readonly notes: Notes<SlurmNote>;
  readonly clock: Clock;
  readonly say: Say;
}): SlurmList {
  const { watching, notes, clock, say } = about;
  const hearing = hearingOf(watching, clock);
  const all = async (ageMs: number, signal: AbortSignal): Promise<readonly Job[]> => {
    const { jobs } = await watching.jobs(ageMs, signal);
    return Promise.all(toJobs(jobs.values(), { say, now: clock.now() }).map((job) => complete(job, notes)));
  };
  return {
    members: {
      list: async (most, signal) => {
        // What was only learned of old jobs needs no new look at the queue.
        const { malformed } = await watching.jobs(hearing.isOnlyLearned() ? learnedMs : 0, signal);
        const jobs = await all(learnedMs, signal);
        const tops = jobs.flatMap((job, at) => (job.parent === undefined ? [at] : []));
        const end = tops[most] ?? jobs.length;
        return { jobs: jobs.slice(0, end), more: end < jobs.length, malformed };
      },
      job: async (id, signal) => {
        const job = (await all(oneJobMs, signal)).find((one) => one.id === id);
        if (!job || isActive(job) || job.exit || job.tasks) return job;
        // Whoever asks for this one wants to know how it ended, but not for ever.
        await watching.learned(patientMs, signal);
        return (await all(learnedMs, signal)).find((one) => one.id === id);
      },
      changes: hearing.changes,
    },
    all,
  };
}

/** With the script's own name, which Slurm does not know. */
async function complete(job: Job, notes: Notes<SlurmNote>): Promise<Job> {
  if (job.parent !== undefined) return job;
  const note = await notes.of(job.id);
  return note?.script === undefined ? job : { ...job, script: note.script };
}
