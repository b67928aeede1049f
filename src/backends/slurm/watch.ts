import { Emitter, type Event } from '../../core/event.js';
import type { JobId } from '../../core/job.js';
import type { Clock, Log } from '../../core/ports.js';
import type { Say } from '../../core/say.js';
import { stoppable } from '../hosts/stoppable.js';
import type { Calls } from './calls.js';
import { shown, withShown, type History } from './history.js';
import { problemOf } from './problems.js';
import { forgotten, joined, seenInQueue, type Seen } from './seen.js';
import { readSqueue, squeueFormat } from './squeue.js';
import { isFinal } from './states.js';

/** All that is known of the user's jobs, kept fresh by one squeue for all who want to know. */
export interface Watch {
  /**
   * The jobs as of at most `ageMs` ago; one question at a time, shared by all who ask meanwhile.
   * @throws {@link JobError} of kind `offline`, `refused`.
   */
  readonly jobs: (ageMs: number, signal: AbortSignal) => Promise<Watched>;
  /** Something was done to jobs: looking soon, and again, is worth it. */
  readonly stir: () => void;
  readonly changed: Event<'stirred' | 'learned'>;
}

/** One state of the list. */
export interface Watched {
  readonly jobs: ReadonlyMap<string, Seen>;
  readonly malformed: readonly string[];
}

/** So often at most the accounting is asked for the jobs of the last days, in milliseconds. */
const historyMs = 900_000;

/** So many jobs at most are asked of the controller one by one, each round. */
const mostShown = 10;

/** After so many looks without any word, a job that is gone from the queue counts as forgotten. */
const mostMissed = 4;

/** @param asked - the command for all the user's jobs; source: reference slurm.md, 4.1 and 4.4. */
export function watch(about: {
  readonly calls: Calls;
  readonly history: History;
  readonly clock: Clock;
  readonly log: Log;
  readonly say: Say;
}): Watch {
  const { calls, history, clock, log, say } = about;
  const changed = new Emitter<'stirred' | 'learned'>();
  /** Those that the queue tells, and those that only the history knows. */
  let queue: ReadonlyMap<string, Seen> = new Map();
  const past = new Map<string, Seen>();
  const missed = new Map<string, number>();
  let malformed: readonly string[] = [];
  let askedAt = -Infinity;
  let historyAt = -Infinity;
  let round: Promise<void> | undefined;
  let isLearning = false;
  const never = new AbortController().signal;

  const look = async (): Promise<void> => {
    const argv = ['squeue', '--me', '--noheader', '--states=all', `--format=${squeueFormat}`];
    const began = clock.now().getTime();
    const ran = await calls.ask(argv, never);
    if (ran.code !== 0) throw problemOf(ran, calls.place, '', say);
    const { rows, malformed: bad } = readSqueue(ran.output);
    const next = new Map(seenInQueue(rows).map((seen) => [seen.id, seen]));
    // What was there and is not any more has ended, however it did.
    for (const [id, seen] of queue) if (!next.has(id)) past.set(id, { ...seen, isQueued: false });
    for (const id of next.keys()) missed.delete(id);
    queue = next;
    malformed = bad;
    askedAt = began;
    void learn();
  };

  /** Asks how jobs ended, while everybody goes on with what is known. */
  const learn = async (): Promise<void> => {
    if (isLearning) return;
    isLearning = true;
    try {
      const isDue = clock.now().getTime() - historyAt >= historyMs;
      if (isDue) {
        historyAt = clock.now().getTime();
        for (const seen of await history.recent(never)) past.set(seen.id, seen);
      }
      const learned = await learnEnds();
      if (isDue || learned) changed.fire('learned');
    } catch (error) {
      log.warn(`how jobs of ${calls.place} ended could not be asked: ${String(error)}`);
    } finally {
      isLearning = false;
    }
  };

  /** Those that have ended, without a word on how. */
  const unclear = (): readonly Seen[] => [
    ...[...queue.values()].filter(({ id, state }) => isFinal(state) && past.get(id)?.exit === undefined),
    ...[...past.values()].filter(({ id, state }) => !queue.has(id) && !isFinal(state) && state !== forgotten),
  ];

  const learnEnds = async (): Promise<boolean> => {
    const wanted = unclear().filter(({ id }) => (missed.get(id) ?? 0) < mostMissed);
    if (wanted.length === 0) return false;
    const ids = new Set(wanted.map(({ id }) => id));
    const bases = [...new Set(wanted.map(({ id, base }) => (base === undefined ? id : String(base))))];
    for (const seen of await history.of(bases, never))
      if (isFinal(seen.state)) {
        past.set(seen.id, seen);
        ids.delete(seen.id);
      }
    const left = wanted.filter(({ id }) => ids.has(id));
    for (const seen of left.slice(0, mostShown)) {
      const told = await shown(calls, seen.id, seen.name, never);
      const known = told && withShown(seen, told);
      if (known && isFinal(known.state)) {
        past.set(seen.id, { ...known, isQueued: false });
        ids.delete(seen.id);
      }
    }
    for (const id of ids) miss(id);
    return true;
  };

  const miss = (id: string): void => {
    const times = (missed.get(id) ?? 0) + 1;
    missed.set(id, times);
    const seen = past.get(id);
    if (times >= mostMissed && seen && !queue.has(id) && !isFinal(seen.state))
      past.set(id, { ...seen, state: forgotten });
  };

  const all = (): Watched => {
    const jobs = new Map<string, Seen>(past);
    for (const [id, seen] of queue) jobs.set(id, joined(seen, past.get(id)));
    // For a moment the accounting tells of an array as if it were one job.
    for (const { index, base } of [...jobs.values()])
      if (index !== undefined && base !== undefined) jobs.delete(String(base));
    return { jobs, malformed };
  };

  return {
    jobs: async (ageMs, signal) => {
      if (clock.now().getTime() - askedAt > ageMs) {
        round ??= look().finally(() => (round = undefined));
        await stoppable(round, signal);
      }
      return all();
    },
    stir: () => {
      askedAt = -Infinity;
      changed.fire('stirred');
    },
    changed: changed.event,
  };
}

/** The ids of a job and, of an array, of all its tasks. */
export const withTasks = (jobs: ReadonlyMap<string, Seen>, id: JobId): readonly Seen[] =>
  [...jobs.values()].filter(
    (seen) => seen.id === id || (seen.index !== undefined && String(seen.base) === id),
  );
