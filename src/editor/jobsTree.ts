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

/** Draws the jobs as rows of a tree, and remembers which were drawn, so that only changed ones are drawn again. */
export class JobsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #nodes = new TreeNodes((rowId) => {
    this.#shownTasks.delete(rowId);
    this.#files.forget(rowId);
  });
  /** How many tasks are shown of arrays of which more than the first are. */
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

  /** True for a node of this tree itself. */
  readonly isNode = this.#nodes.isNode;

  /** Draws everything again: jobs came or went, or the filter changed. */
  drawAll(): void {
    this.#changed.fire(undefined);
  }

  /** Draws the connections' own rows again whose words have changed. */
  drawConnections(now: Date): void {
    for (const { backend, index, standing } of this.source.connections()) {
      const row = connectionRow(backend, index.top, standing, now);
      const drawn = this.#nodes.drawnRow(row.id);
      const node = this.#nodes.get(row.id);
      // It is drawn with all below it, so it waits for a change of its jobs unless its own words changed.
      if (drawn && node && drawn.description !== row.description) this.#changed.fire(node);
    }
  }

  /** Draws these jobs' rows again, and what is open below them; all where a filter may show or hide them. */
  drawJobs(connection: string, ids: readonly string[]): void {
    if (isOn(this.#filter) && ids.length > 0) {
      this.drawAll();
      return;
    }
    const nodes = ids.map((id) => this.#nodes.get(jobRowId(connection, id)));
    for (const node of nodes) if (node) this.#changed.fire(node);
  }

  /** Shows more tasks of the array to which this row belongs. */
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

  /** Draws those drawn rows again whose text has changed, such as a duration. */
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

  /** Called when the pointer rests on a row. */
  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    const row = this.#rowOf(node);
    if (row) item.tooltip = tooltipFor(row);
    return item;
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  /** The node of a job's row, for revealing it, or of the nearest one above that is shown; undefined: none is. */
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

  /** A row was opened or closed by the user: what is below closed rows is not polled. */
  setOpen({ rowId }: Node, isOpen: boolean): void {
    const shown = this.#shownOf(rowId);
    if (shown) shown.children.setConnectionOpen(isOpen);
    else if (!isOpen) {
      const found = this.jobAt(rowId);
      found?.shown.children.close(found.job.id);
    }
  }

  /** Loads more children of the job to which this row belongs, or tries again to load them. */
  async loadChildren(rowId: string, how: 'more' | 'retry'): Promise<void> {
    const found = this.jobAt(rowId);
    if (!found) return;
    const { children } = found.shown;
    await (how === 'more' ? children.loadMore(found.job.id) : children.retry(found.job.id));
  }

  #shownOf(connection: string): Shown | undefined {
    return this.source.connections().find(({ backend }) => backend.connection.id === connection);
  }

  /** The job of a row or of a row below it. */
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
    // Without any row the view shows its welcome text.
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

  /** The rows of the jobs below one: those that are loaded by pages, then tasks that came with the list. */
  #idsBelow({ backend, index, children }: Shown, job: Job): readonly string[] {
    const { id } = backend.connection;
    const loaded = shownChildren(this.#filter, job, children);
    const tasks = shownTasks(this.#filter, job, index).filter((task) => !children.get(task.id));
    const shown = tasks.slice(0, this.#mostTasks(jobRowId(id, job.id)));
    return [...loaded, ...shown].map((child) => jobRowId(id, child.id));
  }

  /** The rows after the jobs below one: how many more there are, and how their loading stands. */
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
    // Those of an array are below its tasks.
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

  /** A row for what the list of a connection left out. */
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
