import { createChildRows } from '../core/presentation/childRows.js';
import { filterChildren, filterTasks } from '../core/presentation/jobFilter.js';
import { parseRowId, toJobRowId } from '../core/presentation/rowIds.js';
import { createMoreTasksRow, taskPageSize, type TreeRow } from '../core/presentation/treeRows.js';
import type { Job } from '../core/domain/job.js';
import type { TreeLayout } from './treeLayout.js';
import type { TreeState } from './treeState.js';

/** The rows of jobs below other jobs: those loaded in pages, then tasks that came with the list. */
export class TaskRows {
  /** Number of tasks shown per array, for arrays with more than the default number. */
  readonly #shownTasks = new Map<string, number>();

  constructor(private readonly layout: Pick<TreeLayout, 'getFilter'>) {}

  /** Forgets a row that is no longer shown. */
  forget(rowId: string): void {
    this.#shownTasks.delete(rowId);
  }

  /** Shows more tasks of the array that this row belongs to; returns the id of the array's row. */
  showMore(rowId: string): string {
    const { connection, job = '' } = parseRowId(rowId);
    const array = toJobRowId(connection, job);
    this.#shownTasks.set(array, this.#getMaxTasks(array) + taskPageSize);
    return array;
  }

  #getMaxTasks(array: string): number {
    return this.#shownTasks.get(array) ?? taskPageSize;
  }

  /** Ids of the rows of the jobs below a job. */
  listIds(state: TreeState, job: Job): readonly string[] {
    const { id } = state.backend.connection;
    const loaded = filterChildren(this.layout.getFilter(state), job, state.children);
    const shown = this.#listTasks(state, job).slice(0, this.#getMaxTasks(toJobRowId(id, job.id)));
    return [...loaded, ...shown].map((child) => toJobRowId(id, child.id));
  }

  /** The rows after the jobs below a job: how many more exist, and the state of loading. */
  createRowsAfter(state: TreeState, job: Job): readonly TreeRow[] {
    const { id } = state.backend.connection;
    const list = state.children.getList(job.id);
    const hidden = this.#listTasks(state, job).length - this.#getMaxTasks(toJobRowId(id, job.id));
    return [
      ...(hidden > 0 ? [createMoreTasksRow(id, job, hidden)] : []),
      ...(list ? createChildRows(id, job, list) : []),
    ];
  }

  #listTasks(state: TreeState, job: Job): readonly Job[] {
    const tasks = filterTasks(this.layout.getFilter(state), job, state.index);
    return tasks.filter((task) => !state.children.get(task.id));
  }
}
