import * as vscode from 'vscode';
import type { JobFilter } from '../core/presentation/jobFilter.js';
import type { JobGrouping } from '../core/presentation/jobGroups.js';
import type { Job } from '../core/domain/job.js';
import { getRunFailure } from '../core/domain/jobFailure.js';
import type { Log } from '../core/domain/ports.js';
import {
  createConnectionRow,
  createMissingRow,
  createJobRow,
  formatJobDescription,
  type JobRowContext,
  type TreeRow,
} from '../core/presentation/treeRows.js';
import { toJobRowId, parseRowId } from '../core/presentation/rowIds.js';
import { JobPartRows } from './jobPartRows.js';
import { createRowTooltip, toTreeItem } from './treeItem.js';
import { TaskRows } from './taskRows.js';
import { TreeLayout } from './treeLayout.js';
import { TreeNodes, type TreeNode } from './treeNodes.js';
import { findJob, getParentJob, type TreeState, type TreeSource } from './treeState.js';

/** Shows the jobs as rows of a tree, and records the rows so that only changed ones are updated. */
export class JobsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #changeEmitter = new vscode.EventEmitter<TreeNode | undefined>();
  readonly onDidChangeTreeData = this.#changeEmitter.event;
  readonly #nodes = new TreeNodes((rowId) => {
    this.#tasks.forget(rowId);
    this.#parts.forget(rowId);
  });
  readonly #tasks: TaskRows;
  readonly #parts: JobPartRows;
  readonly #layout: TreeLayout;

  constructor(
    private readonly source: TreeSource,
    log: Log,
  ) {
    this.#parts = new JobPartRows(source, log);
    this.#layout = new TreeLayout(source);
    this.#tasks = new TaskRows(this.#layout);
  }

  get filter(): JobFilter {
    return this.#layout.filter;
  }

  set filter(filter: JobFilter) {
    this.#layout.filter = filter;
    this.drawAll();
  }

  get grouping(): JobGrouping {
    return this.#layout.grouping;
  }

  set grouping(grouping: JobGrouping) {
    this.#layout.grouping = grouping;
    this.drawAll();
  }

  /** Shows the old jobs of a connection, or hides them again. */
  toggleOlder(connection: string): void {
    this.#layout.toggleOlder(connection);
    this.drawAll();
  }

  /** True if a listed job of the connection matches the filter. */
  hasMatch(connection: string): boolean {
    return this.#layout.hasMatch(connection);
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
   * Updates the rows of these jobs and what is expanded below them; all rows of the connection if others are to
   * be shown or in another order, and all rows if a filter can show or hide them.
   */
  drawJobs(connection: string, ids: readonly string[]): void {
    if (this.#layout.isFiltered && ids.length > 0) {
      this.drawAll();
      return;
    }
    if (ids.length > 0 && this.drawMoved(connection)) return;
    const nodes = ids.map((id) => this.#nodes.get(toJobRowId(connection, id)));
    for (const node of nodes) if (node) this.#changeEmitter.fire(node);
  }

  /** Updates all rows of a connection if others are to be shown or in another order; false: no change. */
  drawMoved(connection: string): boolean {
    const shown = this.#getState(connection);
    const node = this.#nodes.get(connection);
    if (!shown || !node || !this.#layout.isChanged(shown)) return false;
    this.#changeEmitter.fire(node);
    return true;
  }

  /** Shows more tasks of the array that this row belongs to. */
  showMoreTasks(rowId: string): void {
    const node = this.#nodes.get(this.#tasks.showMore(rowId));
    if (node) this.#changeEmitter.fire(node);
  }

  /** Updates the rows whose text has changed, such as a duration. */
  drawChanged(now: Date): void {
    this.drawConnections(now);
    if (this.#layout.dependsOnTime)
      for (const { backend } of this.source.connections()) this.drawMoved(backend.connection.id);
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
  findNode(connection: string, id: string): TreeNode | undefined {
    const shown = this.#getState(connection);
    const job = shown && findJob(shown, id);
    if (!shown || !job) return undefined;
    const parent = getParentJob(shown, job);
    if (!parent) return this.#findTopNode(shown, job);
    const above = this.findNode(connection, parent.id);
    const own = toJobRowId(connection, id);
    const isShown =
      above?.rowId === toJobRowId(connection, parent.id) && this.#tasks.listIds(shown, parent).includes(own);
    return isShown ? this.#nodes.ensure(own, above) : above;
  }

  #findTopNode(shown: TreeState, job: Job): TreeNode {
    const { id } = shown.backend.connection;
    const top = this.#nodes.ensure(id);
    const parentId = this.#layout.findParentId(shown, job);
    if (parentId === undefined) return top;
    const parent = parentId === id ? top : this.#nodes.ensure(parentId, top);
    return this.#nodes.ensure(toJobRowId(id, job.id), parent);
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) {
      await this.source.whenReady();
      return this.#nodes.replace(this.#layout.listRootIds());
    }
    const shown = this.#getState(node.rowId);
    const ids = shown ? this.#layout.listIds(shown) : this.#layout.listIdsOfGroup(node.rowId);
    if (ids) return this.#nodes.replace(ids, node);
    return this.#createNodesBelow(node);
  }

  async #createNodesBelow(node: TreeNode): Promise<TreeNode[]> {
    const found = this.findJobAt(node.rowId);
    if (!found) return [];
    found.shown.children.open(found.job.id);
    const parts = await this.#parts.create(found.shown, found.job, node.rowId);
    const after = this.#tasks.createRowsAfter(found.shown, found.job);
    const ids = [
      ...parts.map(({ id }) => id),
      ...this.#tasks.listIds(found.shown, found.job),
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

  /** @param lastLines - The last lines of the job's log, if the row is created for its tooltip. */
  #createRow(node: TreeNode, lastLines?: readonly string[]): TreeRow | undefined {
    const now = new Date();
    if (!node.parent) {
      const shown = this.#getState(node.rowId);
      if (shown) return createConnectionRow(shown.backend, shown.index.top, shown.status, now);
    }
    const row = this.#layout.createRow(node.rowId);
    if (row) return row;
    const { part } = parseRowId(node.rowId);
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

  dispose(): void {
    this.#changeEmitter.dispose();
  }
}
