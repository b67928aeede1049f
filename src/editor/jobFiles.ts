import type { Backend } from '../core/backend.js';
import { isActive, type Job, type JobFile } from '../core/job.js';
import { noticeOf } from '../core/notice.js';
import type { Log } from '../core/ports.js';
import { JobError } from '../core/problem.js';
import type { Say } from '../core/say.js';

/** A job's files. */
export interface Files {
  readonly files: readonly JobFile[];
  /** Why they could not be read, so that they are only as last known. */
  readonly why?: string;
}

/** The files of jobs as they were last read, by the ids of the jobs' rows; those of ended jobs are read once. */
export class JobFiles {
  readonly #known = new Map<string, { readonly job: Job; readonly files: readonly JobFile[] }>();

  constructor(
    private readonly say: Say,
    private readonly log: Log,
  ) {}

  async of(backend: Backend, job: Job, rowId: string): Promise<Files> {
    const known = this.#known.get(rowId);
    if (!backend.files) return { files: job.files };
    if (known?.job === job && !isActive(job)) return { files: known.files };
    try {
      const files = await backend.files(job.id, AbortSignal.timeout(20_000));
      this.#known.set(rowId, { job, files });
      return { files };
    } catch (error) {
      this.log.warn(`the files of ${rowId} could not be read: ${String(error)}`);
      const why = error instanceof JobError ? noticeOf(error.problem, this.say).text : String(error);
      return { files: known?.files ?? job.files, why };
    }
  }

  forget(rowId: string): void {
    this.#known.delete(rowId);
  }
}
