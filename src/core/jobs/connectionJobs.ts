import { AskedCount } from './askedCount.js';
import type { Backend } from '../domain/backend.js';
import type { Listing } from '../domain/paging.js';
import { ChildJobs } from './childJobs.js';
import { EndTracker, type JobEnds } from './endTracker.js';
import { completeListing } from './completeListing.js';
import { Hearing } from './hearing.js';
import { isActive, type Job, type JobId } from '../domain/job.js';
import { indexOf, type JobIndex } from './jobIndex.js';
import { JobCache } from './jobCache.js';
import type { Disposable } from '../../lib/lifetime.js';
import { mergeJobs } from './mergeJobs.js';
import type { Clock, JobStore, Log } from '../domain/ports.js';
import { JobError, type Problem } from '../domain/problem.js';
import { RoundLoop } from './roundLoop.js';
import { backoffMs, withTimeout } from '../../lib/time.js';

/** The timeout of one poll, in milliseconds. */
const roundMs = 60_000;

/** The maximum pause after repeated failures, in milliseconds. */
const mostBackOffMs = 300_000;

/** A change in a connection's jobs. */
export interface Change {
  readonly connection: string;
  /**
   * True if the rows directly below the connection were added, removed or moved, so all of them must be
   * redrawn.
   */
  readonly order: boolean;
  /**
   * The jobs to redraw with everything below them: they look different, or their tasks were added, removed or
   * moved.
   */
  readonly updated: readonly JobId[];
}

/**
 * Finished jobs of a connection. An array is included when all its tasks have finished; its tasks are not.
 */
export interface Ended extends JobEnds {
  readonly connection: string;
}

/** The dependencies of {@link ConnectionJobs}. */
export interface Surroundings {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** True while the list is visible. */
  readonly isWatched: () => boolean;
  readonly changed: (change: Change) => void;
  readonly ended: (ended: Ended) => void;
}

/**
 * The jobs of one connection, and the poll loop that refreshes them while they are visible or a job's end is
 * awaited.
 */
export class ConnectionJobs {
  index: JobIndex = indexOf([]);
  /** The last list without its jobs. Initially complete and empty. */
  listing: Omit<Listing, 'jobs'> = { more: false, malformed: [] };
  refreshed: Date | undefined;
  problem: Problem | undefined;
  /** True until the first list of this session, and after a failed poll. */
  isStale = true;
  /** The jobs that are loaded page by page below others. */
  readonly children: ChildJobs;

  readonly #loop;
  readonly #ends = new EndTracker();
  readonly #cache;
  readonly #asked = new AskedCount();
  readonly #hearing;
  #failures = 0;
  #malformed = '';
  /**
   * True while a list is being applied: its jobs were just polled, so awaiting one of them needs no extra
   * poll.
   */
  #isApplying = false;
  /** Listens for a sign-in while the user is signed out. */
  #signedIn: Disposable | undefined;

  constructor(
    readonly backend: Backend,
    private readonly about: Surroundings,
    private readonly signal: AbortSignal,
  ) {
    this.#loop = new RoundLoop(about.clock);
    this.#cache = new JobCache(backend.connection.id, about);
    this.#hearing = new Hearing(backend, about, this.#loop.wake);
    const { clock, log } = about;
    const children = {
      clock,
      log,
      findListed: (id: JobId) => this.index.get(id),
      listedParentOf: (job: Job) => this.index.parentOf(job),
      onChanged: (updated: readonly JobId[]) => {
        about.changed({ connection: backend.connection.id, order: false, updated });
      },
    };
    this.children = new ChildJobs(backend, children, signal);
    void this.#run();
  }

  /** All jobs including the tasks of arrays, newest first. */
  get jobs(): readonly Job[] {
    return this.index.all;
  }

  /** True if older jobs than the listed ones exist. */
  get more(): boolean {
    return this.listing.more;
  }

  /** Finds a listed job or a loaded child. */
  find(id: string): Job | undefined {
    return this.index.get(id) ?? this.children.get(id);
  }

  /** The parent of a job; undefined if its row is directly below the connection. */
  parentOf(job: Job): Job | undefined {
    return this.children.parentOf(job.id) ?? this.index.parentOf(job);
  }

  /** The known children of a job, in display order. */
  childrenOf(id: JobId): readonly Job[] {
    const loaded = this.children.listOf(id)?.jobs ?? [];
    const tasks = this.index.tasksOf(id);
    return loaded.length === 0 ? tasks : [...loaded, ...tasks.filter((task) => !this.children.get(task.id))];
  }

  /** The jobs whose end is awaited. */
  get awaited(): readonly JobId[] {
    return this.#ends.awaited;
  }

  /** Call when watching or awaiting starts (`begun`) or stops. */
  reconsider(begun: boolean): void {
    this.#hearing.listen(this.#isHeard());
    // If no poll is needed, the loop must wake to stop its timer.
    if (begun || !this.#isWanted()) this.#loop.wake();
  }

  /** Requests a poll; resolves after it, whether it succeeds or not. */
  refresh(): Promise<void> {
    this.children.invalidate();
    return this.#loop.request();
  }

  /** Requests more jobs from now on. */
  loadMore(): Promise<void> {
    this.#asked.add(this.isStale ? 0 : this.index.top.length, this.listing.moreActive ?? 0);
    return this.refresh();
  }

  /** Keeps polling until the job has finished, then reports its end unless it was already reported. */
  awaitEnd(id: JobId): void {
    if (this.#ends.add(id, this.index.get(id))) this.reconsider(!this.#isApplying);
  }

  /** Adds a job to the list before the next poll. */
  include(job: Job): void {
    const others = this.jobs.filter(({ id }) => id !== job.id);
    this.#apply([job, ...others], this.isStale);
    this.#loop.wake();
  }

  /** True while polling is needed: the list is visible, or a job's end is awaited. */
  #isWanted(): boolean {
    return this.about.isWatched() || this.#ends.isWaiting;
  }

  #isHeard(): boolean {
    return !this.#loop.isOver && this.#isWanted();
  }

  async #run(): Promise<void> {
    try {
      const known = await this.#cache.read();
      this.#ends.setEarlier(known);
      const others = known.filter(({ id }) => !this.index.get(id));
      if (others.length > 0) this.#apply([...this.jobs, ...others], true);
      // Watching or awaiting that started in the meantime has woken the loop; one poll covers all of it.
      const rounds = {
        isWanted: () => this.#isWanted(),
        run: () => this.#round(),
        pauseMs: () => this.#pauseMs(),
      };
      await this.#loop.run(rounds, this.signal);
    } catch (error) {
      if (!this.signal.aborted)
        this.about.log.error(`polling of ${this.backend.connection.id} stopped`, error);
    } finally {
      this.#loop.end();
      this.#hearing.listen(false);
      this.#signedIn?.dispose();
    }
  }

  #pauseMs(): number | undefined {
    // Without a valid sign-in, polling is pointless. Signing in, or showing the list again, wakes the loop.
    if (this.problem?.kind === 'signedOut') return undefined;
    const active = this.jobs.filter(isActive).length;
    const usualMs = this.backend.capabilities.pollInterval({ active });
    return Math.max(usualMs, backoffMs(this.#failures, usualMs, mostBackOffMs));
  }

  async #round(): Promise<void> {
    await this.#poll();
    // If listing fails, no further requests are sent. Children that are not visible are not loaded.
    if (this.problem === undefined && this.about.isWatched()) await this.children.poll();
  }

  async #poll(): Promise<void> {
    const { clock } = this.about;
    const { title: place } = this.backend.connection;
    const expected = { wanted: () => this.#expected(), known: () => this.index };
    const late = (): Error => new JobError({ kind: 'timedOut', place, afterMs: roundMs });
    try {
      const { gone, jobs, ...listing } = await withTimeout(
        (signal) => completeListing(this.backend, this.#asked.next(this.index.top), expected, signal),
        { ms: roundMs, late, clock },
        this.signal,
      );
      this.#ends.drop(gone);
      this.#succeed(listing);
      this.#isApplying = true;
      this.#apply(this.#takeChildren(jobs), false);
    } catch (error) {
      if (!this.signal.aborted) this.#fail(error);
    } finally {
      this.#isApplying = false;
    }
  }

  /** Moves loaded children from the list to {@link children}; returns the other jobs. */
  #takeChildren(jobs: readonly Job[]): readonly Job[] {
    const children = jobs.filter((job) => !this.index.get(job.id) && this.children.update(job));
    if (children.length === 0) return jobs;
    this.#ends.drop(children.filter((job) => !isActive(job)).map(({ id }) => id));
    return jobs.filter((job) => !children.includes(job));
  }

  #succeed(listing: Omit<Listing, 'jobs'>): void {
    this.#failures = 0;
    this.refreshed = this.about.clock.now();
    this.problem = undefined;
    this.#signedIn?.dispose();
    this.#signedIn = undefined;
    this.listing = listing;
    this.#logMalformed(listing);
  }

  #fail(error: unknown): void {
    const { title: place, id } = this.backend.connection;
    if (++this.#failures === 1) this.about.log.error(`the jobs of ${id} could not be listed`, error);
    this.problem =
      error instanceof JobError ? error.problem : { kind: 'badAnswer', place, what: String(error) };
    if (this.problem.kind === 'signedOut') this.#signedIn ??= this.backend.account?.changed(this.#loop.wake);
    const order = !this.isStale;
    this.isStale = true;
    this.about.changed({ connection: id, order, updated: [] });
  }

  /** The jobs that a poll must include. Tasks are included with their array. */
  #expected(): ReadonlySet<JobId> {
    return new Set([...this.#ends.awaited, ...this.index.top.filter(isActive).map(({ id }) => id)]);
  }

  /** Applies a new list, reusing the objects of unchanged jobs, and reports the changes. */
  #apply(next: readonly Job[], isStale: boolean): void {
    const { id: connection } = this.backend.connection;
    const old = this.index;
    const { index, updated, changed, ...merged } = mergeJobs(old, next);
    const order = merged.order || this.isStale !== isStale;
    const ended = this.#ends.findEnded(old, index, changed);
    this.index = index;
    this.isStale = isStale;
    this.children.prune();
    this.about.changed({ connection, order, updated });
    if (isStale) return;
    this.#ends.settle(index);
    this.#hearing.listen(this.#isHeard());
    for (const ends of this.#ends.report(index, ended)) this.about.ended({ connection, ...ends });
    if (order || updated.length > 0) this.#cache.write(index);
  }

  #logMalformed({ malformed }: Pick<Listing, 'malformed'>): void {
    const entries = malformed.join('\n');
    if (entries !== '' && entries !== this.#malformed)
      this.about.log.warn(`jobs of ${this.backend.connection.id} skipped:\n${entries}`);
    this.#malformed = entries;
  }
}
