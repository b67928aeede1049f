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
import { joined, joinPart, type Seen } from './seen.js';
import { inTurns } from '../../../lib/turns.js';

/** All that is known of the user's jobs, kept fresh by one listing of the queue for all who want to know. */
export interface Watch {
  /**
   * The jobs as of at most `ageMs` ago; one question at a time, shared by all who ask meanwhile.
   * @throws {@link JobError} of kind `offline`, `refused`.
   */
  readonly jobs: (ageMs: number, signal: AbortSignal) => Promise<Watched>;
  /** Resolves once it was asked how jobs ended, or after `ms`. */
  readonly learned: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Something was done to jobs: looking soon, and again, is worth it. */
  readonly stir: () => void;
  /** This job, or the tasks of this array, was cancelled here. */
  readonly cancelled: (id: string) => void;
  readonly changed: Event<'stirred' | 'learned'>;
  /** Nobody looks any more: what is still asked for nobody in particular is left. */
  readonly end: () => void;
}

/** One state of the list. */
export interface Watched {
  readonly jobs: ReadonlyMap<string, Seen>;
  readonly malformed: readonly string[];
}

/** What watching needs. */
export interface WatchParts {
  readonly calls: Calls;
  readonly queue: QueueDialect;
  readonly history: JobHistory;
  readonly clock: Clock;
  readonly log: Log;
}

/** Nobody has asked yet, and nothing is asked until somebody does. */
export function watch({ calls, queue: dialect, history, clock, log }: WatchParts): Watch {
  const changed = new Emitter<'stirred' | 'learned'>();
  const ends = endsOf({ queue: dialect, history, clock });
  const details = createDetails(calls, dialect);
  let queue: ReadonlyMap<string, Seen> = new Map();
  let malformed: readonly string[] = [];
  let askedAt = -Infinity;
  /** How often something was done to jobs, and up to which of it the last answer reaches. */
  let stirs = 0;
  let answered = 0;
  // A round belongs to all who ask; its programs have time limits of their own.
  const life = new AbortController();

  const look = dedupeCalls(async (): Promise<void> => {
    const began = { at: clock.now().getTime(), stirs };
    const ran = await calls.ask(dialect.argv, neverAborted);
    if (ran.code !== 0) throw problemOf(ran, calls, '');
    const { next: listed, unread } = await jobsIn(dialect, ran.output);
    const next = await details(listed, neverAborted);
    ends.looked(queue, next);
    queue = next;
    malformed = unread;
    // What was done while the answer was on its way may not be in it.
    if (began.stirs === stirs) askedAt = began.at;
    answered = began.stirs;
    void learn();
  });

  /** Asks how jobs ended, while everybody goes on with what is known. */
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
    cancelled: ends.cancelled,
    changed: changed.event,
    end: () => life.abort(),
  };
}

/** The jobs of a listing by their ids, and why what it holds besides could not be read. */
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

/** What the queue tells, with what is known of the past. */
async function together(
  queue: ReadonlyMap<string, Seen>,
  past: ReadonlyMap<string, Seen>,
): Promise<ReadonlyMap<string, Seen>> {
  const jobs = new Map<string, Seen>(past);
  await inTurns(queue, ([id, seen]) => jobs.set(id, joined(seen, past.get(id))));
  // For a moment the accounting tells of an array as if it were one job.
  for (const { index, base } of jobs.values())
    if (index !== undefined && base !== undefined) jobs.delete(String(base));
  return jobs;
}
