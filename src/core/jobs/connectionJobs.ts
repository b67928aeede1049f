import { AskedCount } from './askedCount.js';
import type { Backend } from '../domain/backend.js';
import type { Listing } from '../domain/paging.js';
import { completeListing } from './completeListing.js';
import { Hearing } from './hearing.js';
import { isActive, type Job, type JobId } from '../domain/job.js';
import { indexOf, type JobIndex } from './jobIndex.js';
import { readJobs, writeJobs } from './knownJobs.js';
import type { Disposable } from '../../lib/lifetime.js';
import { mergeJobs } from './mergeJobs.js';
import type { Clock, JobStore, Log } from '../domain/ports.js';
import { JobError, type Problem } from '../domain/problem.js';
import { backOffMs, repeat, waker } from './repeat.js';
import { withinTime } from './timeLimit.js';

/** A round without an answer after this long has failed. */
const roundMs = 60_000;

/** The waits after failures grow from the usual pace up to this. */
const mostBackOffMs = 300_000;

/** What changed in a connection's jobs. */
export interface Change {
  readonly connection: string;
  /** True where the rows right below the connection came, went or moved, so that all of them have to be drawn. */
  readonly order: boolean;
  /** The jobs to draw with all below them: they stayed in place and look different, or their tasks came, went or moved. */
  readonly updated: readonly JobId[];
}

/** Jobs that were active when last seen and have ended; an array once all its tasks have, which are not named. */
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

const hasEnded = (job: Job | undefined): boolean => job !== undefined && !isActive(job);

/** The jobs of one connection, and the one loop that keeps them fresh while somebody looks or waits. */
export class ConnectionJobs {
  index: JobIndex = indexOf([]);
  /** The last list without its jobs; before it: nothing is left out. */
  listing: Omit<Listing, 'jobs'> = { more: false, malformed: [] };
  refreshed: Date | undefined;
  problem: Problem | undefined;
  /** True until the first list of this session, and after a failed round. */
  isStale = true;

  readonly #waker;
  readonly #awaited = new Set<JobId>();
  /** The jobs whose end was told in this window, with when they were submitted. */
  readonly #told = new Map<JobId, number | undefined>();
  readonly #asked = new AskedCount();
  #failures = 0;
  #requests: (() => void)[] = [];
  #malformed = '';
  readonly #hearing;
  #isOver = false;
  /** True while a round tells what it found: what is waited for from then on has just been looked at. */
  #isTelling = false;
  /** Listens for a sign-in while there is none. */
  #signedIn: Disposable | undefined;
  /** The active jobs that an earlier window saw last; undefined once they were compared. */
  #before: readonly Job[] | undefined;

  constructor(
    readonly backend: Backend,
    private readonly about: Surroundings,
    private readonly signal: AbortSignal,
  ) {
    this.#waker = waker(about.clock);
    this.#hearing = new Hearing(backend, about, this.#waker.wake);
    void this.#run();
  }

  /** All jobs, newest first, the tasks of arrays among them. */
  get jobs(): readonly Job[] {
    return this.index.all;
  }

  /** True: there are older ones than the listed ones. */
  get more(): boolean {
    return this.listing.more;
  }

  /** The jobs whose end is waited for. */
  get awaited(): readonly JobId[] {
    return [...this.#awaited];
  }

  /** Whoever began (`begun`) or stopped to look or wait calls this. */
  reconsider(begun: boolean): void {
    this.#hearing.listen(this.#isHeard());
    // Where nothing is wanted any more it is woken to rest at once, without a timer.
    if (begun || !this.#isWanted()) this.#waker.wake();
  }

  /** One round from now on; resolves after it, whether it succeeds or not. */
  refresh(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      this.#requests.push(resolve);
      this.#waker.wake();
    });
  }

  /** Asks for more jobs than now from now on. */
  loadMore(): Promise<void> {
    this.#asked.add(this.isStale ? 0 : this.index.top.length, this.listing.moreActive ?? 0);
    return this.refresh();
  }

  /** Keeps the loop going until the job has ended; its end is told, unless it was told before. */
  awaitEnd(id: JobId): void {
    if (this.#awaited.has(id) || this.#isTold(id)) return;
    this.#awaited.add(id);
    this.reconsider(!this.#isTelling);
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

  /** True while it is worth hearing of changes: somebody looks or waits. */
  #isHeard(): boolean {
    return !this.#isOver && (this.about.isWatched() || this.#awaited.size > 0);
  }

  async #run(): Promise<void> {
    const { log } = this.about;
    try {
      const known = await this.#known();
      this.#before = known.filter(isActive);
      const others = known.filter(({ id }) => !this.index.get(id));
      if (others.length > 0) this.#take([...this.jobs, ...others], true);
      // Whoever looked or waited meanwhile has woken it; one round answers them all.
      await this.#waker.wait(undefined, this.signal);
      await repeat(() => this.#round(), this.#waker, this.signal);
    } catch (error) {
      if (!this.signal.aborted) log.error(`the list of ${this.backend.connection.id} stopped`, error);
    } finally {
      this.#isOver = true;
      this.#hearing.listen(false);
      this.#signedIn?.dispose();
      for (const done of this.#requests.splice(0)) done();
    }
  }

  async #known(): Promise<readonly Job[]> {
    const { store, log } = this.about;
    const { id } = this.backend.connection;
    try {
      return readJobs(await store.read(id));
    } catch (error) {
      log.warn(`the last known jobs of ${id} cannot be read: ${String(error)}`);
      return [];
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
    // Nobody is asked again who does not know us: signing in, or whoever looks anew, wakes the loop.
    if (!this.#isWanted() || this.problem?.kind === 'signedOut') return undefined;
    const active = this.jobs.filter(isActive).length;
    const usualMs = this.backend.capabilities.pollInterval({ active });
    return Math.max(usualMs, backOffMs(this.#failures, usualMs, mostBackOffMs));
  }

  async #look(): Promise<void> {
    const { clock } = this.about;
    const { title: place } = this.backend.connection;
    const expected = { wanted: () => this.#wanted(), known: () => this.index };
    const late = (): Error =>
      new JobError({ kind: 'offline', place, why: `no answer within ${String(roundMs / 1000)} s` });
    try {
      const { gone, jobs, ...listing } = await withinTime(
        (signal) => completeListing(this.backend, this.#asked.next(this.index.top), expected, signal),
        { ms: roundMs, late, clock },
        this.signal,
      );
      for (const id of gone) this.#awaited.delete(id);
      this.#failures = 0;
      this.refreshed = clock.now();
      this.problem = undefined;
      this.#signedIn?.dispose();
      this.#signedIn = undefined;
      this.listing = listing;
      this.#tellMalformed(listing);
      this.#isTelling = true;
      this.#take(jobs, false);
    } catch (error) {
      if (!this.signal.aborted) this.#fail(error);
    } finally {
      this.#isTelling = false;
    }
  }

  #fail(error: unknown): void {
    const { title: place, id } = this.backend.connection;
    if (++this.#failures === 1) this.about.log.error(`the jobs of ${id} could not be listed`, error);
    this.problem =
      error instanceof JobError ? error.problem : { kind: 'badAnswer', place, what: String(error) };
    if (this.problem.kind === 'signedOut') this.#signedIn ??= this.backend.account?.changed(this.#waker.wake);
    const order = !this.isStale;
    this.isStale = true;
    this.about.changed({ connection: id, order, updated: [] });
  }

  /** The jobs that a round has to tell of; tasks come with their array. */
  #wanted(): ReadonlySet<JobId> {
    return new Set([...this.#awaited, ...this.index.top.filter(isActive).map(({ id }) => id)]);
  }

  /** Takes over a new list, keeping the objects of the jobs that have not changed, and tells what has. */
  #take(next: readonly Job[], isStale: boolean): void {
    const { id: connection } = this.backend.connection;
    const old = this.index;
    const { index, updated, changed, ...merged } = mergeJobs(old, next);
    const order = merged.order || this.isStale !== isStale;
    // A quick job may have ended before it was ever listed; who waits for it is told all the same.
    const awaited = [...this.#awaited].flatMap((id) => index.get(id) ?? []);
    const ended = [...new Set([...changed, ...awaited])].filter((job) => {
      const before = old.get(job.id);
      const wasAwaited = (before && isActive(before)) || this.#awaited.has(job.id);
      return !isActive(job) && wasAwaited && !index.parentOf(job);
    });
    this.index = index;
    this.isStale = isStale;
    this.about.changed({ connection, order, updated });
    if (isStale) return;
    for (const id of this.#awaited) if (hasEnded(index.get(id))) this.#awaited.delete(id);
    this.#hearing.listen(this.#isHeard());
    this.#tellEnded(ended);
    if (order || updated.length > 0) this.#remember();
  }

  #tellEnded(ended: readonly Job[]): void {
    const { id: connection } = this.backend.connection;
    const before = new Map((this.#before ?? []).map((job) => [job.id, job]));
    this.#before = undefined;
    const away = new Set(this.index.top.filter((job) => !isActive(job) && before.has(job.id)));
    const here = ended.filter((job) => !away.has(job) && !this.#isTold(job.id));
    for (const { id, submitted } of [...away, ...here]) this.#told.set(id, submitted?.getTime());
    if (away.size > 0) this.about.ended({ connection, jobs: [...away], whileAway: true });
    if (here.length > 0) this.about.ended({ connection, jobs: here, whileAway: false });
  }

  /** A job that is queued again has another end than the one that was told. */
  #isTold(id: JobId): boolean {
    const job = this.index.get(id);
    return this.#told.has(id) && (!job || this.#told.get(id) === job.submitted?.getTime());
  }

  #remember(): void {
    const { store, log } = this.about;
    const { id } = this.backend.connection;
    store.write(id, writeJobs(this.index)).catch((error: unknown) => {
      log.warn(`the jobs of ${id} are not remembered: ${String(error)}`);
    });
  }

  #tellMalformed({ malformed }: Pick<Listing, 'malformed'>): void {
    const told = malformed.join('\n');
    if (told !== '' && told !== this.#malformed)
      this.about.log.warn(`jobs of ${this.backend.connection.id} left out:\n${told}`);
    this.#malformed = told;
  }
}
