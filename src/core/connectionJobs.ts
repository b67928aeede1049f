import type { Backend, Listing } from './backend.js';
import { isActive, type Job, type JobId } from './job.js';
import { readJobs, writeJobs } from './knownJobs.js';
import type { Clock, JobStore, Log } from './ports.js';
import { isAbort, JobError, type Problem } from './problem.js';
import { backOffMs, repeat, waker } from './repeat.js';
import { sameJob } from './sameJob.js';

/** How many jobs are asked for at first, and how many more with each *Load more*. */
export const pageOfJobs = 20;

/** A round without an answer after this long has failed. */
const roundMs = 60_000;
const firstBackOffMs = 2_000;
const mostBackOffMs = 300_000;

/** What changed in a connection's jobs. */
export interface Change {
  readonly connection: string;
  /** True where the rows below the connection came, went or moved, so that all of them have to be drawn. */
  readonly order: boolean;
  /** The jobs that stayed in place and look different. */
  readonly updated: readonly JobId[];
}

/** Jobs that were active when last seen and have ended. */
export interface Ended {
  readonly connection: string;
  readonly jobs: readonly Job[];
  /** True where they were last seen by an earlier window. */
  readonly whileAway: boolean;
}

/** What the jobs of one connection need, and whom they tell. */
export interface Surroundings {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** True while somebody looks at the list. */
  readonly isWatched: () => boolean;
  readonly changed: (change: Change) => void;
  readonly ended: (ended: Ended) => void;
}

/** The jobs of one connection, and the one loop that keeps them fresh while somebody looks or waits. */
export class ConnectionJobs {
  jobs: readonly Job[] = [];
  more = false;
  refreshed: Date | undefined;
  problem: Problem | undefined;
  /** True until the first list of this session, and after a failed round. */
  isStale = true;

  readonly #waker;
  readonly #awaited = new Set<JobId>();
  #asked = pageOfJobs;
  #failures = 0;
  #requests: (() => void)[] = [];
  #malformed = '';
  #unwatch: AbortController | undefined;
  /** The active jobs that an earlier window saw last; undefined once they were compared. */
  #before: readonly Job[] | undefined;

  constructor(
    readonly backend: Backend,
    private readonly about: Surroundings,
    private readonly signal: AbortSignal,
  ) {
    this.#waker = waker(about.clock);
    void this.#run();
  }

  /** Whoever began or stopped to look or wait calls this. */
  reconsider(): void {
    this.#listenForChanges();
    if (this.#isWanted()) this.#waker.wake();
  }

  /** One round from now on; resolves after it, whether it succeeds or not. */
  refresh(): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) resolve();
      this.#requests.push(resolve);
      this.#waker.wake();
    });
  }

  /** Asks for more jobs from now on. */
  loadMore(): Promise<void> {
    this.#asked += pageOfJobs;
    return this.refresh();
  }

  /** Keeps the loop going until the job has ended. */
  awaitEnd(id: JobId): void {
    this.#awaited.add(id);
    this.reconsider();
  }

  /** Puts a job into the list before the next round tells of it. */
  include(job: Job): void {
    const others = this.jobs.filter(({ id }) => id !== job.id);
    this.#take([job, ...others], this.isStale);
    this.#waker.wake();
  }

  /** True while a round is worth its cost: somebody looks, a job is waited for, or a round was asked for. */
  #isWanted(): boolean {
    return this.about.isWatched() || this.#awaited.size > 0 || this.#requests.length > 0;
  }

  async #run(): Promise<void> {
    const { store, log } = this.about;
    const { id } = this.backend.connection;
    try {
      const known = readJobs(await store.read(id));
      // A round that was quicker than the disk knows better.
      if (this.refreshed === undefined && known.length > 0) this.#take(known, true);
      this.#before = known.filter(isActive);
      await repeat(() => this.#round(), this.#waker, this.signal);
    } catch (error) {
      log.error(`the list of ${id} stopped`, error);
    } finally {
      this.#unwatch?.abort();
      for (const done of this.#requests.splice(0)) done();
    }
  }

  async #round(): Promise<number | undefined> {
    if (!this.#isWanted()) return undefined;
    const requests = this.#requests.splice(0);
    try {
      await this.#look();
    } finally {
      for (const done of requests) done();
    }
    if (!this.#isWanted()) return undefined;
    const { pace } = this.backend;
    if (this.#failures > 0) return backOffMs(this.#failures, firstBackOffMs, mostBackOffMs);
    return this.jobs.some(isActive) ? pace.activeMs : pace.idleMs;
  }

  async #look(): Promise<void> {
    const { clock, log } = this.about;
    const { connection } = this.backend;
    try {
      const listing = await this.#withinTime((signal) => this.#complete(signal));
      this.#failures = 0;
      this.refreshed = clock.now();
      this.problem = undefined;
      this.more = listing.more;
      this.#tellMalformed(listing);
      this.#take(listing.jobs, false);
    } catch (error) {
      if (this.signal.aborted) return;
      this.#failures++;
      this.problem =
        error instanceof JobError
          ? error.problem
          : { kind: 'badAnswer', place: connection.title, what: String(error) };
      if (this.#failures === 1) log.error(`the jobs of ${connection.id} could not be listed`, error);
      this.isStale = true;
      this.about.changed({ connection: connection.id, order: true, updated: [] });
    }
  }

  /** The list, and those active jobs that are too old to be in it. */
  async #complete(signal: AbortSignal): Promise<Listing> {
    const listing = await this.backend.list(this.#asked, signal);
    const listed = new Set(listing.jobs.map(({ id }) => id));
    const missing = [
      ...new Set([...this.#awaited, ...this.jobs.filter(isActive).map(({ id }) => id)]),
    ].filter((id) => !listed.has(id));
    const found = await Promise.all(missing.slice(0, pageOfJobs).map((id) => this.backend.job(id, signal)));
    for (const [index, id] of missing.entries())
      if (index < found.length && !found[index]) this.#awaited.delete(id);
    return { ...listing, jobs: [...listing.jobs, ...found.filter((job) => job !== undefined)] };
  }

  async #withinTime<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.about;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.signal]);
    const tooLate = clock.sleep(roundMs, signal).then(() => {
      throw new JobError({
        kind: 'offline',
        place: this.backend.connection.title,
        why: `no answer within ${String(roundMs / 1000)} s`,
      });
    });
    try {
      return await Promise.race([run(signal), tooLate]);
    } finally {
      tooLate.catch(() => undefined);
      stop.abort();
    }
  }

  /** Takes over a new list, keeping the objects of the jobs that have not changed, and tells what has. */
  #take(next: readonly Job[], isStale: boolean): void {
    const { id: connection } = this.backend.connection;
    const old = new Map(this.jobs.map((job) => [job.id, job]));
    const updated: JobId[] = [];
    const merged = next.map((job) => {
      const before = old.get(job.id);
      if (before && sameJob(before, job)) return before;
      if (before) updated.push(job.id);
      return job;
    });
    const order =
      this.isStale !== isStale ||
      merged.length !== this.jobs.length ||
      merged.some(({ id }, index) => id !== this.jobs[index]?.id);
    const wasActive = (id: JobId): boolean => {
      const before = old.get(id);
      // A quick job may have ended before it was ever listed; who waits for it is told all the same.
      return before ? isActive(before) || this.#awaited.has(id) : this.#awaited.has(id);
    };
    const ended = merged.filter((job) => !isActive(job) && wasActive(job.id));
    this.jobs = merged;
    this.isStale = isStale;
    this.about.changed({ connection, order, updated });
    if (isStale) return;
    for (const job of merged) if (!isActive(job)) this.#awaited.delete(job.id);
    this.#tellEnded(ended);
    if (order || updated.length > 0) this.#remember();
  }

  #tellEnded(ended: readonly Job[]): void {
    const { id: connection } = this.backend.connection;
    const before = new Map((this.#before ?? []).map((job) => [job.id, job]));
    this.#before = undefined;
    const away = this.jobs.filter((job) => !isActive(job) && before.has(job.id));
    const here = ended.filter((job) => !away.includes(job));
    if (away.length > 0) this.about.ended({ connection, jobs: away, whileAway: true });
    if (here.length > 0) this.about.ended({ connection, jobs: here, whileAway: false });
  }

  #remember(): void {
    const { store, log } = this.about;
    const { id } = this.backend.connection;
    store.write(id, writeJobs(this.jobs)).catch((error: unknown) => {
      log.warn(`the jobs of ${id} are not remembered: ${String(error)}`);
    });
  }

  #tellMalformed({ malformed }: Listing): void {
    const told = malformed.join('\n');
    if (told !== '' && told !== this.#malformed)
      this.about.log.warn(`jobs of ${this.backend.connection.id} left out:\n${told}`);
    this.#malformed = told;
  }

  /** Hears of changes while somebody looks or waits, and not otherwise. */
  #listenForChanges(): void {
    const { changes } = this.backend;
    const wanted = changes !== undefined && (this.about.isWatched() || this.#awaited.size > 0);
    if (!wanted) {
      this.#unwatch?.abort();
      this.#unwatch = undefined;
    } else if (!this.#unwatch) {
      const stop = new AbortController();
      this.#unwatch = stop;
      void this.#hear(changes, AbortSignal.any([stop.signal, this.signal]));
    }
  }

  async #hear(changes: NonNullable<Backend['changes']>, signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of changes(signal)) this.#waker.wake();
    } catch (error) {
      if (!isAbort(error) && !signal.aborted)
        this.about.log.warn(`changes of ${this.backend.connection.id} are not heard: ${String(error)}`);
    }
  }
}
