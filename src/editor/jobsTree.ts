import * as vscode from 'vscode';
import type { Backend } from '../core/domain/backend.js';
import type { Listing } from '../core/domain/paging.js';
import {
  filterText,
  hiddenCount,
  isOn,
  noFilter,
  shownJobs,
  shownTasks,
  type Filter,
} from '../core/presentation/filter.js';
import { noFilesRow } from '../core/presentation/fileRows.js';
import type { Job } from '../core/domain/job.js';
import type { JobIndex } from '../core/jobs/jobIndex.js';
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
  type Standing,
} from '../core/presentation/rows.js';
import { jobRowId, readRowId } from '../core/presentation/rowIds.js';
import type { Say } from '../lib/say.js';
import { JobFiles } from './jobFiles.js';
import { tooltipFor, treeItem } from './treeItem.js';

/** A row of the tree; the same object for the same row over all refreshes. */
export interface Node {
  readonly rowId: string;
  readonly parent?: Node;
}

/** What the tree shows of one connection. */
export interface Shown {
  readonly backend: Backend;
  /** Newest first. */
  readonly index: JobIndex;
  /** What the list left out: older jobs, active ones among them, entries that could not be read. */
  readonly listing: Omit<Listing, 'jobs'>;
  readonly standing: Standing;
  /** True while the jobs are only as last known. */
  readonly stale: boolean;
}

/** What the tree draws from. */
export interface Source {
  readonly connections: () => readonly Shown[];
  /** Resolves when the connections are those of the settings. */
  readonly settled: () => Promise<void>;
}

/** Draws the jobs as rows of a tree, and remembers which were drawn, so that only changed ones are drawn again. */
export class JobsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #nodes = new Map<string, Node>();
  /** All nodes that were ever made: what a menu gives is one of them, what a link gives is not. */
  readonly #made = new WeakSet<object>();
  /** The rows as last drawn. */
  readonly #drawn = new Map<string, Row>();
  /** How many tasks are shown of arrays of which more than the first are. */
  readonly #shownTasks = new Map<string, number>();
  readonly #files: JobFiles;
  #filter: Filter = noFilter;

  constructor(
    private readonly source: Source,
    private readonly say: Say,
    log: Log,
  ) {
    this.#files = new JobFiles(say, log);
  }

  get filter(): Filter {
    return this.#filter;
  }

  set filter(filter: Filter) {
    this.#filter = filter;
    this.drawAll();
  }

  /** True for a node of this tree itself. */
  readonly isNode = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && this.#made.has(value);

  /** Draws everything again: jobs came or went, or the filter changed. */
  drawAll(): void {
    this.#changed.fire(undefined);
  }

  /** Draws the connections' own rows again whose words have changed. */
  drawConnections(now: Date): void {
    for (const { backend, index, standing } of this.source.connections()) {
      const row = connectionRow(backend, index.top, standing, now, this.say);
      const drawn = this.#drawn.get(row.id);
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
    for (const { backend, index, stale } of this.source.connections())
      for (const job of index.all) {
        const rowId = jobRowId(backend.connection.id, job.id);
        const drawn = this.#drawn.get(rowId);
        const node = this.#nodes.get(rowId);
        if (drawn && node && drawn.description !== jobText(job, stale, now, this.say))
          this.#changed.fire(node);
      }
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const row = this.#rowOf(node);
    if (row) this.#drawn.set(row.id, row);
    return treeItem(row ?? goneRow(node.rowId, this.say), node);
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

  /** The node of a job's row, for revealing it, or of its array's where that does not show it; undefined: neither is shown. */
  nodeOf(connection: string, id: string): Node | undefined {
    const shown = this.#shownOf(connection);
    const job = shown?.index.get(id);
    if (!shown || !job) return undefined;
    const array = shown.index.parentOf(job);
    const above = this.#node(connection);
    if (!array) return this.#node(jobRowId(connection, id), above);
    const node = this.#node(jobRowId(connection, array.id), above);
    const own = jobRowId(connection, id);
    return this.#taskNodes(shown, array, node).find(({ rowId }) => rowId === own) ?? node;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) {
      await this.source.settled();
      return this.#roots();
    }
    const shown = this.#shownOf(node.rowId);
    if (shown) return this.#jobNodes(shown, node);
    const found = this.jobAt(node.rowId);
    if (!found) return [];
    const parts = await this.#partNodes(found.shown, found.job, node);
    return [...parts, ...this.#taskNodes(found.shown, found.job, node)];
  }

  #shownOf(connection: string): Shown | undefined {
    return this.source.connections().find(({ backend }) => backend.connection.id === connection);
  }

  /** The job of a row or of a row below it. */
  jobAt(rowId: string): { readonly shown: Shown; readonly job: Job } | undefined {
    const { connection, job: id = '' } = readRowId(rowId);
    const shown = this.#shownOf(connection);
    const job = shown?.index.get(id);
    return shown && job ? { shown, job } : undefined;
  }

  #roots(): Node[] {
    const connections = this.source.connections();
    const [first] = connections;
    const nothing = connections.length <= 1 && first?.index.all.length === 0 && !first.standing.trouble;
    // Without any row the view shows its welcome text.
    if (nothing && !isOn(this.#filter)) return [];
    const rows = connections.map(({ backend }) => this.#node(backend.connection.id));
    return isOn(this.#filter) ? [this.#node('filter'), ...rows] : rows;
  }

  #jobNodes(shown: Shown, parent: Node): Node[] {
    const { id } = shown.backend.connection;
    const nodes = shownJobs(this.#filter, shown.index).map((job) => this.#node(jobRowId(id, job.id), parent));
    const { more, moreActive = 0, malformed } = shown.listing;
    if (malformed.length > 0) nodes.push(this.#node(`${id}/malformed`, parent));
    if (more || moreActive > 0) nodes.push(this.#node(`${id}/more`, parent));
    return nodes;
  }

  /** The tasks of an array, and a row that shows more of them; none for other jobs. */
  #taskNodes({ backend, index }: Shown, array: Job, parent: Node): Node[] {
    const { id } = backend.connection;
    const tasks = shownTasks(this.#filter, array, index);
    const most = this.#mostTasks(parent.rowId);
    const nodes = tasks.slice(0, most).map((task) => this.#node(jobRowId(id, task.id), parent));
    if (tasks.length <= most) return nodes;
    const row = moreTasksRow(id, array, tasks.length - most, this.say);
    this.#drawn.set(row.id, row);
    return [...nodes, this.#node(row.id, parent)];
  }

  async #partNodes(shown: Shown, job: Job, parent: Node): Promise<Node[]> {
    // Those of an array are below its tasks.
    const { files, why } = job.tasks ? { files: [] } : await this.#files.of(shown.backend, job, parent.rowId);
    const rows = partRows(shown.backend, job, files, this.say);
    const { id } = shown.backend.connection;
    return [...rows, ...(why === undefined ? [] : [noFilesRow(id, job.id, why, this.say)])].map((row) => {
      this.#drawn.set(row.id, row);
      return this.#node(row.id, parent);
    });
  }

  #node(rowId: string, parent?: Node): Node {
    const known = this.#nodes.get(rowId);
    // A task may be known before its array is.
    if (known && known.parent === parent) return known;
    const node: Node = parent ? { rowId, parent } : { rowId };
    this.#nodes.set(rowId, node);
    this.#made.add(node);
    return node;
  }

  #rowOf(node: Node): Row | undefined {
    const now = new Date();
    if (!node.parent) {
      if (node.rowId === 'filter')
        return filterRow(filterText(this.#filter, this.say), this.#hidden(), this.say);
      const shown = this.#shownOf(node.rowId);
      return shown && connectionRow(shown.backend, shown.index.top, shown.standing, now, this.say);
    }
    const { connection, job: id, part } = readRowId(node.rowId);
    const row = part === undefined && this.#listingRow(connection, id);
    if (row) return row;
    const found = this.jobAt(node.rowId);
    if (!found) return undefined;
    if (part !== undefined) return this.#drawn.get(node.rowId);
    const { index, backend, stale } = found.shown;
    return jobRow(backend, found.job, stale, now, this.say, index.parentOf(found.job));
  }

  /** A row for what the list of a connection left out. */
  #listingRow(connection: string, id: string | undefined): Row | undefined {
    const listing = this.#shownOf(connection)?.listing;
    if (id === 'more') return moreRow(connection, this.say, listing?.moreActive);
    return id === 'malformed' ? malformedRow(connection, listing?.malformed ?? [], this.say) : undefined;
  }

  #hidden(): number {
    return this.source.connections().reduce((sum, { index }) => sum + hiddenCount(this.#filter, index), 0);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
