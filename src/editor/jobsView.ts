import type { JobListCommands, JobRowSelector } from '../commands/commandDeps.js';
import { getRowId, type JobTarget } from '../commands/resolveTargets.js';
import type { JobsChangedEvent, ConnectionJobs } from '../core/jobs/connectionJobs.js';
import { parseRowId, toJobRowId } from '../core/presentation/rowIds.js';
import type { JobDetails } from '../core/jobs/jobDetails.js';
import type { JobList } from '../core/jobs/jobList.js';
import { createDisposable, Lifetime, type Disposable } from '../lib/lifetime.js';
import { getUnreachableReason } from '../core/presentation/connectionNotices.js';
import { createNotice } from '../core/presentation/notice.js';
import type { Clock } from '../core/domain/ports.js';
import { runPollLoop, createWakeSignal } from '../core/jobs/pollLoop.js';
import { listActiveJobs } from '../core/presentation/treeRows.js';
import type { JobsTree } from './jobsTree.js';
import type { TreeNode } from './treeNodes.js';
import type { TreeState } from './treeState.js';
import { ActiveJobsStatusBar } from './activeJobsStatusBar.js';
import { createTree } from './window.js';

/** Interval of updates to durations while a job is running, and to ages otherwise. */
const activeRedrawMs = 5_000;
const idleRedrawMs = 30_000;

/** The view of the tree: subscribes to the list while it is visible, and updates changed rows. */
export class JobsView implements JobRowSelector, Disposable {
  readonly #life = new Lifetime();
  readonly #view: ReturnType<typeof createTree<TreeNode>>;
  readonly #statusBar: ActiveJobsStatusBar;
  readonly #wakeSignal;
  #watching: Disposable | undefined;
  #shownActive = 0;

  constructor(
    private readonly tree: JobsTree,
    private readonly list: JobList,
    private readonly details: JobDetails,
    clock: Clock,
  ) {
    this.#view = this.#life.own(
      createTree('batchJobs.jobs', {
        treeDataProvider: tree,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.#statusBar = this.#life.own(new ActiveJobsStatusBar(this.#view));
    this.#wakeSignal = createWakeSignal(clock);
    this.#life.own(
      this.#view.onDidChangeVisibility(() => {
        this.#updateVisibility();
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
      list.onDidChange((change) => {
        this.#draw(change);
      }),
    );
    this.#life.own(
      details.onDidChange(({ connection, ids }) => {
        if (!this.#areSeveralSelected()) this.tree.drawJobs(connection, ids);
      }),
    );
    this.#life.own(
      createDisposable(() => {
        this.#watching?.dispose();
      }),
    );
    this.#updateVisibility();
    void runPollLoop(
      () => Promise.resolve(this.#redrawTimes(clock.now())),
      this.#wakeSignal,
      this.#life.signal,
    );
  }

  #updateVisibility(): void {
    if (this.#view.visible) {
      this.#watching ??= this.list.watch();
      this.#rereadDetails();
    } else {
      this.#watching?.dispose();
      this.#watching = undefined;
    }
    this.#wakeSignal.wake();
  }

  /** Another window may have changed what is stored about jobs. */
  #rereadDetails(): void {
    void this.details.invalidate((connection, id) =>
      this.list
        .connections()
        .find(({ backend }) => backend.connection.id === connection)
        ?.find(id),
    );
  }

  /** Updates durations and ages; paused while the view is hidden. */
  #redrawTimes(now: Date): number | undefined {
    if (!this.#view.visible) return undefined;
    if (!this.#areSeveralSelected()) this.tree.drawChanged(now);
    return this.#listActive().length > 0 ? activeRedrawMs : idleRedrawMs;
  }

  #draw(change: JobsChangedEvent): void {
    // The welcome content depends on whether there are jobs, so the roots are updated with the order.
    if (change.isReordered) this.tree.drawAll();
    else if (this.#areSeveralSelected()) {
      if (change.updated.length > 0) this.tree.drawAll();
    } else {
      this.tree.drawJobs(change.connection, change.updated);
      // Durations wait for the next tick: a row that is updated each round can lose a simultaneous click.
      this.tree.drawConnections(new Date());
    }
    const active = this.#listActive();
    if (active.length > 0 && this.#shownActive === 0) this.#wakeSignal.wake();
    this.#shownActive = active.length;
    const more = this.list.connections().map(({ listing }) => listing.moreActive ?? 0);
    this.#statusBar.show(
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

  #listActive() {
    return this.list.connections().flatMap(({ index }) => listActiveJobs(index));
  }

  async select({ backend, job }: JobTarget): Promise<void> {
    const node = this.tree.findNode(backend.connection.id, job.id);
    if (node) await this.#view.reveal(node, { select: true, focus: false });
  }

  async selectConnection(id: string): Promise<void> {
    const node = this.tree.findNode(id);
    if (node) await this.#view.reveal(node, { select: true, focus: false });
  }

  dispose(): void {
    this.#life.dispose();
  }
}

/** The list of jobs as commands and the tree use it. */
export function createKnownJobs(
  list: JobList,
): JobListCommands & { readonly listStates: () => readonly TreeState[] } {
  const submittedHere = new Set<string>();
  return {
    listStates: () => list.connections().map(toTreeState),
    find: (rowId) => {
      const { connection, job: id } = parseRowId(rowId);
      const jobs = list.connections().find(({ backend }) => backend.connection.id === connection);
      const job = id === undefined ? undefined : jobs?.find(id);
      return jobs && job ? { backend: jobs.backend, job } : undefined;
    },
    all: () => list.connections().flatMap(({ backend, index }) => index.top.map((job) => ({ backend, job }))),
    getTasks: ({ backend, job }) => {
      const jobs = list.connections().find((one) => one.backend === backend);
      return (jobs?.getChildren(job.id) ?? []).map((task) => ({ backend, job: task }));
    },
    refresh: (row) => {
      const connection = row === undefined ? undefined : parseRowId(row).connection;
      for (const { backend } of list.connections())
        if (connection === undefined || backend.connection.id === connection) backend.resetPrompts?.();
      return list.refresh(connection);
    },
    include: (connection, job) => {
      list.include(connection, job);
    },
    watchUntilDone: (connection, id) => {
      submittedHere.add(toJobRowId(connection, id));
      list.watchUntilDone(connection, id);
    },
    isSubmittedHere: (target) => submittedHere.has(getRowId(target)),
  };
}

const toTreeState = ({
  backend,
  index,
  children,
  listing,
  refreshedAt: refreshed,
  problem,
  isStale,
}: ConnectionJobs): TreeState => ({
  backend,
  index,
  children,
  listing,
  isStale: isStale && (refreshed !== undefined || problem !== undefined),
  status: {
    ...(refreshed ? { refreshedAt: refreshed } : {}),
    ...(listing.counts ? { counts: listing.counts } : {}),
    ...(problem?.kind === 'signedOut' ? { isSignedOut: true as const } : {}),
    ...(problem && problem.kind !== 'signedOut'
      ? { error: getUnreachableReason(problem) ?? createNotice(problem).text }
      : {}),
  },
});
