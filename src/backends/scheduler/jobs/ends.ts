import type { Clock } from '../../../core/domain/ports.js';
import type { QueueDialect } from '../dialect.js';
import { cancelsOf } from './cancels.js';
import type { JobHistory } from './jobHistory.js';
import { forgotten, forgottenState, isEarlier, isFinal, joined, type Seen } from './seen.js';

/** The queue at one moment, by the jobs' ids. */
export type Queue = ReadonlyMap<string, Seen>;

/** The jobs that are no longer in the queue, and the exits of finished jobs. */
export interface Ends {
  readonly past: ReadonlyMap<string, Seen>;
  /**
   * Called with each new listing of the queue: jobs that are no longer in it have finished, jobs that are queued or
   * run have not.
   */
  readonly looked: (before: Queue, now: Queue) => void;
  /**
   * Marks this job or array as cancelled here, also if it is already gone: Slurm keeps no trace of tasks that had not
   * started.
   */
  readonly cancelled: (id: string) => void;
  /** Adds a job that was submitted here, which may finish before a listing shows it. */
  readonly addSubmitted: (job: Seen) => void;
  /** Reads the exits of scripts from the queue, where it still has them; returns true if something is new. */
  readonly learnExits: (queue: Queue, signal: AbortSignal) => Promise<boolean>;
  /**
   * Reads the exits of the other finished jobs, and from time to time the jobs of the last days; returns true if
   * something is new.
   */
  readonly learn: (queue: Queue, signal: AbortSignal) => Promise<boolean>;
}

/** The minimum interval between queries for the jobs of the last days, in milliseconds. */
const historyMs = 900_000;

/** The maximum number of jobs queried one by one in each round; an array counts as one. */
const mostShown = 10;

/** After this many responses without it, a job that left the queue counts as forgotten and is no longer queried. */
const mostMissed = 4;

/**
 * Responses within this interval count as one, in milliseconds: the accounting records the end of a job seconds
 * later.
 */
const missMs = 3_000;

/** How often the responses did not contain a job, and when that was counted last, in milliseconds since 1970. */
interface Misses {
  readonly times: number;
  readonly at: number;
}

/** The sources of jobs' exits. */
export interface EndsDeps {
  readonly queue: Pick<QueueDialect, 'exits' | 'remembered'>;
  readonly history: JobHistory;
  readonly clock: Clock;
}

/** Source of the queries to Slurm: docs/protocols/slurm.md, 4.4. */
export function endsOf({ queue: dialect, history, clock }: EndsDeps): Ends {
  const past = new Map<string, Seen>();
  const missed = new Map<string, Misses>();
  const cancels = cancelsOf(clock, history.isComplete);
  let historyAt = -Infinity;

  const forget = (id: string): void => {
    past.delete(id);
    missed.delete(id);
  };
  /** Names and commands stay as the queue had them: the accounting changes quotes and other scripts. */
  const put = (seen: Seen, queue: Queue): void => {
    const { name, command } = sameRun(queue.get(seen.id) ?? past.get(seen.id), seen) ?? seen;
    const end = { ...seen, name: name === '' ? seen.name : name, command };
    past.set(seen.id, history.isComplete ? end : cancels.told(end));
    // The exit of a finished job is complete.
    if (isFinal(seen.state)) missed.set(seen.id, { times: mostMissed, at: 0 });
  };

  /** Queries the jobs of the last days if that is due, and drops older ones. */
  const lookBack = async (queue: Queue, signal: AbortSignal): Promise<boolean> => {
    if (clock.now().getTime() - historyAt < historyMs) return false;
    const recent = await history.recent(signal);
    if (!recent) return false;
    historyAt = clock.now().getTime();
    for (const id of olderThan(history.since(), past)) forget(id);
    for (const seen of recent) {
      const state = queue.get(seen.id)?.state;
      // If the job is still in the queue, this can be the end of an earlier run; the end of the present run is
      // queried later.
      const isLeft = state === undefined || isFinal(state);
      if (isLeft && (isFinal(seen.state) || !isTold(seen.id, queue, past))) put(seen, queue);
    }
    return recent.length > 0;
  };

  const wantedOf = (queue: Queue): readonly Seen[] =>
    unclear(queue, past).filter(({ id }) => (missed.get(id)?.times ?? 0) < mostMissed);

  return {
    past,
    looked: (before, now) => {
      const waiting = wholesWithFolded(now);
      for (const seen of before.values())
        if (!now.has(seen.id) && !(seen.tasks !== undefined && waiting.has(wholeOf(seen))))
          past.set(seen.id, cancels.told({ ...joined(seen, past.get(seen.id)), isQueued: false }));
      for (const seen of now.values()) if (isOutdated(past, seen)) forget(seen.id);
    },
    addSubmitted: (job) => {
      forget(job.id);
      past.set(job.id, job);
    },
    cancelled: (id) => {
      cancels.add(id);
      for (const seen of past.values()) past.set(seen.id, cancels.told(seen));
    },
    learnExits: async (queue, signal) => {
      const known = await exitsInQueue(dialect, queue, wantedOf(queue), signal);
      for (const seen of known) put(seen, queue);
      return known.length > 0;
    },
    learn: async (queue, signal) => {
      const isOlder = await lookBack(queue, signal);
      const parts = { dialect, history, clock, past, missed, put, toTold: cancels.told };
      return (await learnEnds(parts, wantedOf(queue), queue, signal)) || isOlder;
    },
  };
}

/** The known job with this ID, unless it is an earlier job with the same number. */
const sameRun = (known: Seen | undefined, seen: Seen): Seen | undefined =>
  known && !isEarlier(known, seen) && !isEarlier(seen, known) ? known : undefined;

/**
 * True if the past job with this number is outdated: the job is queued or runs again, or the number belongs to
 * another job.
 */
const isOutdated = (past: Queue, seen: Seen): boolean =>
  !isFinal(seen.state) || (past.has(seen.id) && !sameRun(past.get(seen.id), seen));
/** Dependencies of reading exits. */
interface LearningParts {
  readonly dialect: EndsDeps['queue'];
  readonly history: JobHistory;
  readonly clock: Clock;
  readonly past: Map<string, Seen>;
  readonly missed: Map<string, Misses>;
  readonly put: (seen: Seen, queue: Queue) => void;
  /** Marks jobs as cancelled where only this extension knows it. */
  readonly toTold: (seen: Seen) => Seen;
}

/** Reads the exits of these jobs from the accounting, then from the scheduler job by job. */
async function learnEnds(
  parts: LearningParts,
  wanted: readonly Seen[],
  queue: Queue,
  signal: AbortSignal,
): Promise<boolean> {
  if (wanted.length === 0) return false;
  const { dialect, history, put } = parts;
  const told = await history.of([...new Set(wanted.map(wholeOf))], signal);
  const ended = new Map((told ?? []).filter(({ state }) => isFinal(state)).map((seen) => [seen.id, seen]));
  const left = wanted.filter(({ id }) => queue.has(id) && !ended.has(id));
  const shown = await askRemembered(dialect, left, signal);
  let isNew = false;
  for (const { id } of wanted) {
    const end = ended.get(id) ?? shown.get(id);
    if (end && isFinal(end.state) && (ended.has(id) || end.exit !== undefined)) {
      put(end, queue);
      isNew = true;
    } else if (queue.has(id) ? shown.has(id) : told !== undefined) isNew = miss(id, queue, parts) || isNew;
  }
  return isNew;
}

/**
 * The arrays that have a single row for several unfinished tasks. The tasks of an earlier such row are in it, or have
 * started: Slurm keeps no trace of cancelled ones.
 */
const wholesWithFolded = (queue: Queue): ReadonlySet<string> =>
  new Set(
    [...queue.values()]
      .filter(({ base, own, state }) => base !== undefined && own === undefined && !isFinal(state))
      .map(wholeOf),
  );

/** The number that selects a job together with all tasks of its array. */
const wholeOf = ({ id, base }: Seen): string => (base === undefined ? id : String(base));

/** True if the queue lists the job, or no source can know it: the accounting can list a lost job as running. */
const isTold = (id: string, queue: Queue, past: Queue): boolean =>
  queue.has(id) || past.get(id)?.state.word === forgotten;

/** Counts one more response without the job; returns true if it is given up. */
function miss(id: string, queue: Queue, { past, missed, clock, toTold }: LearningParts): boolean {
  const now = clock.now().getTime();
  const last = missed.get(id);
  if (last && Math.abs(now - last.at) < missMs) return false;
  const times = (last?.times ?? 0) + 1;
  missed.set(id, { times, at: now });
  const seen = past.get(id);
  if (times < mostMissed || !seen || queue.has(id) || isFinal(seen.state)) return false;
  past.set(id, toTold({ ...seen, state: forgottenState }));
  return true;
}

const olderThan = (since: Date, past: Queue): readonly string[] =>
  [...past.values()]
    .filter(({ end, start, submitted }) => (end ?? start ?? submitted ?? since) < since)
    .map(({ id }) => id);

/** These jobs as finished with an unknown exit. */
const unclear = (queue: Queue, past: Queue): readonly Seen[] => [
  ...[...queue.values()].filter(({ id, state }) => isFinal(state) && past.get(id)?.exit === undefined),
  ...[...past.values()].filter(
    ({ id, state, exit }) => (!isFinal(state) || exit === undefined) && !isTold(id, queue, past),
  ),
];

/** The jobs among these that are in the queue, with their exits as far as the queue has them. */
async function exitsInQueue(
  dialect: EndsDeps['queue'],
  queue: Queue,
  wanted: readonly Seen[],
  signal: AbortSignal,
): Promise<readonly Seen[]> {
  const queued = wanted.flatMap(({ id }) => queue.get(id) ?? []);
  if (queued.length === 0 || !dialect.exits) return [];
  const exits = await dialect.exits([...new Set(queued.map(wholeOf))], signal);
  return queued.flatMap((seen) => {
    const exit = exits.get(seen.part === undefined ? seen.id : `${seen.id}+${String(seen.part)}`);
    return exit ? [{ ...seen, exit, isQueued: false }] : [];
  });
}

/**
 * The exits of these jobs, which are in the queue; a job whose query fails stays unchanged. The scheduler does not
 * know jobs that are no longer in the queue.
 */
async function askRemembered(
  dialect: EndsDeps['queue'],
  jobs: readonly Seen[],
  signal: AbortSignal,
): Promise<Queue> {
  const wholes = new Map<string, Map<string, Seen>>();
  for (const seen of jobs) {
    const tasks = wholes.get(wholeOf(seen));
    if (tasks) tasks.set(seen.id, seen);
    else wholes.set(wholeOf(seen), new Map([[seen.id, seen]]));
  }
  const found = new Map<string, Seen>();
  for (const [whole, tasks] of [...wholes].slice(0, mostShown)) {
    const [first] = tasks.values();
    const told = await dialect.remembered?.(whole, first?.name, signal);
    for (const [id, seen] of tasks) {
      const { restarts: _, logs: __, ...end } = told?.get(id) ?? {};
      found.set(id, told?.has(id) ? { ...seen, ...end, isQueued: false } : seen);
    }
  }
  return found;
}
