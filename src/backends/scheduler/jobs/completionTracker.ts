import type { Clock } from '../../../core/domain/ports.js';
import type { QueueDialect } from '../dialect.js';
import { createPendingCancellations } from './pendingCancellations.js';
import type { JobHistory } from './jobHistory.js';
import {
  unknownNativeState,
  unknownState,
  isEarlierRun,
  isFinalState,
  mergeHistory,
  type SchedulerJob,
} from './schedulerJob.js';

/** The queue at one moment, by the jobs' ids. */
export type JobQueue = ReadonlyMap<string, SchedulerJob>;

/** The jobs that are no longer in the queue, and the exits of finished jobs. */
export interface CompletionTracker {
  readonly pastJobs: ReadonlyMap<string, SchedulerJob>;
  /**
   * Called with each new listing of the queue: jobs that are no longer in it have finished, jobs that are queued or
   * run have not.
   */
  readonly updateQueue: (before: JobQueue, now: JobQueue) => void;
  /**
   * Marks this job or array as cancelled here, also if it is already gone: Slurm keeps no trace of tasks that had not
   * started.
   */
  readonly markCancelled: (id: string) => void;
  /** Adds a job that was submitted here, which may finish before a listing shows it. */
  readonly addSubmitted: (job: SchedulerJob) => void;
  /** Reads the exits of scripts from the queue, where it still has them; returns true if something is new. */
  readonly resolveExits: (queue: JobQueue, signal: AbortSignal) => Promise<boolean>;
  /**
   * Reads the exits of the other finished jobs, and from time to time the jobs of the last days; returns true if
   * something is new.
   */
  readonly resolveCompletions: (queue: JobQueue, signal: AbortSignal) => Promise<boolean>;
}

/** The minimum interval between queries for the jobs of the last days, in milliseconds. */
const historyIntervalMs = 900_000;

/** The maximum number of jobs queried one by one in each round; an array counts as one. */
const maxQueriedJobs = 10;

/** After this many responses without it, a job that left the queue counts as forgotten and is no longer queried. */
const maxMisses = 4;

/**
 * Responses within this interval count as one, in milliseconds: the accounting records the end of a job seconds
 * later.
 */
const minMissIntervalMs = 3_000;

/** How often the responses did not contain a job, and when that was counted last, in milliseconds since 1970. */
interface MissCount {
  readonly times: number;
  readonly at: number;
}

/** The sources of jobs' exits. */
export interface CompletionTrackerDeps {
  readonly queue: Pick<QueueDialect, 'fetchExits' | 'fetchRemembered'>;
  readonly history: JobHistory;
  readonly clock: Clock;
}

/** Source of the queries to Slurm: docs/protocols/slurm.md, 4.4. */
export function createCompletionTracker(deps: CompletionTrackerDeps): CompletionTracker {
  const { queue: dialect, history, clock } = deps;
  const past = new Map<string, SchedulerJob>();
  const missed = new Map<string, MissCount>();
  const cancels = createPendingCancellations(clock, history.isComplete);
  let historyAt = -Infinity;

  const forget = (id: string): void => {
    past.delete(id);
    missed.delete(id);
  };
  /** Names and commands stay as the queue had them: the accounting changes quotes and other scripts. */
  const put = (seen: SchedulerJob, queue: JobQueue): void => {
    const { name, command } = pickSameRun(queue.get(seen.id) ?? past.get(seen.id), seen) ?? seen;
    const end = { ...seen, name: name === '' ? seen.name : name, command };
    past.set(seen.id, history.isComplete ? end : cancels.applyTo(end));
    // The exit of a finished job is complete.
    if (isFinalState(seen.state)) missed.set(seen.id, { times: maxMisses, at: 0 });
  };

  /** Queries the jobs of the last days if that is due, and drops older ones. */
  const lookBack = async (queue: JobQueue, signal: AbortSignal): Promise<boolean> => {
    if (clock.now().getTime() - historyAt < historyIntervalMs) return false;
    const recent = await history.listRecent(signal);
    if (!recent) return false;
    historyAt = clock.now().getTime();
    for (const id of listOlderThan(history.getStart(), past)) forget(id);
    for (const seen of recent) {
      const state = queue.get(seen.id)?.state;
      // If the job is still in the queue, this can be the end of an earlier run; the end of the present run is
      // queried later.
      const isLeft = state === undefined || isFinalState(state);
      if (isLeft && (isFinalState(seen.state) || !isReported(seen.id, queue, past))) put(seen, queue);
    }
    return recent.length > 0;
  };

  const listWanted = (queue: JobQueue): readonly SchedulerJob[] =>
    listUnresolved(queue, past).filter(({ id }) => (missed.get(id)?.times ?? 0) < maxMisses);

  return {
    pastJobs: past,
    updateQueue: (before, now) => {
      const waiting = listFoldedArrays(now);
      for (const seen of before.values())
        if (!now.has(seen.id) && !(seen.tasks !== undefined && waiting.has(toQueryId(seen))))
          past.set(seen.id, cancels.applyTo({ ...mergeHistory(seen, past.get(seen.id)), isQueued: false }));
      for (const seen of now.values()) if (isOutdated(past, seen)) forget(seen.id);
    },
    addSubmitted: (job) => {
      forget(job.id);
      past.set(job.id, job);
    },
    markCancelled: (id) => {
      cancels.add(id);
      for (const seen of past.values()) past.set(seen.id, cancels.applyTo(seen));
    },
    resolveExits: async (queue, signal) => {
      const known = await fetchQueueExits(dialect, queue, listWanted(queue), signal);
      for (const seen of known) put(seen, queue);
      return known.length > 0;
    },
    resolveCompletions: async (queue, signal) => {
      const isOlder = await lookBack(queue, signal);
      const parts = { dialect, history, clock, past, missed, put, applyCancellations: cancels.applyTo };
      return (await queryCompletions(parts, listWanted(queue), queue, signal)) || isOlder;
    },
  };
}

/** The known job with this ID, unless it is an earlier job with the same number. */
const pickSameRun = (known: SchedulerJob | undefined, seen: SchedulerJob): SchedulerJob | undefined =>
  known && !isEarlierRun(known, seen) && !isEarlierRun(seen, known) ? known : undefined;

/**
 * True if the past job with this number is outdated: the job is queued or runs again, or the number belongs to
 * another job.
 */
const isOutdated = (past: JobQueue, seen: SchedulerJob): boolean =>
  !isFinalState(seen.state) || (past.has(seen.id) && !pickSameRun(past.get(seen.id), seen));
/** Dependencies of reading exits. */
interface CompletionQueryDeps {
  readonly dialect: CompletionTrackerDeps['queue'];
  readonly history: JobHistory;
  readonly clock: Clock;
  readonly past: Map<string, SchedulerJob>;
  readonly missed: Map<string, MissCount>;
  readonly put: (seen: SchedulerJob, queue: JobQueue) => void;
  /** Marks jobs as cancelled where only this extension knows it. */
  readonly applyCancellations: (seen: SchedulerJob) => SchedulerJob;
}

/** Reads the exits of these jobs from the accounting, then from the scheduler job by job. */
async function queryCompletions(
  parts: CompletionQueryDeps,
  wanted: readonly SchedulerJob[],
  queue: JobQueue,
  signal: AbortSignal,
): Promise<boolean> {
  if (wanted.length === 0) return false;
  const { dialect, history, put } = parts;
  const told = await history.listByIds([...new Set(wanted.map(toQueryId))], signal);
  const ended = new Map(
    (told ?? []).filter(({ state }) => isFinalState(state)).map((seen) => [seen.id, seen]),
  );
  const left = wanted.filter(({ id }) => queue.has(id) && !ended.has(id));
  const shown = await fetchRememberedJobs(dialect, left, signal);
  let isNew = false;
  for (const { id } of wanted) {
    const end = ended.get(id) ?? shown.get(id);
    if (end && isFinalState(end.state) && (ended.has(id) || end.exit !== undefined)) {
      put(end, queue);
      isNew = true;
    } else if (queue.has(id) ? shown.has(id) : told !== undefined)
      isNew = recordMiss(id, queue, parts) || isNew;
  }
  return isNew;
}

/**
 * The arrays that have a single row for several unfinished tasks. The tasks of an earlier such row are in it, or have
 * started: Slurm keeps no trace of cancelled ones.
 */
const listFoldedArrays = (queue: JobQueue): ReadonlySet<string> =>
  new Set(
    [...queue.values()]
      .filter(({ base, own, state }) => base !== undefined && own === undefined && !isFinalState(state))
      .map(toQueryId),
  );

/** The number that selects a job together with all tasks of its array. */
const toQueryId = ({ id, base }: SchedulerJob): string => (base === undefined ? id : String(base));

/** True if the queue lists the job, or no source can know it: the accounting can list a lost job as running. */
const isReported = (id: string, queue: JobQueue, past: JobQueue): boolean =>
  queue.has(id) || past.get(id)?.state.word === unknownNativeState;

/** Counts one more response without the job; returns true if it is given up. */
function recordMiss(
  id: string,
  queue: JobQueue,
  { past, missed, clock, applyCancellations: toTold }: CompletionQueryDeps,
): boolean {
  const now = clock.now().getTime();
  const last = missed.get(id);
  if (last && Math.abs(now - last.at) < minMissIntervalMs) return false;
  const times = (last?.times ?? 0) + 1;
  missed.set(id, { times, at: now });
  const seen = past.get(id);
  if (times < maxMisses || !seen || queue.has(id) || isFinalState(seen.state)) return false;
  past.set(id, toTold({ ...seen, state: unknownState }));
  return true;
}

const listOlderThan = (since: Date, past: JobQueue): readonly string[] =>
  [...past.values()]
    .filter(({ end, start, submitted }) => (end ?? start ?? submitted ?? since) < since)
    .map(({ id }) => id);

/** These jobs as finished with an unknown exit. */
const listUnresolved = (queue: JobQueue, past: JobQueue): readonly SchedulerJob[] => [
  ...[...queue.values()].filter(({ id, state }) => isFinalState(state) && past.get(id)?.exit === undefined),
  ...[...past.values()].filter(
    ({ id, state, exit }) => (!isFinalState(state) || exit === undefined) && !isReported(id, queue, past),
  ),
];

/** The jobs among these that are in the queue, with their exits as far as the queue has them. */
async function fetchQueueExits(
  dialect: CompletionTrackerDeps['queue'],
  queue: JobQueue,
  wanted: readonly SchedulerJob[],
  signal: AbortSignal,
): Promise<readonly SchedulerJob[]> {
  const queued = wanted.flatMap(({ id }) => queue.get(id) ?? []);
  if (queued.length === 0 || !dialect.fetchExits) return [];
  const exits = await dialect.fetchExits([...new Set(queued.map(toQueryId))], signal);
  return queued.flatMap((seen) => {
    const exit = exits.get(seen.part === undefined ? seen.id : `${seen.id}+${String(seen.part)}`);
    return exit ? [{ ...seen, exit, isQueued: false }] : [];
  });
}

/**
 * The exits of these jobs, which are in the queue; a job whose query fails stays unchanged. The scheduler does not
 * know jobs that are no longer in the queue.
 */
async function fetchRememberedJobs(
  dialect: CompletionTrackerDeps['queue'],
  jobs: readonly SchedulerJob[],
  signal: AbortSignal,
): Promise<JobQueue> {
  const wholes = new Map<string, Map<string, SchedulerJob>>();
  for (const seen of jobs) {
    const tasks = wholes.get(toQueryId(seen));
    if (tasks) tasks.set(seen.id, seen);
    else wholes.set(toQueryId(seen), new Map([[seen.id, seen]]));
  }
  const found = new Map<string, SchedulerJob>();
  for (const [whole, tasks] of [...wholes].slice(0, maxQueriedJobs)) {
    const [first] = tasks.values();
    const told = await dialect.fetchRemembered?.(whole, first?.name, signal);
    for (const [id, seen] of tasks) {
      const { restarts: _, logs: __, ...end } = told?.get(id) ?? {};
      found.set(id, told?.has(id) ? { ...seen, ...end, isQueued: false } : seen);
    }
  }
  return found;
}
