import { Emitter, type Event } from '../../core/event.js';
import type { Clock, Log } from '../../core/ports.js';
import type { Say } from '../../core/say.js';
import { stoppable } from '../hosts/stoppable.js';
import type { Calls } from './calls.js';
import { endsOf } from './ends.js';
import type { History } from './history.js';
import { problemOf } from './problems.js';
import { joined, seenInQueue, type Seen } from './seen.js';
import { readSqueue, squeueFormat } from './squeue.js';

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

/** What watching needs. */
export interface WatchParts {
  readonly calls: Calls;
  readonly history: History;
  readonly clock: Clock;
  readonly log: Log;
  readonly say: Say;
}

/** Source: reference slurm.md, 4.1 and 4.4. */
const argv = ['squeue', '--me', '--noheader', '--states=all', `--format=${squeueFormat}`];

/** Nobody has asked yet, and nothing is asked until somebody does. */
export function watch({ calls, history, clock, log, say }: WatchParts): Watch {
  const changed = new Emitter<'stirred' | 'learned'>();
  const ends = endsOf(calls, history, clock);
  let queue: ReadonlyMap<string, Seen> = new Map();
  let malformed: readonly string[] = [];
  let askedAt = -Infinity;
  let round: Promise<void> | undefined;
  let isLearning = false;
  // A round belongs to all who ask; its programs have time limits of their own.
  const never = new AbortController().signal;

  const look = async (): Promise<void> => {
    const began = clock.now().getTime();
    const ran = await calls.ask(argv, never);
    if (ran.code !== 0) throw problemOf(ran, calls.place, '', say);
    const read = readSqueue(ran.output);
    const next = new Map(seenInQueue(read.rows).map((seen) => [seen.id, seen]));
    // What was there and is not any more has ended, however it did.
    ends.left([...queue.values()].filter(({ id }) => !next.has(id)));
    queue = next;
    malformed = read.malformed;
    askedAt = began;
    void learn();
  };

  /** Asks how jobs ended, while everybody goes on with what is known. */
  const learn = async (): Promise<void> => {
    if (isLearning) return;
    isLearning = true;
    try {
      if (await ends.learn(queue, never)) changed.fire('learned');
    } catch (error) {
      log.warn(`how jobs of ${calls.place} ended could not be asked: ${String(error)}`);
    } finally {
      isLearning = false;
    }
  };

  const all = (): Watched => {
    const jobs = new Map<string, Seen>(ends.past);
    for (const [id, seen] of queue) jobs.set(id, joined(seen, ends.past.get(id)));
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
