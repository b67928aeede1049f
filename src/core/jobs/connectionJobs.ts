import { JobListSize } from './jobListSize.js';
import type { Backend } from '../domain/backend.js';
import type { JobListResult } from '../domain/paging.js';
import { ChildJobs } from './childJobs.js';
import { EndTracker, type FinishedJobs } from './endTracker.js';
import { listWithMissingJobs } from './listWithMissingJobs.js';
import { ChangeSubscription } from './changeSubscription.js';
import { isActive, type Job, type JobId } from '../domain/job.js';
import { createJobIndex, type JobIndex } from './jobIndex.js';
import { JobCache } from './jobCache.js';
import type { Disposable } from '../../lib/lifetime.js';
import { MalformedLog } from './malformedLog.js';
import { mergeJobs } from './mergeJobs.js';
import type { Clock, JobStore, Log } from '../domain/ports.js';
import { JobError, type JobProblem } from '../domain/problem.js';
import { RoundLoop } from './roundLoop.js';
import { getBackoffMs, withTimeout } from '../../lib/time.js';

/** The timeout of one poll, and the maximum pause after repeated failures, in milliseconds. */
const roundTimeoutMs = 60_000;
const maxRoundBackoffMs = 300_000;

/** A change in a connection's jobs. */
export interface JobsChangedEvent {
  readonly connection: string;
  /**
   * True if the rows directly below the connection were added, removed or moved, so all of them must be
   * redrawn.
   */
  readonly isReordered: boolean;
  /**
   * The jobs to redraw with everything below them: they look different, or their tasks were added, removed or
   * moved.
   */
  readonly updated: readonly JobId[];
}

/**
 * Finished jobs of a connection. An array is included when all its tasks have finished; its tasks are not.
 */
export interface JobsEndedEvent extends FinishedJobs {
  readonly connection: string;
}

/** The dependencies of {@link ConnectionJobs}. */
export interface ConnectionJobsDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** True while the list is visible. */
  readonly isWatched: () => boolean;
  readonly onChanged: (change: JobsChangedEvent) => void;
  readonly onEnded: (ended: JobsEndedEvent) => void;
}

/**
 * The jobs of one connection, and the poll loop that refreshes them while they are visible or a job's end is
 * awaited.
 */
export class ConnectionJobs {
  index: JobIndex = createJobIndex([]);
  /** The last list without its jobs. Initially complete and empty. */
  listing: Omit<JobListResult, 'jobs'> = { hasMore: false, malformed: [] };
  refreshedAt: Date | undefined;
  problem: JobProblem | undefined;
  /** True until the first list of this session, and after a failed poll. */
  isStale = true;
  /** The jobs that are loaded page by page below others. */
  readonly children: ChildJobs;

  readonly #loop;
  readonly #endTracker = new EndTracker();
  readonly #cache;
  readonly #listSize = new JobListSize();
  readonly #malformedLog;
  readonly #subscription;
  #failures = 0;
  /**
   * True while a list is being applied: its jobs were just polled, so awaiting one of them needs no extra
   * poll.
   */
  #isApplying = false;
  /** Listens for a sign-in while the user is signed out. */
  #signInListener: Disposable | undefined;

  constructor(
    readonly backend: Backend,
    private readonly deps: ConnectionJobsDeps,
    private readonly signal: AbortSignal,
  ) {
    this.#loop = new RoundLoop(deps.clock);
    this.#malformedLog = new MalformedLog(backend.connection.id, deps.log);
    this.#cache = new JobCache(backend.connection.id, deps);
    this.#subscription = new ChangeSubscription(backend, deps, this.#loop.wake);
    const { clock, log } = deps;
    const children = {
      clock,
      log,
      findListedJob: (id: JobId) => this.index.get(id),
      getListedParent: (job: Job) => this.index.getParent(job),
      onChanged: (updated: readonly JobId[]) => {
        deps.onChanged({ connection: backend.connection.id, isReordered: false, updated });
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
    return this.listing.hasMore;
  }

  /** Finds a listed job or a loaded child. */
  find(id: string): Job | undefined {
    return this.index.get(id) ?? this.children.get(id);
  }

  /** The parent of a job; undefined if its row is directly below the connection. */
  getParent(job: Job): Job | undefined {
    return this.children.getParent(job.id) ?? this.index.getParent(job);
  }

  /** The known children of a job, in display order. */
  getChildren(id: JobId): readonly Job[] {
    const loaded = this.children.getList(id)?.jobs ?? [];
    const tasks = this.index.getTasks(id);
    return loaded.length === 0 ? tasks : [...loaded, ...tasks.filter((task) => !this.children.get(task.id))];
  }

  /** The jobs whose end is awaited. */
  get awaitedIds(): readonly JobId[] {
    return this.#endTracker.awaitedIds;
  }

  /** Call when watching or awaiting starts (`begun`) or stops. */
  reschedule(begun: boolean): void {
    this.#subscription.setActive(this.#isSubscribed());
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
    this.#listSize.add(this.isStale ? 0 : this.index.top.length, this.listing.moreActive ?? 0);
    return this.refresh();
  }

  /** Lists at least this many jobs until the next call; 0: as many as without it. */
  async listAtLeast(count: number): Promise<void> {
    if (this.#listSize.searched === count) return;
    this.#listSize.searched = count;
    await this.refresh();
  }

  /** Keeps polling until the job has finished, then reports its end unless it was already reported. */
  watchUntilDone(id: JobId): void {
    if (this.#endTracker.add(id, this.index.get(id))) this.reschedule(!this.#isApplying);
  }

  /** Adds a job to the list before the next poll. */
  include(job: Job): void {
    const others = this.jobs.filter(({ id }) => id !== job.id);
    this.#apply([job, ...others], this.isStale);
    this.#loop.wake();
  }

  /** True while polling is needed: the list is visible, or a job's end is awaited. */
  #isWanted(): boolean {
    return this.deps.isWatched() || this.#endTracker.isWaiting;
  }

  #isSubscribed(): boolean {
    return !this.#loop.isOver && this.#isWanted();
  }

  async #run(): Promise<void> {
    try {
      const known = await this.#cache.read();
      this.#endTracker.setPreviousJobs(known);
      const others = known.filter(({ id }) => !this.index.get(id));
      if (others.length > 0) this.#apply([...this.jobs, ...others], true);
      // Watching or awaiting that started in the meantime has woken the loop; one poll covers all of it.
      const rounds = {
        isWanted: () => this.#isWanted(),
        run: () => this.#runRound(),
        getPauseMs: () => this.#getPauseMs(),
      };
      await this.#loop.run(rounds, this.signal);
    } catch (error) {
      if (!this.signal.aborted)
        this.deps.log.error(`polling of ${this.backend.connection.id} stopped`, error);
    } finally {
      this.#loop.stop();
      this.#subscription.setActive(false);
      this.#signInListener?.dispose();
    }
  }

  #getPauseMs(): number | undefined {
    // Without a valid sign-in, polling is pointless. Signing in, or showing the list again, wakes the loop.
    if (this.problem?.kind === 'signedOut') return undefined;
    const active = this.jobs.filter(isActive).length;
    const usualMs = this.backend.capabilities.pollInterval({ activeCount: active });
    return Math.max(usualMs, getBackoffMs(this.#failures, usualMs, maxRoundBackoffMs));
  }

  async #runRound(): Promise<void> {
    await this.#poll();
    // If listing fails, no further requests are sent. Children that are not visible are not loaded.
    if (this.problem === undefined && this.deps.isWatched()) await this.children.poll();
  }

  async #poll(): Promise<void> {
    const { clock } = this.deps;
    const { title: place } = this.backend.connection;
    const expected = { wanted: () => this.#listExpectedIds(), known: () => this.index };
    const late = (): Error => new JobError({ kind: 'timedOut', place, afterMs: roundTimeoutMs });
    try {
      const { gone, jobs, ...listing } = await withTimeout(
        (signal) => listWithMissingJobs(this.backend, this.#listSize.next(this.index.top), expected, signal),
        { ms: roundTimeoutMs, late, clock },
        this.signal,
      );
      this.#endTracker.drop(gone);
      this.#recordSuccess(listing);
      this.#isApplying = true;
      this.#apply(this.#applyChildren(jobs), false);
    } catch (error) {
      if (!this.signal.aborted) this.#recordFailure(error);
    } finally {
      this.#isApplying = false;
    }
  }

  /** Moves loaded children from the list to {@link children}; returns the other jobs. */
  #applyChildren(jobs: readonly Job[]): readonly Job[] {
    const children = jobs.filter((job) => !this.index.get(job.id) && this.children.update(job));
    if (children.length === 0) return jobs;
    this.#endTracker.drop(children.filter((job) => !isActive(job)).map(({ id }) => id));
    return jobs.filter((job) => !children.includes(job));
  }

  #recordSuccess(listing: Omit<JobListResult, 'jobs'>): void {
    this.#failures = 0;
    this.refreshedAt = this.deps.clock.now();
    this.problem = undefined;
    this.#signInListener?.dispose();
    this.#signInListener = undefined;
    this.listing = listing;
    this.#malformedLog.write(listing.malformed);
  }

  #recordFailure(error: unknown): void {
    const { title: place, id } = this.backend.connection;
    if (++this.#failures === 1) this.deps.log.error(`the jobs of ${id} could not be listed`, error);
    this.problem =
      error instanceof JobError ? error.problem : { kind: 'badAnswer', place, what: String(error) };
    if (this.problem.kind === 'signedOut')
      this.#signInListener ??= this.backend.account?.onDidChange(this.#loop.wake);
    const order = !this.isStale;
    this.isStale = true;
    this.deps.onChanged({ connection: id, isReordered: order, updated: [] });
  }

  /** The jobs that a poll must include. Tasks are included with their array. */
  #listExpectedIds(): ReadonlySet<JobId> {
    return new Set([...this.#endTracker.awaitedIds, ...this.index.top.filter(isActive).map(({ id }) => id)]);
  }

  /** Applies a new list, reusing the objects of unchanged jobs, and reports the changes. */
  #apply(next: readonly Job[], isStale: boolean): void {
    const { id: connection } = this.backend.connection;
    const old = this.index;
    const { index, updated, changed, ...merged } = mergeJobs(old, next);
    const order = merged.isReordered || this.isStale !== isStale;
    const ended = this.#endTracker.findFinished(old, index, changed);
    this.index = index;
    this.isStale = isStale;
    this.children.prune();
    this.deps.onChanged({ connection, isReordered: order, updated });
    if (isStale) return;
    this.#endTracker.dropFinished(index);
    this.#subscription.setActive(this.#isSubscribed());
    for (const ends of this.#endTracker.takeUnreported(index, ended))
      this.deps.onEnded({ connection, ...ends });
    if (order || updated.length > 0) this.#cache.write(index);
  }
}
