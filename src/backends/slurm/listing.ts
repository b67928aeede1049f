import type { Backend } from '../../core/backend.js';
import { isActive, type Job } from '../../core/job.js';
import type { Clock } from '../../core/ports.js';
import type { Say } from '../../core/say.js';
import type { Notes } from '../notes/notes.js';
import { hearingOf } from './hearing.js';
import type { SlurmNote } from './jobNote.js';
import { inTurns } from './turns.js';
import { arranged, toJob } from './view.js';
import type { Watch } from './watch.js';

/** The list of jobs, and all of them for other parts of the backend. */
export interface SlurmList {
  readonly members: Required<Pick<Backend, 'list' | 'job' | 'changes'>>;
  /** Newest first, as Slurm tells of them; as of at most `ageMs` ago. */
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
    const told: Job[] = [];
    const telling = { say, now: clock.now() };
    await inTurns(jobs.values(), (seen) => told.push(toJob(seen, telling)));
    return arranged(told);
  };
  return {
    members: {
      list: async (most, signal) => {
        // What was only learned of old jobs needs no new look at the queue.
        const { malformed } = await watching.jobs(hearing.isOnlyLearned() ? learnedMs : 0, signal);
        const jobs = await all(learnedMs, signal);
        const tops = jobs.flatMap((job, at) => (job.parent === undefined ? [at] : []));
        const end = tops[most] ?? jobs.length;
        const shown = await completed(jobs.slice(0, end), notes);
        return { jobs: shown, more: end < jobs.length, malformed };
      },
      job: async (id, signal) => {
        const job = (await all(oneJobMs, signal)).find((one) => one.id === id);
        if (!job || isActive(job) || job.exit || job.tasks) return job && complete(job, notes);
        // Whoever asks for this one wants to know how it ended, but not for ever.
        await watching.learned(patientMs, signal);
        const ended = (await all(learnedMs, signal)).find((one) => one.id === id);
        return ended && complete(ended, notes);
      },
      changes: hearing.changes,
    },
    all,
  };
}

/** So many notes are read at once. */
const mostAtOnce = 100;

async function completed(jobs: readonly Job[], notes: Notes<SlurmNote>): Promise<readonly Job[]> {
  const done: Job[] = [];
  for (let at = 0; at < jobs.length; at += mostAtOnce) {
    const some = jobs.slice(at, at + mostAtOnce).map((job) => complete(job, notes));
    done.push(...(await Promise.all(some)));
  }
  return done;
}

/** With the script's own name, which Slurm does not know: what it runs for us has one name for all. */
async function complete(job: Job, notes: Notes<SlurmNote>): Promise<Job> {
  if (job.parent !== undefined || (job.script ?? 'job.sh') !== 'job.sh') return job;
  const note = await notes.of(job.id);
  // The number may have been that of an earlier job.
  const isOther = job.command !== undefined && !job.command.startsWith(`${note?.folder ?? ''}/`);
  return note?.script === undefined || isOther ? job : { ...job, script: note.script };
}
