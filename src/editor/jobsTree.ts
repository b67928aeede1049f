import * as vscode from 'vscode';
import {
  formatFilter,
  countHidden,
  isFilterActive,
  emptyFilter,
  filterJobs,
  filterChildren,
  filterTasks,
  type JobFilter,
} from '../core/presentation/jobFilter.js';
import { createChildRows } from '../core/presentation/childRows.js';
import type { Job } from '../core/domain/job.js';
import { getRunFailure } from '../core/domain/jobFailure.js';
import type { Log } from '../core/domain/ports.js';
import {
  createConnectionRow,
  createFilterRow,
  createMissingRow,
  createJobRow,
  formatJobDescription,
  createMalformedRow,
  createLoadMoreRow,
  createMoreTasksRow,
  taskPageSize,
  type JobRowContext,
  type TreeRow,
} from '../core/presentation/treeRows.js';
import { toJobRowId, parseRowId } from '../core/presentation/rowIds.js';
import { JobPartRows } from './jobPartRows.js';
import { createRowTooltip, toTreeItem } from './treeItem.js';
import { TreeNodes, type TreeNode } from './treeNodes.js';
import { findJob, getParentJob, type TreeState, type TreeSource } from './treeState.js';

/** Shows the jobs as rows of a tree, and records the rows so that only changed ones are updated. */
export class JobsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #changeEmitter = new vscode.EventEmitter<TreeNode | undefined>();
  readonly onDidChangeTreeData = this.#changeEmitter.event;
  readonly #nodes = new TreeNodes((rowId) => {
    this.#shownTasks.delete(rowId);
    this.#parts.forget(rowId);
  });
  /** Number of tasks shown per array, for arrays with more than the default number. */
  readonly #shownTasks = new Map<string, number>();
  readonly #parts: JobPartRows;
  #filter: JobFilter = emptyFilter;

  constructor(
    private readonly source: TreeSource,
    log: Log,
  ) {
    this.#parts = new JobPartRows(source, log);
  }

  get filter(): JobFilter {
    return this.#filter;
  }

  set filter(filter: JobFilter) {
    this.#filter = filter;
    this.drawAll();
  }

  /** True for a node of this tree. */
  readonly isNode = this.#nodes.isNode;

  /** Updates all rows: jobs were added or removed, or the filter changed. */
  drawAll(): void {
    this.#changeEmitter.fire(undefined);
  }

  /** Updates the rows of connections whose text has changed. */
  drawConnections(now: Date): void {
    for (const { backend, index, status: standing } of this.source.connections()) {
      const row = createConnectionRow(backend, index.top, standing, now);
      const drawn = this.#nodes.drawnRow(row.id);
      const node = this.#nodes.get(row.id);
      // Updating it updates everything below it, so it waits for a change of its jobs unless its own text
      // changed.
      if (drawn && node && drawn.description !== row.description) this.#changeEmitter.fire(node);
    }
  }

  /**
   * Updates the rows of these jobs and what is expanded below them; all rows if a filter can show or hide
   * them.
   */
  drawJobs(connection: string, ids: readonly string[]): void {
    if (isFilterActive(this.#filter) && ids.length > 0) {
      this.drawAll();
      return;
    }
    const nodes = ids.map((id) => this.#nodes.get(toJobRowId(connection, id)));
    for (const node of nodes) if (node) this.#changeEmitter.fire(node);
  }

  /** Shows more tasks of the array that this row belongs to. */
  showMoreTasks(rowId: string): void {
    const { connection, job = '' } = parseRowId(rowId);
    const array = toJobRowId(connection, job);
    this.#shownTasks.set(array, this.#getMaxTasks(array) + taskPageSize);
    const node = this.#nodes.get(array);
    if (node) this.#changeEmitter.fire(node);
  }

  #getMaxTasks(array: string): number {
    return this.#shownTasks.get(array) ?? taskPageSize;
  }

  /** Updates the rows whose text has changed, such as a duration. */
  drawChanged(now: Date): void {
    this.drawConnections(now);
    for (const { id, description } of this.#nodes.drawn) {
      const node = this.#nodes.get(id);
      const found = node?.parent && parseRowId(id).part === undefined ? this.findJobAt(id) : undefined;
      if (!found) continue;
      const { job, shown } = found;
      if (description !== formatJobDescription(job, shown.isStale, now, this.#createRowContext(shown, job)))
        this.#changeEmitter.fire(node);
    }
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const row = this.#createRow(node);
    if (row && this.#nodes.get(row.id) === node) this.#nodes.setDrawn(row);
    return toTreeItem(row ?? createMissingRow(node.rowId), node);
  }

  /** Called when the pointer hovers over a row. Only then the end of a job's log is read for its tooltip. */
  async resolveTreeItem(item: vscode.TreeItem, node: TreeNode): Promise<vscode.TreeItem> {
    const found = parseRowId(node.rowId).part === undefined ? this.findJobAt(node.rowId) : undefined;
    const { backend, isStale = true } = found?.shown ?? {};
    const lastLines =
      found && backend && !isStale && found.job.state.kind !== 'queued'
        ? await this.source.logTails.readLastLines({ backend, job: found.job })
        : undefined;
    const row = this.#createRow(node, lastLines);
    if (row) item.tooltip = createRowTooltip(row);
    return item;
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.parent;
  }

  /** The node of a job's row, to reveal it, or of the nearest visible row above it; undefined: none. */
  findNode(connection: string, id?: string): TreeNode | undefined {
    const shown = this.#getState(connection);
    if (shown && id === undefined) return this.#nodes.ensure(connection);
    const job = shown && findJob(shown, id ?? '');
    if (!shown || !job || id === undefined) return undefined;
    const parent = getParentJob(shown, job);
    if (!parent) return this.#nodes.ensure(toJobRowId(connection, id), this.#nodes.ensure(connection));
    const above = this.findNode(connection, parent.id);
    const own = toJobRowId(connection, id);
    const isShown =
      above?.rowId === toJobRowId(connection, parent.id) && this.#listIdsBelow(shown, parent).includes(own);
    return isShown ? this.#nodes.ensure(own, above) : above;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) {
      await this.source.whenReady();
      return this.#nodes.replace(this.#listRootIds());
    }
    const shown = this.#getState(node.rowId);
    if (shown) return this.#nodes.replace(this.#listJobIds(shown), node);
    const found = this.findJobAt(node.rowId);
    if (!found) return [];
    found.shown.children.open(found.job.id);
    const parts = await this.#parts.create(found.shown, found.job, node.rowId);
    const after = this.#createRowsAfter(found.shown, found.job);
    const ids = [
      ...parts.map(({ id }) => id),
      ...this.#listIdsBelow(found.shown, found.job),
      ...after.map(({ id }) => id),
    ];
    const nodes = this.#nodes.replace(ids, node);
    for (const row of [...parts, ...after]) this.#nodes.setDrawn(row);
    return nodes;
  }

  /** Called when the user expands or collapses a row: the content of collapsed rows is not polled. */
  setOpen({ rowId }: TreeNode, isOpen: boolean): void {
    const shown = this.#getState(rowId);
    if (shown) shown.children.setConnectionOpen(isOpen);
    else if (!isOpen) {
      const found = this.findJobAt(rowId);
      found?.shown.children.close(found.job.id);
    }
  }

  /** Loads more children of the job that this row belongs to, or retries loading them. */
  async loadChildren(rowId: string, how: 'more' | 'retry'): Promise<void> {
    const found = this.findJobAt(rowId);
    if (!found) return;
    const { children } = found.shown;
    await (how === 'more' ? children.loadMore(found.job.id) : children.retry(found.job.id));
  }

  #getState(connection: string): TreeState | undefined {
    return this.source.connections().find(({ backend }) => backend.connection.id === connection);
  }

  /** The job of a row or of a row below one. */
  findJobAt(rowId: string): { readonly shown: TreeState; readonly job: Job } | undefined {
    const { connection, job: id = '' } = parseRowId(rowId);
    const shown = this.#getState(connection);
    const job = shown && findJob(shown, id);
    return job ? { shown, job } : undefined;
  }

  #listRootIds(): readonly string[] {
    const connections = this.source.connections();
    const [first] = connections;
    const nothing = connections.length <= 1 && first?.index.all.length === 0 && !first.status.error;
    // Without rows the view shows its welcome content.
    if (nothing && !isFilterActive(this.#filter)) return [];
    const ids = connections.map(({ backend }) => backend.connection.id);
    return isFilterActive(this.#filter) ? ['filter', ...ids] : ids;
  }

  #listJobIds(shown: TreeState): readonly string[] {
    const { id } = shown.backend.connection;
    const { hasMore: more, moreActive = 0, malformed } = shown.listing;
    return [
      ...filterJobs(this.#filter, shown.index, shown.children).map((job) => toJobRowId(id, job.id)),
      ...(malformed.length > 0 ? [`${id}/malformed`] : []),
      ...(more || moreActive > 0 ? [`${id}/more`] : []),
    ];
  }

  /** Ids of the jobs below a job: those loaded in pages, then tasks that came with the list. */
  #listIdsBelow({ backend, index, children }: TreeState, job: Job): readonly string[] {
    const { id } = backend.connection;
    const loaded = filterChildren(this.#filter, job, children);
    const tasks = filterTasks(this.#filter, job, index).filter((task) => !children.get(task.id));
    const shown = tasks.slice(0, this.#getMaxTasks(toJobRowId(id, job.id)));
    return [...loaded, ...shown].map((child) => toJobRowId(id, child.id));
  }

  /** The rows after the jobs below a job: how many more exist, and the state of loading. */
  #createRowsAfter({ backend, index, children }: TreeState, job: Job): readonly TreeRow[] {
    const { id } = backend.connection;
    const list = children.getList(job.id);
    const tasks = filterTasks(this.#filter, job, index).filter((task) => !children.get(task.id));
    const hidden = tasks.length - this.#getMaxTasks(toJobRowId(id, job.id));
    return [
      ...(hidden > 0 ? [createMoreTasksRow(id, job, hidden)] : []),
      ...(list ? createChildRows(id, job, list) : []),
    ];
  }

  /** @param lastLines - The last lines of the job's log, if the row is created for its tooltip. */
  #createRow(node: TreeNode, lastLines?: readonly string[]): TreeRow | undefined {
    const now = new Date();
    if (!node.parent) {
      if (node.rowId === 'filter') return createFilterRow(formatFilter(this.#filter), this.#countHidden());
      const shown = this.#getState(node.rowId);
      return shown && createConnectionRow(shown.backend, shown.index.top, shown.status, now);
    }
    const { connection, job: id, part } = parseRowId(node.rowId);
    const row = part === undefined && this.#createListingRow(connection, id);
    if (row) return row;
    const found = this.findJobAt(node.rowId);
    if (!found) return undefined;
    if (part !== undefined) return this.#nodes.drawnRow(node.rowId);
    const { backend, isStale: stale } = found.shown;
    const context = this.#createRowContext(found.shown, found.job);
    if (!stale && !getRunFailure(found.job, context.metadata))
      this.source.logTails.request({ backend, job: found.job });
    return createJobRow(backend, found.job, stale, now, { ...context, lastLines });
  }

  #createRowContext(shown: TreeState, job: Job): JobRowContext {
    const { connection } = shown.backend;
    return {
      parent: getParentJob(shown, job),
      metadata: this.source.details.get(connection, job),
      progress: this.source.progress.get(toJobRowId(connection.id, job.id), job),
    };
  }

  /** A row for what a connection's list omits. */
  #createListingRow(connection: string, id: string | undefined): TreeRow | undefined {
    const listing = this.#getState(connection)?.listing;
    if (id === 'more') return createLoadMoreRow(connection, listing?.moreActive);
    return id === 'malformed' ? createMalformedRow(connection, listing?.malformed ?? []) : undefined;
  }

  #countHidden(): number {
    return this.source
      .connections()
      .reduce((sum, { index, children }) => sum + countHidden(this.#filter, index, children), 0);
  }

  dispose(): void {
    this.#changeEmitter.dispose();
  }
}
