import type { Clock } from '../../../core/domain/ports.js';
import type { QueueDialect } from '../dialect.js';
import { cancelsOf } from './cancels.js';
import type { JobHistory } from './jobHistory.js';
import { forgotten, forgottenState, isEarlier, isFinal, joined, type Seen } from './seen.js';

/** The queue at one moment, by the jobs' ids. */
export type Queue = ReadonlyMap<string, Seen>;

/** The jobs that the queue does not tell of any more, and how jobs ended. */
export interface Ends {
  readonly past: ReadonlyMap<string, Seen>;
  /** The queue was looked at again: what has left it has ended, what waits or runs in it has not. */
  readonly looked: (before: Queue, now: Queue) => void;
  /** This job, or this array, was cancelled here, also where a quicker look has found it gone already: of tasks that had not begun Slurm keeps no trace. */
  readonly cancelled: (id: string) => void;
  /** Asks the queue itself how those scripts ended that it still knows: at once; true: something is new. */
  readonly learnExits: (queue: Queue, signal: AbortSignal) => Promise<boolean>;
  /** Asks how the others ended that have, and now and then for the jobs of the last days; true: something is new. */
  readonly learn: (queue: Queue, signal: AbortSignal) => Promise<boolean>;
}

/** So often at most the accounting is asked for the jobs of the last days, in milliseconds. */
const historyMs = 900_000;

/** So many jobs (an array is one) at most are asked of the scheduler one by one, each round. */
const mostShown = 10;

/** After so many answers without a word of it, a job that is gone from the queue counts as forgotten, and is not asked for. */
const mostMissed = 4;

/** Answers that come sooner one after the other count as one, in milliseconds: the accounting hears of an end seconds later. */
const missMs = 3_000;

/** How often nothing was heard of a job, and when it was counted last, in milliseconds since 1970. */
interface Misses {
  readonly times: number;
  readonly at: number;
}

/** What is asked to learn how jobs ended. */
export interface EndsDeps {
  readonly queue: Pick<QueueDialect, 'exits' | 'remembered'>;
  readonly history: JobHistory;
  readonly clock: Clock;
}

/** Nothing is known yet. Source of what Slurm is asked: docs/protocols/slurm.md, 4.4. */
export function endsOf({ queue: dialect, history, clock }: EndsDeps): Ends {
  const past = new Map<string, Seen>();
  const missed = new Map<string, Misses>();
  const cancels = cancelsOf(clock, history.isComplete);
  let historyAt = -Infinity;

  const forget = (id: string): void => {
    past.delete(id);
    missed.delete(id);
  };
  /** What a user wrote is as the queue told it: the accounting changes quotes and other scripts. */
  const put = (seen: Seen, queue: Queue): void => {
    const { name, command } = sameRun(queue.get(seen.id) ?? past.get(seen.id), seen) ?? seen;
    const end = { ...seen, name: name === '' ? seen.name : name, command };
    past.set(seen.id, history.isComplete ? end : cancels.told(end));
    // More is not to be known of one that has ended.
    if (isFinal(seen.state)) missed.set(seen.id, { times: mostMissed, at: 0 });
  };

  /** Asks for the jobs of the last days where that is due, and forgets what is older. */
  const lookBack = async (queue: Queue, signal: AbortSignal): Promise<boolean> => {
    if (clock.now().getTime() - historyAt < historyMs) return false;
    const recent = await history.recent(signal);
    if (!recent) return false;
    historyAt = clock.now().getTime();
    for (const id of olderThan(history.since(), past)) forget(id);
    for (const seen of recent) {
      const state = queue.get(seen.id)?.state;
      // An end of one that the queue still has may be that of an earlier run; the end of this one is asked for then.
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

/** What is known of a job, where it is not of an earlier one with its number. */
const sameRun = (known: Seen | undefined, seen: Seen): Seen | undefined =>
  known && !isEarlier(known, seen) && !isEarlier(seen, known) ? known : undefined;

/** What is known of the past of this number is over: its job waits or runs again, or is another one. */
const isOutdated = (past: Queue, seen: Seen): boolean =>
  !isFinal(seen.state) || (past.has(seen.id) && !sameRun(past.get(seen.id), seen));
/** What learning how jobs ended needs. */
interface LearningParts {
  readonly dialect: EndsDeps['queue'];
  readonly history: JobHistory;
  readonly clock: Clock;
  readonly past: Map<string, Seen>;
  readonly missed: Map<string, Misses>;
  readonly put: (seen: Seen, queue: Queue) => void;
  /** As cancelled where only we can know. */
  readonly toTold: (seen: Seen) => Seen;
}

/** Asks the accounting how these jobs ended, and the scheduler job by job. */
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
 * The arrays of which tasks are told together that have not ended. What such a row stood for before is in it, or began:
 * of one that was cancelled Slurm keeps no trace.
 */
const wholesWithFolded = (queue: Queue): ReadonlySet<string> =>
  new Set(
    [...queue.values()]
      .filter(({ base, own, state }) => base !== undefined && own === undefined && !isFinal(state))
      .map(wholeOf),
  );

/** The number by which a job is asked for together with all the tasks of its array. */
const wholeOf = ({ id, base }: Seen): string => (base === undefined ? id : String(base));

/** True where the queue tells of it, or nobody could: the accounting may take a lost job for one that runs. */
const isTold = (id: string, queue: Queue, past: Queue): boolean =>
  queue.has(id) || past.get(id)?.state.word === forgotten;

/** Nothing was heard of a job once more; true: it is given up. */
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

/** Those that have ended, without a word on how. */
const unclear = (queue: Queue, past: Queue): readonly Seen[] => [
  ...[...queue.values()].filter(({ id, state }) => isFinal(state) && past.get(id)?.exit === undefined),
  ...[...past.values()].filter(
    ({ id, state, exit }) => (!isFinal(state) || exit === undefined) && !isTold(id, queue, past),
  ),
];

/** Those of these jobs that are in the queue, with how their scripts ended, as far as the queue knows it. */
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
 * How the scripts of these jobs ended, which are in the queue; a job that is asked for in vain is as it was. Of what is
 * not in the queue the scheduler knows nothing either.
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
