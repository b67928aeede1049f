import type { JobsList, Tree } from '../commands/ports.js';
import type { Target } from '../commands/target.js';
import type { Change, ConnectionJobs } from '../core/jobs/connectionJobs.js';
import { readRowId } from '../core/presentation/rowIds.js';
import type { JobList } from '../core/jobs/jobList.js';
import { disposable, Lifetime, type Disposable } from '../lib/lifetime.js';
import { unreachableReason } from '../core/presentation/connectionNotices.js';
import { noticeOf } from '../core/presentation/notice.js';
import type { Clock } from '../core/domain/ports.js';
import { repeat, waker } from '../core/jobs/repeat.js';
import { activeJobs } from '../core/presentation/rows.js';
import type { JobsTree } from './jobsTree.js';
import type { Node } from './treeNodes.js';
import type { Shown } from './treeState.js';
import { ActiveCount } from './statusBar.js';
import { createTree } from './window.js';

/** Interval of updates to durations while a job is running, and to ages otherwise. */
const runningMs = 5_000;
const restingMs = 30_000;

/** The view of the tree: subscribes to the list while it is visible, and updates changed rows. */
export class JobsView implements Tree, Disposable {
  readonly #life = new Lifetime();
  readonly #view: ReturnType<typeof createTree<Node>>;
  readonly #count: ActiveCount;
  readonly #waker;
  #watching: Disposable | undefined;
  #shownActive = 0;

  constructor(
    private readonly tree: JobsTree,
    private readonly list: JobList,
    clock: Clock,
  ) {
    this.#view = this.#life.own(
      createTree('batchJobs.jobs', {
        treeDataProvider: tree,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.#count = this.#life.own(new ActiveCount(this.#view));
    this.#waker = waker(clock);
    this.#life.own(
      this.#view.onDidChangeVisibility(() => {
        this.#seen();
      }),
    );
    this.#life.own(
      this.#view.onDidExpandElement(({ element }) => {
        this.tree.setOpen(element, true);
      }),
    );
    this.#life.own(
      this.#view.onDidCollapseElement(({ element }) => {
        this.tree.setOpen(element, false);
      }),
    );
    this.#life.own(
      list.changed((change) => {
        this.#draw(change);
      }),
    );
    this.#life.own(
      disposable(() => {
        this.#watching?.dispose();
      }),
    );
    this.#seen();
    void repeat(() => Promise.resolve(this.#tick(clock.now())), this.#waker, this.#life.signal);
  }

  #seen(): void {
    if (this.#view.visible) this.#watching ??= this.list.watch();
    else {
      this.#watching?.dispose();
      this.#watching = undefined;
    }
    this.#waker.wake();
  }

  /** Updates durations and ages; paused while the view is hidden. */
  #tick(now: Date): number | undefined {
    if (!this.#view.visible) return undefined;
    if (!this.#areSeveralSelected()) this.tree.drawChanged(now);
    return this.#active().length > 0 ? runningMs : restingMs;
  }

  #draw(change: Change): void {
    // The welcome content depends on whether there are jobs, so the roots are updated with the order.
    if (change.order) this.tree.drawAll();
    else if (this.#areSeveralSelected()) {
      if (change.updated.length > 0) this.tree.drawAll();
    } else {
      this.tree.drawJobs(change.connection, change.updated);
      // Durations wait for the next tick: a row that is updated each round can lose a simultaneous click.
      this.tree.drawConnections(new Date());
    }
    const active = this.#active();
    if (active.length > 0 && this.#shownActive === 0) this.#waker.wake();
    this.#shownActive = active.length;
    const more = this.list.connections().map(({ listing }) => listing.moreActive ?? 0);
    this.#count.show(
      active,
      more.reduce((sum, count) => sum + count, 0),
    );
  }

  /**
   * True while several rows are selected. Rows are then not updated automatically: VS Code would remove the
   * rows below from the selection, and an action for several jobs would apply to only some of them.
   */
  #areSeveralSelected(): boolean {
    return this.#view.selection.length > 1;
  }

  #active() {
    return this.list.connections().flatMap(({ index }) => activeJobs(index));
  }

  async select({ backend, job }: Target): Promise<void> {
    const node = this.tree.nodeOf(backend.connection.id, job.id);
    if (node) await this.#view.reveal(node, { select: true, focus: false });
  }

  dispose(): void {
    this.#life.dispose();
  }
}

/** The list of jobs as commands and the tree use it. */
export function knownJobs(list: JobList): JobsList & { readonly shown: () => readonly Shown[] } {
  return {
    shown: () => list.connections().map(shownOf),
    find: (rowId) => {
      const { connection, job: id } = readRowId(rowId);
      const jobs = list.connections().find(({ backend }) => backend.connection.id === connection);
      const job = id === undefined ? undefined : jobs?.find(id);
      return jobs && job ? { backend: jobs.backend, job } : undefined;
    },
    all: () => list.connections().flatMap(({ backend, index }) => index.top.map((job) => ({ backend, job }))),
    tasks: ({ backend, job }) => {
      const jobs = list.connections().find((one) => one.backend === backend);
      return (jobs?.childrenOf(job.id) ?? []).map((task) => ({ backend, job: task }));
    },
    refresh: (row) => {
      const connection = row === undefined ? undefined : readRowId(row).connection;
      for (const { backend } of list.connections())
        if (connection === undefined || backend.connection.id === connection) backend.resetPrompts?.();
      return list.refresh(connection);
    },
    include: (connection, job) => {
      list.include(connection, job);
    },
    awaitEnd: (connection, id) => {
      list.awaitEnd(connection, id);
    },
  };
}

const shownOf = ({
  backend,
  index,
  children,
  listing,
  refreshed,
  problem,
  isStale,
}: ConnectionJobs): Shown => ({
  backend,
  index,
  children,
  listing,
  stale: isStale && (refreshed !== undefined || problem !== undefined),
  standing: {
    ...(refreshed ? { refreshed } : {}),
    ...(listing.counts ? { counts: listing.counts } : {}),
    ...(problem?.kind === 'signedOut' ? { signedOut: true as const } : {}),
    ...(problem && problem.kind !== 'signedOut'
      ? { trouble: unreachableReason(problem) ?? noticeOf(problem).text }
      : {}),
  },
});
