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

/** The list of jobs, and all of them for other parts of the backend. */
export interface JobListing {
  readonly members: {
    readonly list: (most: number, signal: AbortSignal) => Promise<Listing>;
    readonly job: JobQueries['get'];
    readonly changes: NonNullable<JobQueries['changes']>;
  };
  /** Newest first, as the scheduler tells of them; as of at most `ageMs` ago. */
  readonly all: (ageMs: number, signal: AbortSignal) => Promise<readonly Job[]>;
}

/** How old the list may be for what is asked about one job, and where only more was learned of its jobs. */
const oneJobMs = 1_000;
const learnedMs = 60_000;

/** How long somebody who asks for one job waits for how it ended, in milliseconds. */
const patientMs = 3_000;

/** What listing jobs needs. */
export interface ListingDeps {
  readonly watching: Watch;
  readonly notes: Notes<JobNote>;
  readonly starts: StartCheck;
  readonly view: ViewDialect;
  readonly clock: Clock;
}

/** The jobs as the watch knows them. */
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
        // One job that cannot be told hides no other.
        malformed.push(`job ${seen.id}: ${String(error)}`);
      }
    });
    return { jobs: arranged(jobs), malformed };
  };
  const one = async (id: JobId, ageMs: number, signal: AbortSignal): Promise<Job | undefined> => {
    const { jobs } = await watching.jobs(ageMs, signal);
    const seen = jobs.get(id);
    // An array's own row is made of its tasks.
    const parts = seen ? [seen] : [...jobs.values()].filter((task) => groupOf(task) === id);
    const [first] = parts;
    const note = first && (await noteOf(notes, groupOf(first), first));
    if (first && note && isRemoved(note, first)) return undefined;
    return (await tell(await starts(parts, signal))).jobs.find((job) => job.id === id);
  };
  return {
    members: {
      list: async (most, signal) => {
        // What was only learned of old jobs needs no new look at the queue.
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
        // Whoever asks for this one wants to know how it ended, but not for ever.
        await watching.learned(patientMs, signal);
        const ended = await one(id, learnedMs, signal);
        return ended && complete(ended, notes);
      },
      changes: hearing.changes,
    },
    all: async (ageMs, signal) => (await tell((await watching.jobs(ageMs, signal)).jobs.values())).jobs,
  };
}

/** Jobs, newest first, and why some cannot be told. */
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

/** The job that has a row below the connection. */
const groupOf = ({ id, base, index }: Seen): string =>
  index === undefined || base === undefined ? id : String(base);

/** All jobs that have not ended and the newest that have, `most` in all where there are so many, each with its tasks. */
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

/** So many notes are read at once. */
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
 * With the script's own name, which the scheduler does not know: what it runs for us has one name for all. And with the variables
 * that it was given.
 */
async function complete(job: Job, notes: Notes<JobNote>): Promise<Job> {
  if (job.parent !== undefined || (job.script ?? batchName) !== batchName) return job;
  const note = await notes.of(job.id);
  // The number may have been that of an earlier job.
  const isOther = job.command !== undefined && !job.command.startsWith(`${note?.folder ?? ''}/`);
  if (!note || isOther) return job;
  const { script, request, name } = note;
  return {
    ...job,
    // A scheduler may know no names.
    ...(name !== undefined && job.name === job.id ? { name } : {}),
    ...(script === undefined ? {} : { script }),
    ...(request ? { inputs: request.env } : {}),
  };
}
