import * as vscode from 'vscode';
import type { Backend } from '../core/backend.js';
import { filterText, isOn, noFilter, passes, type Filter } from '../core/filter.js';
import { isActive, type Job, type JobFile } from '../core/job.js';
import type { Log } from '../core/ports.js';
import {
  connectionRow,
  fileRowId,
  filterRow,
  jobRow,
  moreRow,
  partRows,
  type Row,
  type Standing,
} from '../core/rows.js';
import { jobRowId, readRowId } from '../core/rowIds.js';
import type { Say } from '../core/say.js';
import { treeItem } from './treeItem.js';

/** A row of the tree; the same object for the same row over all refreshes. */
export interface Node {
  readonly rowId: string;
  readonly parent?: Node;
}

/** What the tree shows of one connection. */
export interface Shown {
  readonly backend: Backend;
  /** Newest first. */
  readonly jobs: readonly Job[];
  readonly more: boolean;
  readonly standing: Standing;
  /** True while the jobs are only as last known. */
  readonly stale: boolean;
}

/** What the tree draws from. */
export interface Source {
  readonly connections: () => readonly Shown[];
}

/** Draws the jobs as rows of a tree, and remembers which were drawn, so that only changed ones are drawn again. */
export class JobsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #nodes = new Map<string, Node>();
  /** The rows as last drawn. */
  readonly #drawn = new Map<string, Row>();
  readonly #files = new Map<string, { readonly job: Job; readonly files: readonly JobFile[] }>();
  #filter: Filter = noFilter;

  constructor(
    private readonly source: Source,
    private readonly say: Say,
    private readonly log: Log,
  ) {}

  get filter(): Filter {
    return this.#filter;
  }

  set filter(filter: Filter) {
    this.#filter = filter;
    this.drawAll();
  }

  /** Draws everything again: jobs came or went, or the filter changed. */
  drawAll(): void {
    this.#changed.fire(undefined);
  }

  /** Draws the connections' own rows again whose words have changed. */
  drawConnections(now: Date): void {
    for (const { backend, jobs, standing } of this.source.connections())
      this.#drawIfChanged(connectionRow(backend, jobs, standing, now, this.say), false);
  }

  /** Draws these jobs' rows again, and what is open below them. */
  drawJobs(connection: string, ids: readonly string[]): void {
    const nodes = ids.map((id) => this.#nodes.get(jobRowId(connection, id)));
    for (const node of nodes) if (node) this.#changed.fire(node);
  }

  /** Draws those drawn rows again whose text has changed, such as a duration. */
  drawChanged(now: Date): void {
    this.drawConnections(now);
    for (const shown of this.source.connections())
      for (const job of shown.jobs)
        this.#drawIfChanged(jobRow(shown.backend, job, shown.stale, now, this.say), true);
  }

  #drawIfChanged(row: Row, withChildren: boolean): void {
    const drawn = this.#drawn.get(row.id);
    const node = this.#nodes.get(row.id);
    if (!drawn || !node || sameRow(drawn, row)) return;
    // A connection's row is drawn with all below it, so it waits for a change of its jobs unless its own words changed.
    if (withChildren || drawn.description !== row.description) this.#changed.fire(node);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const row = this.#rowOf(node);
    if (row) this.#drawn.set(row.id, row);
    return treeItem(row ?? goneRow(node, this.say), node);
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  /** The node of a job's row, for revealing it; undefined: it is not shown. */
  nodeOf(connection: string, job: string): Node | undefined {
    const shown = this.source.connections().find(({ backend }) => backend.connection.id === connection);
    if (!shown?.jobs.some(({ id }) => id === job)) return undefined;
    return this.#node(jobRowId(connection, job), this.#node(connection));
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) return this.#roots();
    const shown = this.source.connections().find(({ backend }) => backend.connection.id === node.rowId);
    if (shown) return this.#jobNodes(shown, node);
    const found = this.jobAt(node.rowId);
    return found ? this.#partNodes(found.shown, found.job, node) : [];
  }

  /** The job of a row or of a row below it. */
  jobAt(rowId: string): { readonly shown: Shown; readonly job: Job } | undefined {
    const { connection, job: id } = readRowId(rowId);
    const shown = this.source.connections().find(({ backend }) => backend.connection.id === connection);
    const job = shown?.jobs.find((candidate) => candidate.id === id);
    return shown && job ? { shown, job } : undefined;
  }

  #roots(): Node[] {
    const connections = this.source.connections();
    const [first] = connections;
    const nothing = connections.length <= 1 && first?.jobs.length === 0 && !first.standing.trouble;
    // Without any row the view shows its welcome text.
    if (nothing && !isOn(this.#filter)) return [];
    const rows = connections.map(({ backend }) => this.#node(backend.connection.id));
    return isOn(this.#filter) ? [this.#node('filter'), ...rows] : rows;
  }

  #jobNodes(shown: Shown, parent: Node): Node[] {
    const { id } = shown.backend.connection;
    const nodes = shown.jobs
      .filter((job) => passes(this.#filter, job))
      .map((job) => this.#node(jobRowId(id, job.id), parent));
    return shown.more ? [...nodes, this.#node(`${id}/more`, parent)] : nodes;
  }

  async #partNodes(shown: Shown, job: Job, parent: Node): Promise<Node[]> {
    const files = await this.#filesOf(shown.backend, job, parent.rowId);
    return partRows(shown.backend, job, files, this.say).map((row) => {
      this.#drawn.set(row.id, row);
      return this.#node(row.id, parent);
    });
  }

  async #filesOf(backend: Backend, job: Job, rowId: string): Promise<readonly JobFile[]> {
    const known = this.#files.get(rowId);
    if (!backend.files) return job.files;
    if (known?.job === job && !isActive(job)) return known.files;
    try {
      const files = await backend.files(job.id, AbortSignal.timeout(20_000));
      this.#files.set(rowId, { job, files });
      return files;
    } catch (error) {
      this.log.warn(`the files of ${rowId} could not be read: ${String(error)}`);
      return known?.files ?? job.files;
    }
  }

  #node(rowId: string, parent?: Node): Node {
    const known = this.#nodes.get(rowId);
    if (known) return known;
    const node: Node = parent ? { rowId, parent } : { rowId };
    this.#nodes.set(rowId, node);
    return node;
  }

  #rowOf(node: Node): Row | undefined {
    const now = new Date();
    if (node.rowId === 'filter')
      return filterRow(filterText(this.#filter, this.say), this.#hidden(), this.say);
    const shown = this.source.connections().find(({ backend }) => backend.connection.id === node.rowId);
    if (shown) return connectionRow(shown.backend, shown.jobs, shown.standing, now, this.say);
    if (node.rowId.endsWith('/more')) return moreRow(node.rowId.slice(0, -'/more'.length), this.say);
    const found = this.jobAt(node.rowId);
    if (!found) return undefined;
    if (readRowId(node.rowId).part === undefined) {
      return jobRow(found.shown.backend, found.job, found.shown.stale, now, this.say);
    }
    return this.#drawn.get(node.rowId);
  }

  #hidden(): number {
    return this.source
      .connections()
      .flatMap(({ jobs }) => jobs)
      .filter((job) => !passes(this.#filter, job)).length;
  }

  /** Forgets what was drawn of jobs that are no more. */
  forget(rowIds: readonly string[]): void {
    for (const id of rowIds) {
      for (const map of [this.#nodes, this.#drawn, this.#files]) {
        for (const key of [...map.keys()]) if (key === id || key.startsWith(`${id}/`)) map.delete(key);
      }
    }
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function sameRow(a: Row, b: Row): boolean {
  return (
    a.label === b.label &&
    a.description === b.description &&
    a.icon === b.icon &&
    a.colour === b.colour &&
    a.context === b.context
  );
}

const goneRow = (node: Node, say: Say): Row => ({
  id: node.rowId,
  label: say('Not there any more'),
  context: 'gone',
  spoken: say('Not there any more'),
  expands: 'no',
});

/** Which of a job's files a row stands for. */
export function fileAt(rowId: string, files: readonly JobFile[]): JobFile | undefined {
  const { connection, job = '' } = readRowId(rowId);
  return files.find((file) => fileRowId(connection, job, file) === rowId);
}
