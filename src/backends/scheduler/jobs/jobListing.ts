import type { JobQueries } from '../../../core/domain/backend.js';
import { isActive, type Job, type JobId } from '../../../core/domain/job.js';
import type { Clock } from '../../../core/domain/ports.js';
import type { JobFactsStore } from '../../jobFacts/jobFactsStore.js';
import { createChangeFeed } from './changeFeed.js';
import { isDeletedJob, getJobFacts, type JobFacts } from './jobFacts.js';
import { isFinished, type SchedulerJob } from './schedulerJob.js';
import type { StartChecker } from './startCheck.js';
import { forEachYielding } from '../../../lib/yielding.js';
import type { ViewDialect } from '../dialect.js';
import { batchFileName } from '../submit/submission.js';
import { groupArrays, toJob } from './jobView.js';
import type { JobWatcher } from './jobWatcher.js';
import type { JobListResult } from '../../../core/domain/paging.js';

/** The list of jobs for the UI, and all jobs for other parts of the backend. */
export interface SchedulerJobListing {
  readonly members: {
    readonly list: (most: number, signal: AbortSignal) => Promise<JobListResult>;
    readonly job: JobQueries['get'];
    readonly changes: NonNullable<JobQueries['changes']>;
  };
  /** Newest first, as the scheduler lists them; at most `ageMs` old. */
  readonly listAll: (ageMs: number, signal: AbortSignal) => Promise<readonly Job[]>;
}

/** The maximum age of the list for a query about one job, and where only exits of jobs changed, in milliseconds. */
const maxJobAgeMs = 1_000;
const maxCompletionsAgeMs = 60_000;

/** How long a query for one job waits for its exit, in milliseconds. */
const maxCompletionWaitMs = 3_000;

/** Dependencies of listing jobs. */
export interface SchedulerListingDeps {
  readonly watching: JobWatcher;
  readonly notes: JobFactsStore<JobFacts>;
  readonly checkStarts: StartChecker;
  readonly view: ViewDialect;
  readonly clock: Clock;
}

/** Lists the jobs that the watch knows. */
export function createJobListing(deps: SchedulerListingDeps): SchedulerJobListing {
  const { watching, notes, checkStarts: starts, view, clock } = deps;
  const hearing = createChangeFeed(watching, clock);
  const tell = async (
    all: Iterable<SchedulerJob>,
    known: ReadonlyMap<string, SchedulerJob>,
  ): Promise<ListedJobs> => {
    const findName = (id: string): string | undefined => known.get(id)?.name;
    const telling = { view, now: clock.now(), findName };
    const jobs: Job[] = [];
    const malformed: string[] = [];
    await forEachYielding(all, (seen) => {
      try {
        jobs.push(toJob(seen, telling));
      } catch (error) {
        // One job that cannot be shown does not hide the others.
        malformed.push(`job ${seen.id}: ${String(error)}`);
      }
    });
    return { jobs: groupArrays(jobs), malformed };
  };
  const one = async (id: JobId, ageMs: number, signal: AbortSignal): Promise<Job | undefined> => {
    const { jobs } = await watching.getSnapshot(ageMs, signal);
    const seen = jobs.get(id);
    // The row of an array is made from its tasks.
    const parts = seen ? [seen] : [...jobs.values()].filter((task) => toGroupId(task) === id);
    const [first] = parts;
    const note = first && (await getJobFacts(notes, toGroupId(first), first));
    if (first && note && isDeletedJob(note, first)) return undefined;
    return (await tell(await starts(parts, signal), jobs)).jobs.find((job) => job.id === id);
  };
  return {
    members: {
      list: async (most, signal) => {
        // A change of old jobs alone needs no new listing of the queue.
        const ageMs = hearing.isCompletionsOnly() ? maxCompletionsAgeMs : 0;
        const { jobs, malformed } = await watching.getSnapshot(ageMs, signal);
        const isKept = async (seen: SchedulerJob): Promise<boolean> => {
          const note = await getJobFacts(notes, toGroupId(seen), seen);
          return !note || !isDeletedJob(note, seen);
        };
        const { shown, more } = await pickNewest(jobs.values(), most, isKept);
        const told = await tell(await starts(shown, signal), jobs);
        return {
          jobs: await addFactsToJobs(told.jobs, notes),
          hasMore: more,
          malformed: [...malformed, ...told.malformed],
        };
      },
      job: async (id, signal) => {
        const job = await one(id, maxJobAgeMs, signal);
        if (!job || isActive(job) || job.exit || job.tasks) return job && addFacts(job, notes);
        // Waits for the exit of this job, but not indefinitely.
        await watching.waitForCompletions(maxCompletionWaitMs, signal);
        const ended = await one(id, maxCompletionsAgeMs, signal);
        return ended && addFacts(ended, notes);
      },
      changes: hearing.changes,
    },
    listAll: async (ageMs, signal) => {
      const { jobs } = await watching.getSnapshot(ageMs, signal);
      return (await tell(jobs.values(), jobs)).jobs;
    },
  };
}

/** Jobs, newest first, and the reasons why others cannot be shown. */
interface ListedJobs {
  readonly jobs: readonly Job[];
  readonly malformed: readonly string[];
}

/** A job, or an array with its tasks. */
interface TaskGroup {
  readonly parts: SchedulerJob[];
  readonly submitted: number;
  readonly number: number;
  isActive: boolean;
}

/** The ID of the job that has a row directly below the connection. */
const toGroupId = ({ id, base, index }: SchedulerJob): string =>
  index === undefined || base === undefined ? id : String(base);

/** All active jobs and the newest finished ones with their tasks, up to `most` where there are that many. */
async function pickNewest(
  all: Iterable<SchedulerJob>,
  most: number,
  isKept: (first: SchedulerJob) => Promise<boolean>,
): Promise<{ readonly shown: readonly SchedulerJob[]; readonly more: boolean }> {
  const groups = new Map<string, TaskGroup>();
  await forEachYielding(all, (seen) => {
    const key = toGroupId(seen);
    const submitted = seen.submitted?.getTime() ?? 0;
    const group = groups.get(key) ?? {
      parts: [],
      submitted,
      number: Number.parseInt(key, 10),
      isActive: false,
    };
    group.parts.push(seen);
    group.isActive ||= !isFinished(seen);
    groups.set(key, group);
  });
  const active = [...groups.values()].filter((group) => group.isActive);
  const ended = [...groups.values()].filter((group) => !group.isActive);
  ended.sort((a, b) => b.submitted - a.submitted || b.number - a.number);
  const chosen: TaskGroup[] = [];
  let next = 0;
  for (
    let left = most - active.length;
    left > 0 && next < ended.length;
    left = most - active.length - chosen.length
  ) {
    const some = ended.slice(next, next + Math.min(left, maxConcurrentReads));
    next += some.length;
    const kept = await Promise.all(
      some.map(async ({ parts: [first] }) => first !== undefined && (await isKept(first))),
    );
    chosen.push(...some.filter((_, at) => kept[at]));
  }
  return { shown: [...active, ...chosen].flatMap(({ parts }) => parts), more: next < ended.length };
}

/** How many notes are read concurrently. */
const maxConcurrentReads = 100;

async function addFactsToJobs(jobs: readonly Job[], notes: JobFactsStore<JobFacts>): Promise<readonly Job[]> {
  const done: Job[] = [];
  for (let at = 0; at < jobs.length; at += maxConcurrentReads) {
    const some = jobs.slice(at, at + maxConcurrentReads).map((job) => addFacts(job, notes));
    done.push(...(await Promise.all(some)));
  }
  return done;
}

/**
 * Adds the name of the user's script, which the scheduler does not know since all batch scripts of the extension have
 * the same name, and the environment variables of the request.
 */
async function addFacts(job: Job, notes: JobFactsStore<JobFacts>): Promise<Job> {
  if (job.parent !== undefined || (job.script ?? batchFileName) !== batchFileName) return job;
  const note = await notes.get(job.id);
  // The number may have belonged to an earlier job.
  const isOther = job.command !== undefined && !job.command.startsWith(`${note?.folder ?? ''}/`);
  if (!note || isOther) return job;
  const { script, request, name } = note;
  return {
    ...job,
    // Some schedulers have no job names.
    ...(name !== undefined && job.name === job.id ? { name } : {}),
    ...(script === undefined ? {} : { script }),
    ...(request ? { inputs: request.env } : {}),
  };
}
