import type { Backend } from '../core/domain/backend.js';
import { isActive, type Job, type JobFile } from '../core/domain/job.js';
import { createNotice } from '../core/presentation/notice.js';
import type { Log } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { readAllPages } from '../core/domain/paging.js';

/** The files of a job. */
export interface JobFilesResult {
  readonly files: readonly JobFile[];
  /** Why they could not be read; `files` are then the last known ones. */
  readonly why?: string;
}

/** The files read last for a job. */
interface CachedFiles {
  readonly job: Job;
  readonly files: readonly JobFile[];
  /**
   * When they were first read after the job finished, in milliseconds since the epoch; undefined: not
   * finished.
   */
  readonly firstMs: number | undefined;
  /** True: no further files will appear. */
  readonly isFinal: boolean;
}

/** How late a shared file system can show a file, in milliseconds. Source: nfs(5), `acdirmax`. */
const maxFileDelayMs = 60_000;

/**
 * Age of finished jobs whose files are read only once, in milliseconds. Long enough to tolerate a cluster's
 * wrong clock.
 */
const minSettledAgeMs = 600_000;

/**
 * The files of jobs as last read, by row id. Those of finished jobs are read until no file can appear late.
 */
export class JobFilesCache {
  readonly #cachedFiles = new Map<string, CachedFiles>();

  constructor(
    private readonly log: Log,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** Drops the files of a row that is no longer shown. */
  forget(rowId: string): void {
    this.#cachedFiles.delete(rowId);
  }

  async getFiles(backend: Backend, job: Job, rowId: string): Promise<JobFilesResult> {
    const known = this.#cachedFiles.get(rowId);
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
      const isOld = job.ended !== undefined && nowMs - job.ended.getTime() > minSettledAgeMs;
      const isFinal = firstMs !== undefined && (isOld || nowMs - firstMs >= maxFileDelayMs);
      this.#cachedFiles.set(rowId, { job, files, firstMs, isFinal });
      return { files };
    } catch (error) {
      this.log.warn(`the files of ${rowId} could not be read: ${String(error)}`);
      const why = error instanceof JobError ? createNotice(error.problem).text : String(error);
      return { files: known?.files ?? job.files, why };
    }
  }
}
