import type { Backend } from '../core/domain/backend.js';
import { isActive, type Job, type JobFile } from '../core/domain/job.js';
import { noticeOf } from '../core/presentation/notice.js';
import type { Log } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { readAllPages } from '../core/domain/paging.js';

/** A job's files. */
export interface Files {
  readonly files: readonly JobFile[];
  /** Why they could not be read, so that they are only as last known. */
  readonly why?: string;
}

/** What was read of a job's files. */
interface Known {
  readonly job: Job;
  readonly files: readonly JobFile[];
  /** When they were first read after the end of the job, in milliseconds; undefined: it had not ended. */
  readonly firstMs: number | undefined;
  /** True: no more of them will show. */
  readonly isFinal: boolean;
}

/** A shared file system may show a file up to a minute late. Source: nfs(5), `acdirmax`. */
const lateMs = 60_000;

/** A job that ended before this is read once; shorter, and the clock of a cluster may be wrong by as much. */
const oldMs = 600_000;

/**
 * The files of jobs as they were last read, by the ids of the jobs' rows. Those of ended jobs are read until none can show
 * late, then no more.
 */
export class JobFiles {
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly log: Log,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** Forgets the files of a row that is not shown any more. */
  forget(rowId: string): void {
    this.#known.delete(rowId);
  }

  async of(backend: Backend, job: Job, rowId: string): Promise<Files> {
    const known = this.#known.get(rowId);
    const list = backend.files?.list;
    if (!list) return { files: job.files };
    if (known?.job === job && known.isFinal) return { files: known.files };
    try {
      const nowMs = this.nowMs();
      const files = await readAllPages(
        (page, signal) => list(job.id, page, signal),
        AbortSignal.timeout(20_000),
      );
      const firstMs = isActive(job) ? undefined : (known?.firstMs ?? nowMs);
      const isOld = job.ended !== undefined && nowMs - job.ended.getTime() > oldMs;
      const isFinal = firstMs !== undefined && (isOld || nowMs - firstMs >= lateMs);
      this.#known.set(rowId, { job, files, firstMs, isFinal });
      return { files };
    } catch (error) {
      this.log.warn(`the files of ${rowId} could not be read: ${String(error)}`);
      const why = error instanceof JobError ? noticeOf(error.problem).text : String(error);
      return { files: known?.files ?? job.files, why };
    }
  }
}
