import type { JobQueries } from '../../../core/domain/backend.js';
import { isActive, type Job, type JobId } from '../../../core/domain/job.js';
import type { Clock } from '../../../core/domain/ports.js';
import type { Notes } from '../../notes/notes.js';
import { hearingOf } from './hearing.js';
import { isRemoved, noteOf, type JobNote } from './jobNote.js';
import { isOver, type Seen } from './seen.js';
import type { StartCheck } from './started.js';
import { inTurns } from '../../../lib/turns.js';
import type { ViewDialect } from '../dialect.js';
import { batchName } from '../submit/submission.js';
import { arranged, toJob } from './view.js';
import type { Watch } from './watch.js';
import type { Listing } from '../../../core/domain/paging.js';

/** The list of jobs for the UI, and all jobs for other parts of the backend. */
export interface JobListing {
  readonly members: {
    readonly list: (most: number, signal: AbortSignal) => Promise<Listing>;
    readonly job: JobQueries['get'];
    readonly changes: NonNullable<JobQueries['changes']>;
  };
  /** Newest first, as the scheduler lists them; at most `ageMs` old. */
  readonly all: (ageMs: number, signal: AbortSignal) => Promise<readonly Job[]>;
}

/** The maximum age of the list for a query about one job, and where only exits of jobs changed, in milliseconds. */
const oneJobMs = 1_000;
const learnedMs = 60_000;

/** How long a query for one job waits for its exit, in milliseconds. */
const patientMs = 3_000;

/** Dependencies of listing jobs. */
export interface ListingDeps {
  readonly watching: Watch;
  readonly notes: Notes<JobNote>;
  readonly starts: StartCheck;
  readonly view: ViewDialect;
  readonly clock: Clock;
}

/** Lists the jobs that the watch knows. */
export function createJobListing(deps: ListingDeps): JobListing {
  const { watching, notes, starts, view, clock } = deps;
  const hearing = hearingOf(watching, clock);
  const tell = async (all: Iterable<Seen>): Promise<Told> => {
    const telling = { view, now: clock.now() };
    const jobs: Job[] = [];
    const malformed: string[] = [];
    await inTurns(all, (seen) => {
      try {
        jobs.push(toJob(seen, telling));
      } catch (error) {
        // One job that cannot be shown does not hide the others.
        malformed.push(`job ${seen.id}: ${String(error)}`);
      }
    });
    return { jobs: arranged(jobs), malformed };
  };
  const one = async (id: JobId, ageMs: number, signal: AbortSignal): Promise<Job | undefined> => {
    const { jobs } = await watching.jobs(ageMs, signal);
    const seen = jobs.get(id);
    // The row of an array is made from its tasks.
    const parts = seen ? [seen] : [...jobs.values()].filter((task) => groupOf(task) === id);
    const [first] = parts;
    const note = first && (await noteOf(notes, groupOf(first), first));
    if (first && note && isRemoved(note, first)) return undefined;
    return (await tell(await starts(parts, signal))).jobs.find((job) => job.id === id);
  };
  return {
    members: {
      list: async (most, signal) => {
        // A change of old jobs alone needs no new listing of the queue.
        const ageMs = hearing.isOnlyLearned() ? learnedMs : 0;
        const { jobs, malformed } = await watching.jobs(ageMs, signal);
        const isKept = async (seen: Seen): Promise<boolean> => {
          const note = await noteOf(notes, groupOf(seen), seen);
          return !note || !isRemoved(note, seen);
        };
        const { shown, more } = await newest(jobs.values(), most, isKept);
        const told = await tell(await starts(shown, signal));
        return {
          jobs: await completed(told.jobs, notes),
          more,
          malformed: [...malformed, ...told.malformed],
        };
      },
      job: async (id, signal) => {
        const job = await one(id, oneJobMs, signal);
        if (!job || isActive(job) || job.exit || job.tasks) return job && complete(job, notes);
        // Waits for the exit of this job, but not indefinitely.
        await watching.learned(patientMs, signal);
        const ended = await one(id, learnedMs, signal);
        return ended && complete(ended, notes);
      },
      changes: hearing.changes,
    },
    all: async (ageMs, signal) => (await tell((await watching.jobs(ageMs, signal)).jobs.values())).jobs,
  };
}

/** Jobs, newest first, and the reasons why others cannot be shown. */
interface Told {
  readonly jobs: readonly Job[];
  readonly malformed: readonly string[];
}

/** A job, or an array with its tasks. */
interface Group {
  readonly parts: Seen[];
  readonly submitted: number;
  readonly number: number;
  isActive: boolean;
}

/** The ID of the job that has a row directly below the connection. */
const groupOf = ({ id, base, index }: Seen): string =>
  index === undefined || base === undefined ? id : String(base);

/** All active jobs and the newest finished ones with their tasks, up to `most` where there are that many. */
async function newest(
  all: Iterable<Seen>,
  most: number,
  isKept: (first: Seen) => Promise<boolean>,
): Promise<{ readonly shown: readonly Seen[]; readonly more: boolean }> {
  const groups = new Map<string, Group>();
  await inTurns(all, (seen) => {
    const key = groupOf(seen);
    const submitted = seen.submitted?.getTime() ?? 0;
    const group = groups.get(key) ?? {
      parts: [],
      submitted,
      number: Number.parseInt(key, 10),
      isActive: false,
    };
    group.parts.push(seen);
    group.isActive ||= !isOver(seen);
    groups.set(key, group);
  });
  const active = [...groups.values()].filter((group) => group.isActive);
  const ended = [...groups.values()].filter((group) => !group.isActive);
  ended.sort((a, b) => b.submitted - a.submitted || b.number - a.number);
  const chosen: Group[] = [];
  let next = 0;
  for (
    let left = most - active.length;
    left > 0 && next < ended.length;
    left = most - active.length - chosen.length
  ) {
    const some = ended.slice(next, next + Math.min(left, mostAtOnce));
    next += some.length;
    const kept = await Promise.all(
      some.map(async ({ parts: [first] }) => first !== undefined && (await isKept(first))),
    );
    chosen.push(...some.filter((_, at) => kept[at]));
  }
  return { shown: [...active, ...chosen].flatMap(({ parts }) => parts), more: next < ended.length };
}

/** How many notes are read concurrently. */
const mostAtOnce = 100;

async function completed(jobs: readonly Job[], notes: Notes<JobNote>): Promise<readonly Job[]> {
  const done: Job[] = [];
  for (let at = 0; at < jobs.length; at += mostAtOnce) {
    const some = jobs.slice(at, at + mostAtOnce).map((job) => complete(job, notes));
    done.push(...(await Promise.all(some)));
  }
  return done;
}

/**
 * Adds the name of the user's script, which the scheduler does not know since all batch scripts of the extension have
 * the same name, and the environment variables of the request.
 */
async function complete(job: Job, notes: Notes<JobNote>): Promise<Job> {
  if (job.parent !== undefined || (job.script ?? batchName) !== batchName) return job;
  const note = await notes.of(job.id);
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
