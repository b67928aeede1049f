import type { Backend } from '../domain/backend.js';
import { isActive, type Job, type JobId } from '../domain/job.js';
import type { Clock, Log } from '../domain/ports.js';
import { JobError, type JobProblem } from '../domain/problem.js';
import { mergeChildren, emptyChildList, type ChildList } from './childList.js';
import { childPageSize, readChildrenAfter, readFirstChildren, type ChildPages } from './childPages.js';
import { getBackoffMs, withTimeout } from '../../lib/time.js';

/** The timeout of one page, in milliseconds. */
const pageTimeoutMs = 60_000;

/** The maximum pause after repeated failures, in milliseconds. */
const maxBackoffMs = 300_000;
const firstBackoffMs = 5_000;

/** The maximum number of parents whose children are loaded concurrently. */
const maxParallelLoads = 4;

/** The dependencies of {@link ChildJobs}. */
export interface ChildJobsDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Finds a job of the connection's list, which excludes children that were loaded page by page. */
  readonly findListedJob: (id: JobId) => Job | undefined;
  /** The array of a listed job. */
  readonly getListedParent: (job: Job) => Job | undefined;
  /** Called when the rows of these jobs, and everything below them, must be redrawn. */
  readonly onChanged: (ids: readonly JobId[]) => void;
}

/** The state of one parent. */
interface ChildListState {
  list: ChildList;
  /** The load in progress. Loads of one parent run one after another. */
  loading: Promise<void> | undefined;
  failures: number;
  /** Not polled before this time, in milliseconds since 1970. */
  notBeforeMs: number;
  /** True: polled in the next round even if nothing seems to change. */
  isStale: boolean;
}

/**
 * The children of a connection's jobs that are loaded page by page, at any depth. A poll refreshes only
 * parents whose row, and every row above it, is expanded.
 */
export class ChildJobs {
  readonly #entries = new Map<JobId, ChildListState>();
  /** Each loaded child with its parent. A job has one parent. */
  readonly #children = new Map<JobId, { job: Job; readonly parent: JobId }>();
  /** The jobs whose rows are expanded. */
  readonly #open = new Set<JobId>();
  #isConnectionOpen = true;

  constructor(
    private readonly backend: Backend,
    private readonly deps: ChildJobsDeps,
    private readonly signal: AbortSignal,
  ) {}

  /** Finds a loaded child. */
  get(id: string): Job | undefined {
    return this.#children.get(id as JobId)?.job; // SAFETY: used only for the lookup.
  }

  /** The parent of a loaded child. */
  getParent(id: JobId): Job | undefined {
    const parent = this.#children.get(id)?.parent;
    return parent === undefined ? undefined : this.#find(parent);
  }

  /** The children of a job; undefined if none were loaded page by page. */
  getList(id: JobId): ChildList | undefined {
    return this.#entries.get(id)?.list;
  }

  /** Call when the row of a job is expanded. Loads the first page if the job has children. */
  open(id: JobId): void {
    const isOpen = this.#open.has(id);
    this.#open.add(id);
    if (isOpen || !this.#hasChildren(id)) return;
    const entry = this.#getOrCreateEntry(id);
    if (!entry.list.isLoaded) entry.list = { ...entry.list, isLoading: true, problem: undefined };
    void this.#refresh(id, entry);
  }

  /** Call when the row of a job is collapsed. Its children stay in memory but are not polled. */
  close(id: JobId): void {
    this.#open.delete(id);
  }

  /** Call when the connection's own row is expanded or collapsed. */
  setConnectionOpen(isOpen: boolean): void {
    this.#isConnectionOpen = isOpen;
  }

  /** Loads the next page of a job's children. */
  async loadMore(id: JobId): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry || entry.list.isLoading || entry.list.next === undefined) return;
    this.#showLoading(id, entry);
    while (entry.loading) await entry.loading;
    await this.#startLoading(id, entry, (signal) => this.#readNext(id, entry, signal));
  }

  /** Reloads the children of a job after a failure. */
  async retry(id: JobId): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry || entry.list.isLoading) return;
    this.#showLoading(id, entry);
    await this.#refresh(id, entry);
  }

  /** Reloads the children of all expanded rows, a few at a time. Never rejects. */
  async poll(): Promise<void> {
    const nowMs = this.deps.clock.now().getTime();
    const due = [...this.#entries].filter(
      ([id, entry]) => this.#isVisible(id) && this.#isDue(id, entry, nowMs),
    );
    const work = due.values();
    const next = async (): Promise<void> => {
      for (const [id, entry] of work) if (!this.signal.aborted) await this.#refresh(id, entry);
    };
    await Promise.all(Array.from({ length: Math.min(maxParallelLoads, due.length) }, next));
  }

  /** Makes the next poll reload all expanded rows, including failed and finished ones. */
  invalidate(): void {
    for (const entry of this.#entries.values()) {
      entry.isStale = true;
      entry.notBeforeMs = 0;
    }
  }

  /** Replaces a child that was read separately; returns false if it is not a loaded child. */
  update(job: Job): boolean {
    const child = this.#children.get(job.id);
    const entry = child && this.#entries.get(child.parent);
    if (!entry) return false;
    const { parent } = child;
    const jobs = entry.list.jobs.map((one) => (one.id === job.id ? { ...job, parent } : one));
    this.#apply(parent, entry, { ...entry.list, jobs, malformed: [] });
    return true;
  }

  /** Releases the children of jobs that no longer exist. */
  prune(): void {
    for (let isGone = true; isGone;) {
      isGone = false;
      for (const [id, { list }] of this.#entries) {
        if (this.#find(id)) continue;
        this.#entries.delete(id);
        for (const job of list.jobs) this.#children.delete(job.id);
        isGone = true;
      }
    }
    for (const id of this.#open) if (!this.#find(id)) this.#open.delete(id);
  }

  #find(id: JobId): Job | undefined {
    return this.deps.findListedJob(id) ?? this.#children.get(id)?.job;
  }

  #hasChildren(id: JobId): boolean {
    return this.backend.jobs.children !== undefined && this.#find(id)?.hasChildren === true;
  }

  #getOrCreateEntry(id: JobId): ChildListState {
    const known = this.#entries.get(id);
    if (known) return known;
    const entry = { list: emptyChildList, loading: undefined, failures: 0, notBeforeMs: 0, isStale: false };
    this.#entries.set(id, entry);
    return entry;
  }

  /** True if a row and all rows above it are expanded. */
  #isVisible(id: JobId): boolean {
    if (!this.#isConnectionOpen) return false;
    for (let job = this.#find(id); job; job = this.getParent(job.id) ?? this.deps.getListedParent(job))
      if (!this.#open.has(job.id)) return false;
    return true;
  }

  /** Finished jobs with only finished children no longer change. */
  #isDue(id: JobId, { list, notBeforeMs, isStale }: ChildListState, nowMs: number): boolean {
    const parent = this.#find(id);
    if (!parent?.hasChildren || nowMs < notBeforeMs) return false;
    return isStale || !list.isLoaded || list.problem !== undefined || [parent, ...list.jobs].some(isActive);
  }

  #showLoading(id: JobId, entry: ChildListState): void {
    entry.list = { ...entry.list, isLoading: true, problem: undefined };
    this.deps.onChanged([id]);
  }

  /** Reloads as many children as are shown, or joins the load in progress. */
  #refresh(id: JobId, entry: ChildListState): Promise<void> {
    return (
      entry.loading ??
      this.#startLoading(id, entry, (signal) => {
        const wanted = Math.max(childPageSize, entry.list.jobs.length);
        return readFirstChildren(this.#createPageReader(id), wanted, signal);
      })
    );
  }

  async #readNext(id: JobId, { list }: ChildListState, signal: AbortSignal): Promise<ChildPages> {
    if (list.next === undefined) return { ...list, malformed: [] };
    const page = await readChildrenAfter(this.#createPageReader(id), list.next, childPageSize, signal);
    return { ...page, jobs: [...list.jobs, ...page.jobs], total: page.total ?? list.total };
  }

  #createPageReader(id: JobId): Parameters<typeof readFirstChildren>[0] {
    const children = this.backend.jobs.children;
    const { title: place } = this.backend.connection;
    return (page, signal) =>
      children?.(id, page, signal) ??
      Promise.reject(new JobError({ kind: 'badAnswer', place, what: 'children' }));
  }

  #startLoading(
    id: JobId,
    entry: ChildListState,
    read: (signal: AbortSignal) => Promise<ChildPages>,
  ): Promise<void> {
    const run = async (): Promise<void> => {
      const { clock } = this.deps;
      const { title: place } = this.backend.connection;
      const late = (): Error => new JobError({ kind: 'timedOut', place, afterMs: pageTimeoutMs });
      try {
        const pages = await withTimeout(read, { ms: pageTimeoutMs, late, clock }, this.signal);
        // The job may have disappeared in the meantime.
        if (this.#entries.get(id) === entry) this.#apply(id, entry, pages);
      } catch (error) {
        if (!this.signal.aborted && this.#entries.get(id) === entry) this.#recordFailure(id, entry, error);
      }
    };
    const loading = run().finally(() => {
      if (entry.loading === loading) entry.loading = undefined;
    });
    entry.loading = loading;
    return loading;
  }

  #apply(id: JobId, entry: ChildListState, pages: ChildPages): void {
    entry.failures = 0;
    entry.notBeforeMs = 0;
    entry.isStale = false;
    const { jobs, refused } = this.#accept(id, pages.jobs);
    const malformed = [...pages.malformed, ...refused];
    if (malformed.length > 0)
      this.deps.log.warn(
        `children of ${id} on ${this.backend.connection.id} skipped:\n${malformed.join('\n')}`,
      );
    const { list, isReordered, updated } = mergeChildren(entry.list, { ...pages, jobs });
    for (const job of entry.list.jobs) this.#children.delete(job.id);
    for (const job of list.jobs) this.#children.set(job.id, { job, parent: id });
    entry.list = list;
    this.prune();
    if (isReordered) this.deps.onChanged([id]);
    else if (updated.length > 0) this.deps.onChanged(updated);
  }

  /** Removes duplicates and jobs that already have another place in the tree. */
  #accept(
    id: JobId,
    jobs: readonly Job[],
  ): { readonly jobs: readonly Job[]; readonly refused: readonly string[] } {
    const accepted = new Map<JobId, Job>();
    const refused: string[] = [];
    for (const job of jobs) {
      const owner = this.#children.get(job.id)?.parent;
      const listed = this.deps.findListedJob(job.id);
      const isElsewhere =
        job.id === id ||
        (owner !== undefined && owner !== id) ||
        (listed !== undefined && listed.parent !== id);
      if (isElsewhere) refused.push(`${job.id} is elsewhere in the tree`);
      else accepted.set(job.id, job.parent === id ? job : { ...job, parent: id });
    }
    return { jobs: [...accepted.values()], refused };
  }

  #recordFailure(id: JobId, entry: ChildListState, error: unknown): void {
    const { connection } = this.backend;
    if (++entry.failures === 1)
      this.deps.log.error(`the children of ${id} on ${connection.id} could not be loaded`, error);
    entry.notBeforeMs =
      this.deps.clock.now().getTime() + getBackoffMs(entry.failures, firstBackoffMs, maxBackoffMs);
    entry.isStale = false;
    const problem: JobProblem =
      error instanceof JobError
        ? error.problem
        : { kind: 'badAnswer', place: connection.title, what: String(error) };
    const wasShown = entry.list.problem !== undefined && !entry.list.isLoading;
    entry.list = { ...entry.list, isLoading: false, problem };
    if (!wasShown) this.deps.onChanged([id]);
  }
}
