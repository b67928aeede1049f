import * as vscode from 'vscode';
import {
  filterText,
  hiddenCount,
  isOn,
  noFilter,
  shownJobs,
  shownChildren,
  shownTasks,
  type Filter,
} from '../core/presentation/filter.js';
import { childRows } from '../core/presentation/childRows.js';
import { noFilesRow } from '../core/presentation/fileRows.js';
import type { Job } from '../core/domain/job.js';
import type { Log } from '../core/domain/ports.js';
import {
  connectionRow,
  filterRow,
  goneRow,
  jobRow,
  jobText,
  malformedRow,
  moreRow,
  moreTasksRow,
  pageOfTasks,
  partRows,
  type Row,
} from '../core/presentation/rows.js';
import { jobRowId, readRowId } from '../core/presentation/rowIds.js';
import { JobFiles } from './jobFiles.js';
import { tooltipFor, treeItem } from './treeItem.js';
import { TreeNodes, type Node } from './treeNodes.js';
import { findJob, parentOf, type Shown, type Source } from './treeState.js';

/** Shows the jobs as rows of a tree, and records the rows so that only changed ones are updated. */
export class JobsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #nodes = new TreeNodes((rowId) => {
    this.#shownTasks.delete(rowId);
    this.#files.forget(rowId);
  });
  /** Number of tasks shown per array, for arrays with more than the default number. */
  readonly #shownTasks = new Map<string, number>();
  readonly #files: JobFiles;
  #filter: Filter = noFilter;

  constructor(
    private readonly source: Source,
    log: Log,
  ) {
    this.#files = new JobFiles(log);
  }

  get filter(): Filter {
    return this.#filter;
  }

  set filter(filter: Filter) {
    this.#filter = filter;
    this.drawAll();
  }

  /** True for a node of this tree. */
  readonly isNode = this.#nodes.isNode;

  /** Updates all rows: jobs were added or removed, or the filter changed. */
  drawAll(): void {
    this.#changed.fire(undefined);
  }

  /** Updates the rows of connections whose text has changed. */
  drawConnections(now: Date): void {
    for (const { backend, index, standing } of this.source.connections()) {
      const row = connectionRow(backend, index.top, standing, now);
      const drawn = this.#nodes.drawnRow(row.id);
      const node = this.#nodes.get(row.id);
      // Updating it updates everything below it, so it waits for a change of its jobs unless its own text
      // changed.
      if (drawn && node && drawn.description !== row.description) this.#changed.fire(node);
    }
  }

  /**
   * Updates the rows of these jobs and what is expanded below them; all rows if a filter can show or hide
   * them.
   */
  drawJobs(connection: string, ids: readonly string[]): void {
    if (isOn(this.#filter) && ids.length > 0) {
      this.drawAll();
      return;
    }
    const nodes = ids.map((id) => this.#nodes.get(jobRowId(connection, id)));
    for (const node of nodes) if (node) this.#changed.fire(node);
  }

  /** Shows more tasks of the array that this row belongs to. */
  showMoreTasks(rowId: string): void {
    const { connection, job = '' } = readRowId(rowId);
    const array = jobRowId(connection, job);
    this.#shownTasks.set(array, this.#mostTasks(array) + pageOfTasks);
    const node = this.#nodes.get(array);
    if (node) this.#changed.fire(node);
  }

  #mostTasks(array: string): number {
    return this.#shownTasks.get(array) ?? pageOfTasks;
  }

  /** Updates the rows whose text has changed, such as a duration. */
  drawChanged(now: Date): void {
    this.drawConnections(now);
    for (const { id, description } of this.#nodes.drawn) {
      const node = this.#nodes.get(id);
      const found = node?.parent && readRowId(id).part === undefined ? this.jobAt(id) : undefined;
      if (found && description !== jobText(found.job, found.shown.stale, now)) this.#changed.fire(node);
    }
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const row = this.#rowOf(node);
    if (row && this.#nodes.get(row.id) === node) this.#nodes.setDrawn(row);
    return treeItem(row ?? goneRow(node.rowId), node);
  }

  /** Called when the pointer hovers over a row. */
  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    const row = this.#rowOf(node);
    if (row) item.tooltip = tooltipFor(row);
    return item;
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  /** The node of a job's row, to reveal it, or of the nearest visible row above it; undefined: none. */
  nodeOf(connection: string, id: string): Node | undefined {
    const shown = this.#shownOf(connection);
    const job = shown && findJob(shown, id);
    if (!shown || !job) return undefined;
    const parent = parentOf(shown, job);
    if (!parent) return this.#nodes.ensure(jobRowId(connection, id), this.#nodes.ensure(connection));
    const above = this.nodeOf(connection, parent.id);
    const own = jobRowId(connection, id);
    const isShown =
      above?.rowId === jobRowId(connection, parent.id) && this.#idsBelow(shown, parent).includes(own);
    return isShown ? this.#nodes.ensure(own, above) : above;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) {
      await this.source.settled();
      return this.#nodes.replace(this.#rootIds());
    }
    const shown = this.#shownOf(node.rowId);
    if (shown) return this.#nodes.replace(this.#jobIds(shown), node);
    const found = this.jobAt(node.rowId);
    if (!found) return [];
    found.shown.children.open(found.job.id);
    const parts = await this.#partRows(found.shown, found.job, node);
    const after = this.#rowsAfter(found.shown, found.job);
    const ids = [
      ...parts.map(({ id }) => id),
      ...this.#idsBelow(found.shown, found.job),
      ...after.map(({ id }) => id),
    ];
    const nodes = this.#nodes.replace(ids, node);
    for (const row of [...parts, ...after]) this.#nodes.setDrawn(row);
    return nodes;
  }

  /** Called when the user expands or collapses a row: the content of collapsed rows is not polled. */
  setOpen({ rowId }: Node, isOpen: boolean): void {
    const shown = this.#shownOf(rowId);
    if (shown) shown.children.setConnectionOpen(isOpen);
    else if (!isOpen) {
      const found = this.jobAt(rowId);
      found?.shown.children.close(found.job.id);
    }
  }

  /** Loads more children of the job that this row belongs to, or retries loading them. */
  async loadChildren(rowId: string, how: 'more' | 'retry'): Promise<void> {
    const found = this.jobAt(rowId);
    if (!found) return;
    const { children } = found.shown;
    await (how === 'more' ? children.loadMore(found.job.id) : children.retry(found.job.id));
  }

  #shownOf(connection: string): Shown | undefined {
    return this.source.connections().find(({ backend }) => backend.connection.id === connection);
  }

  /** The job of a row or of a row below one. */
  jobAt(rowId: string): { readonly shown: Shown; readonly job: Job } | undefined {
    const { connection, job: id = '' } = readRowId(rowId);
    const shown = this.#shownOf(connection);
    const job = shown && findJob(shown, id);
    return job ? { shown, job } : undefined;
  }

  #rootIds(): readonly string[] {
    const connections = this.source.connections();
    const [first] = connections;
    const nothing = connections.length <= 1 && first?.index.all.length === 0 && !first.standing.trouble;
    // Without rows the view shows its welcome content.
    if (nothing && !isOn(this.#filter)) return [];
    const ids = connections.map(({ backend }) => backend.connection.id);
    return isOn(this.#filter) ? ['filter', ...ids] : ids;
  }

  #jobIds(shown: Shown): readonly string[] {
    const { id } = shown.backend.connection;
    const { more, moreActive = 0, malformed } = shown.listing;
    return [
      ...shownJobs(this.#filter, shown.index, shown.children).map((job) => jobRowId(id, job.id)),
      ...(malformed.length > 0 ? [`${id}/malformed`] : []),
      ...(more || moreActive > 0 ? [`${id}/more`] : []),
    ];
  }

  /** Ids of the jobs below a job: those loaded in pages, then tasks that came with the list. */
  #idsBelow({ backend, index, children }: Shown, job: Job): readonly string[] {
    const { id } = backend.connection;
    const loaded = shownChildren(this.#filter, job, children);
    const tasks = shownTasks(this.#filter, job, index).filter((task) => !children.get(task.id));
    const shown = tasks.slice(0, this.#mostTasks(jobRowId(id, job.id)));
    return [...loaded, ...shown].map((child) => jobRowId(id, child.id));
  }

  /** The rows after the jobs below a job: how many more exist, and the state of loading. */
  #rowsAfter({ backend, index, children }: Shown, job: Job): readonly Row[] {
    const { id } = backend.connection;
    const list = children.listOf(job.id);
    const tasks = shownTasks(this.#filter, job, index).filter((task) => !children.get(task.id));
    const hidden = tasks.length - this.#mostTasks(jobRowId(id, job.id));
    return [
      ...(hidden > 0 ? [moreTasksRow(id, job, hidden)] : []),
      ...(list ? childRows(id, job, list) : []),
    ];
  }

  async #partRows(shown: Shown, job: Job, { rowId }: Node): Promise<readonly Row[]> {
    // The files of an array are below its tasks.
    const { files, why } = job.tasks ? { files: [] } : await this.#files.of(shown.backend, job, rowId);
    const rows = partRows(shown.backend, job, files);
    const { id } = shown.backend.connection;
    return why === undefined ? rows : [...rows, noFilesRow(id, job.id, why)];
  }

  #rowOf(node: Node): Row | undefined {
    const now = new Date();
    if (!node.parent) {
      if (node.rowId === 'filter') return filterRow(filterText(this.#filter), this.#hidden());
      const shown = this.#shownOf(node.rowId);
      return shown && connectionRow(shown.backend, shown.index.top, shown.standing, now);
    }
    const { connection, job: id, part } = readRowId(node.rowId);
    const row = part === undefined && this.#listingRow(connection, id);
    if (row) return row;
    const found = this.jobAt(node.rowId);
    if (!found) return undefined;
    if (part !== undefined) return this.#nodes.drawnRow(node.rowId);
    const { backend, stale } = found.shown;
    return jobRow(backend, found.job, stale, now, parentOf(found.shown, found.job));
  }

  /** A row for what a connection's list omits. */
  #listingRow(connection: string, id: string | undefined): Row | undefined {
    const listing = this.#shownOf(connection)?.listing;
    if (id === 'more') return moreRow(connection, listing?.moreActive);
    return id === 'malformed' ? malformedRow(connection, listing?.malformed ?? []) : undefined;
  }

  #hidden(): number {
    return this.source
      .connections()
      .reduce((sum, { index, children }) => sum + hiddenCount(this.#filter, index, children), 0);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
