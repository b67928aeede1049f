import { createFailureRow } from '../core/presentation/failureRow.js';
import { createUnreadableFilesRow } from '../core/presentation/fileRows.js';
import { createPartRows, type TreeRow } from '../core/presentation/treeRows.js';
import type { Job } from '../core/domain/job.js';
import { isFailed } from '../core/domain/jobFailure.js';
import type { Log } from '../core/domain/ports.js';
import { systemClock } from '../lib/node/systemClock.js';
import { waitUpTo } from '../lib/time.js';
import { JobFilesCache } from './jobFilesCache.js';
import type { TreeSource, TreeState } from './treeState.js';

/** How long an expanded row waits for the reason of a failure, which is otherwise added later, in milliseconds. */
const maxFailureWaitMs = 1_000;

/** The rows for the parts of a job: why it failed, its log, results, script, and files. */
export class JobPartRows {
  readonly #files: JobFilesCache;

  constructor(
    private readonly source: Pick<TreeSource, 'details' | 'logTails'>,
    private readonly log: Log,
  ) {
    this.#files = new JobFilesCache(log);
  }

  /** Drops the files of a row that is no longer shown. */
  forget(rowId: string): void {
    this.#files.forget(rowId);
  }

  /** Reads what is not known yet, and creates the rows. */
  async create({ backend, isStale }: TreeState, job: Job, rowId: string): Promise<readonly TreeRow[]> {
    const [{ files, why }] = await Promise.all([
      // The files of an array are below its tasks.
      job.tasks ? { files: [], why: undefined } : this.#files.getFiles(backend, job, rowId),
      isStale || !isFailed(job) ? undefined : this.#findFailure({ backend, job }),
    ]);
    const { id } = backend.connection;
    const failure = createFailureRow(id, job, this.source.details.get(backend.connection, job));
    const rows = createPartRows(backend, job, files);
    return [
      ...(failure ? [failure] : []),
      ...rows,
      ...(why === undefined ? [] : [createUnreadableFilesRow(id, job.id, why)]),
    ];
  }

  async #findFailure(target: Pick<TreeState, 'backend'> & { readonly job: Job }): Promise<void> {
    const finding = this.source.logTails.findFailure(target).catch((error: unknown) => {
      this.log.warn(`could not store why ${target.job.id} failed: ${String(error)}`);
    });
    await waitUpTo(finding, maxFailureWaitMs, systemClock);
  }
}
