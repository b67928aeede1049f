import { waitUpTo } from '../../../lib/time.js';
import { dedupeCalls, raceAbort, getAbortError, neverAborted } from '../../../lib/abort.js';
import { Emitter, type Event } from '../../../lib/event.js';
import type { Clock, Log } from '../../../core/domain/ports.js';
import type { SchedulerCalls } from '../schedulerCalls.js';
import { createCompletionTracker } from './completionTracker.js';
import { toJobError } from '../commandFailures.js';
import type { QueueDialect } from '../dialect.js';
import { createDetailsLoader } from './jobDetails.js';
import type { JobHistory } from './jobHistory.js';
import { isEarlierRun, mergeHistory, mergePart, type SchedulerJob } from './schedulerJob.js';
import { forEachYielding } from '../../../lib/yielding.js';

/** The user's jobs, refreshed by one listing of the queue that all callers share. */
export interface JobWatcher {
  /**
   * The jobs, at most `ageMs` old; concurrent callers share one query.
   *
   * @throws {@link JobError} of kind `offline`, `refused`.
   */
  readonly getSnapshot: (ageMs: number, signal: AbortSignal) => Promise<JobsSnapshot>;
  /** Resolves after the exits of jobs were queried, or after `ms`. */
  readonly waitForCompletions: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called after jobs were changed: the next listing must be fresh. */
  readonly invalidate: () => void;
  /** Marks this job, or the tasks of this array, as cancelled here. */
  readonly markCancelled: (id: string) => void;
  /** Adds a job that was submitted here, which may finish before a listing shows it. */
  readonly addSubmitted: (job: SchedulerJob) => void;
  readonly onChanged: Event<'stirred' | 'learned'>;
  /** Ends queries that no caller waits for. */
  readonly dispose: () => void;
}

/** A snapshot of the list. */
export interface JobsSnapshot {
  readonly jobs: ReadonlyMap<string, SchedulerJob>;
  readonly malformed: readonly string[];
}

/** Dependencies of the watch. */
export interface JobWatcherDeps {
  readonly calls: SchedulerCalls;
  readonly queue: QueueDialect;
  readonly history: JobHistory;
  readonly clock: Clock;
  readonly log: Log;
}

/** Queries start with the first call. */
export function createJobWatcher({ calls, queue: dialect, history, clock, log }: JobWatcherDeps): JobWatcher {
  const changed = new Emitter<'stirred' | 'learned'>();
  const ends = createCompletionTracker({ queue: dialect, history, clock });
  const details = createDetailsLoader(calls, dialect);
  let queue: ReadonlyMap<string, SchedulerJob> = new Map();
  let malformed: readonly string[] = [];
  /** The jobs that were submitted here. */
  const submitted = new Map<string, SchedulerJob>();
  let askedAt = -Infinity;
  /** How many changes were made to jobs, and how many of them the last response includes. */
  let stirs = 0;
  let answered = 0;
  // A query is shared by all callers; its programs have their own time limits.
  const life = new AbortController();

  const look = dedupeCalls(async (): Promise<void> => {
    const began = { at: clock.now().getTime(), stirs };
    const ran = await calls.query(dialect.argv, neverAborted);
    if (ran.code !== 0) throw toJobError(ran, calls, '');
    const { next: listed, unread } = await parseListing(dialect, ran.output);
    const next = withSubmission(await details(listed, neverAborted), submitted);
    ends.updateQueue(queue, next);
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
      if (await ends.resolveExits(queue, life.signal)) changed.fire('learned');
      if (await ends.resolveCompletions(queue, life.signal)) changed.fire('learned');
    } catch (error) {
      if (!life.signal.aborted)
        log.warn(`the outcomes of jobs of ${calls.place} could not be queried: ${String(error)}`);
    }
  });

  return {
    getSnapshot: async (ageMs, signal) => {
      signal.throwIfAborted();
      if (clock.now().getTime() - askedAt > ageMs) {
        const wanted = stirs;
        do await raceAbort(look(), signal, getAbortError);
        while (answered < wanted);
      }
      return { jobs: await mergePast(queue, ends.pastJobs), malformed };
    },
    waitForCompletions: async (ms, signal) => {
      await waitUpTo(raceAbort(learn(), signal, getAbortError), ms, clock);
    },
    invalidate: () => {
      stirs++;
      askedAt = -Infinity;
      changed.fire('stirred');
    },
    addSubmitted: (job) => {
      submitted.set(job.id, job);
      ends.addSubmitted(job);
    },
    markCancelled: ends.markCancelled,
    onChanged: changed.event,
    dispose: () => life.abort(),
  };
}

/**
 * Adds to listed jobs what their submission has and the listing does not. A job may finish between the listing and the
 * request for its details; by its number alone it could not be found.
 */
function withSubmission(
  listed: ReadonlyMap<string, SchedulerJob>,
  submitted: ReadonlyMap<string, SchedulerJob>,
): ReadonlyMap<string, SchedulerJob> {
  const jobs = new Map(listed);
  for (const [id, known] of submitted) {
    const seen = jobs.get(id);
    if (!seen || isEarlierRun(known, seen)) continue;
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
async function parseListing(
  { read }: QueueDialect,
  output: string,
): Promise<{ readonly next: ReadonlyMap<string, SchedulerJob>; readonly unread: readonly string[] }> {
  const next = new Map<string, SchedulerJob>();
  const unread: string[] = [];
  await forEachYielding(read(output), (one) => {
    if (typeof one === 'string') unread.push(one);
    else next.set(one.id, mergePart(next.get(one.id), one));
  });
  return { next, unread };
}

/** Merges the queue with the known past. */
async function mergePast(
  queue: ReadonlyMap<string, SchedulerJob>,
  past: ReadonlyMap<string, SchedulerJob>,
): Promise<ReadonlyMap<string, SchedulerJob>> {
  const jobs = new Map<string, SchedulerJob>(past);
  await forEachYielding(queue, ([id, seen]) => jobs.set(id, mergeHistory(seen, past.get(id))));
  // The accounting briefly lists an array as if it were one job.
  for (const { index, base } of jobs.values())
    if (index !== undefined && base !== undefined) jobs.delete(String(base));
  return jobs;
}
