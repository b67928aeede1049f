import { waitAtMost } from '../../../lib/time.js';
import { dedupeCalls, raceAbort, getAbortError, neverAborted } from '../../../lib/abort.js';
import { Emitter, type Event } from '../../../lib/event.js';
import type { Clock, Log } from '../../../core/domain/ports.js';
import type { Calls } from '../calls.js';
import { endsOf } from './ends.js';
import { problemOf } from '../refusals.js';
import type { QueueDialect } from '../dialect.js';
import { createDetails } from './jobDetails.js';
import type { JobHistory } from './jobHistory.js';
import { isEarlier, joined, joinPart, type Seen } from './seen.js';
import { inTurns } from '../../../lib/turns.js';

/** The user's jobs, refreshed by one listing of the queue that all callers share. */
export interface Watch {
  /**
   * The jobs, at most `ageMs` old; concurrent callers share one query.
   *
   * @throws {@link JobError} of kind `offline`, `refused`.
   */
  readonly jobs: (ageMs: number, signal: AbortSignal) => Promise<Watched>;
  /** Resolves after the exits of jobs were queried, or after `ms`. */
  readonly learned: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called after jobs were changed: the next listing must be fresh. */
  readonly stir: () => void;
  /** Marks this job, or the tasks of this array, as cancelled here. */
  readonly cancelled: (id: string) => void;
  /** Adds a job that was submitted here, which may finish before a listing shows it. */
  readonly addSubmitted: (job: Seen) => void;
  readonly changed: Event<'stirred' | 'learned'>;
  /** Ends queries that no caller waits for. */
  readonly end: () => void;
}

/** A snapshot of the list. */
export interface Watched {
  readonly jobs: ReadonlyMap<string, Seen>;
  readonly malformed: readonly string[];
}

/** Dependencies of the watch. */
export interface WatchParts {
  readonly calls: Calls;
  readonly queue: QueueDialect;
  readonly history: JobHistory;
  readonly clock: Clock;
  readonly log: Log;
}

/** Queries start with the first call. */
export function watch({ calls, queue: dialect, history, clock, log }: WatchParts): Watch {
  const changed = new Emitter<'stirred' | 'learned'>();
  const ends = endsOf({ queue: dialect, history, clock });
  const details = createDetails(calls, dialect);
  let queue: ReadonlyMap<string, Seen> = new Map();
  let malformed: readonly string[] = [];
  /** The jobs that were submitted here. */
  const submitted = new Map<string, Seen>();
  let askedAt = -Infinity;
  /** How many changes were made to jobs, and how many of them the last response includes. */
  let stirs = 0;
  let answered = 0;
  // A query is shared by all callers; its programs have their own time limits.
  const life = new AbortController();

  const look = dedupeCalls(async (): Promise<void> => {
    const began = { at: clock.now().getTime(), stirs };
    const ran = await calls.ask(dialect.argv, neverAborted);
    if (ran.code !== 0) throw problemOf(ran, calls, '');
    const { next: listed, unread } = await jobsIn(dialect, ran.output);
    const next = withSubmission(await details(listed, neverAborted), submitted);
    ends.looked(queue, next);
    queue = next;
    malformed = unread;
    // The response may lack changes made while it was on its way.
    if (began.stirs === stirs) askedAt = began.at;
    answered = began.stirs;
    void learn();
  });

  /** Queries the exits of jobs while callers continue with what is known. */
  const learn = dedupeCalls(async (): Promise<void> => {
    try {
      if (await ends.learnExits(queue, life.signal)) changed.fire('learned');
      if (await ends.learn(queue, life.signal)) changed.fire('learned');
    } catch (error) {
      if (!life.signal.aborted)
        log.warn(`how jobs of ${calls.place} ended could not be asked: ${String(error)}`);
    }
  });

  return {
    jobs: async (ageMs, signal) => {
      signal.throwIfAborted();
      if (clock.now().getTime() - askedAt > ageMs) {
        const wanted = stirs;
        do await raceAbort(look(), signal, getAbortError);
        while (answered < wanted);
      }
      return { jobs: await together(queue, ends.past), malformed };
    },
    learned: async (ms, signal) => {
      await waitAtMost(raceAbort(learn(), signal, getAbortError), ms, clock);
    },
    stir: () => {
      stirs++;
      askedAt = -Infinity;
      changed.fire('stirred');
    },
    addSubmitted: (job) => {
      submitted.set(job.id, job);
      ends.addSubmitted(job);
    },
    cancelled: ends.cancelled,
    changed: changed.event,
    end: () => life.abort(),
  };
}

/**
 * Adds to listed jobs what their submission has and the listing does not. A job may finish between the listing and the
 * request for its details; by its number alone it could not be found.
 */
function withSubmission(
  listed: ReadonlyMap<string, Seen>,
  submitted: ReadonlyMap<string, Seen>,
): ReadonlyMap<string, Seen> {
  const jobs = new Map(listed);
  for (const [id, known] of submitted) {
    const seen = jobs.get(id);
    if (!seen || isEarlier(known, seen)) continue;
    jobs.set(id, {
      ...seen,
      name: seen.name === '' ? known.name : seen.name,
      workDir: seen.workDir === '' ? known.workDir : seen.workDir,
      command: seen.command ?? known.command,
      submitted: seen.submitted ?? known.submitted,
    });
  }
  return jobs;
}

/** The jobs of a listing by ID, and the reasons why other parts could not be read. */
async function jobsIn(
  { read }: QueueDialect,
  output: string,
): Promise<{ readonly next: ReadonlyMap<string, Seen>; readonly unread: readonly string[] }> {
  const next = new Map<string, Seen>();
  const unread: string[] = [];
  await inTurns(read(output), (one) => {
    if (typeof one === 'string') unread.push(one);
    else next.set(one.id, joinPart(next.get(one.id), one));
  });
  return { next, unread };
}

/** Merges the queue with the known past. */
async function together(
  queue: ReadonlyMap<string, Seen>,
  past: ReadonlyMap<string, Seen>,
): Promise<ReadonlyMap<string, Seen>> {
  const jobs = new Map<string, Seen>(past);
  await inTurns(queue, ([id, seen]) => jobs.set(id, joined(seen, past.get(id))));
  // The accounting briefly lists an array as if it were one job.
  for (const { index, base } of jobs.values())
    if (index !== undefined && base !== undefined) jobs.delete(String(base));
  return jobs;
}
