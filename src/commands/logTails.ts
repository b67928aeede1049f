import { getRunFailure, getRunStartMs, isFailed } from '../core/domain/jobFailure.js';
import type { LogFailure } from '../core/domain/logFailure.js';
import type { StoredFailure } from '../core/domain/jobMetadata.js';
import type { Log } from '../core/domain/ports.js';
import { listLastLines, readLogTail, type LogTail } from '../core/logs/logTail.js';
import { parseProgress } from '../core/logs/progressBar.js';
import type { JobDetails } from '../core/jobs/jobDetails.js';
import type { ProgressTracker } from '../core/jobs/progressTracker.js';
import { localConnectionId } from '../core/domain/connection.js';
import { toOneLine } from '../lib/sanitize.js';
import { getRowId, type JobTarget } from './resolveTargets.js';

/** The dependencies of {@link LogTailReader}. */
export interface LogTailDeps {
  readonly details: Pick<JobDetails, 'get' | 'read' | 'update'>;
  readonly progress: Pick<ProgressTracker, 'add'>;
  readonly findFailure: (lines: readonly string[]) => Promise<LogFailure | undefined>;
  readonly log: Log;
}

/** Maximum duration of reading a log's end, in milliseconds. */
export const readTimeoutMs = 3_000;

/** The number of lines in a tooltip. */
const maxTooltipLines = 5;

/** The maximum length of a stored last line, in characters. */
const maxLastLineChars = 200;

/** The maximum number of jobs whose reason is found in the background. */
const maxRequested = 100;

/** Reads the ends of logs on request: for tooltips, and for the reasons of failures, which it stores. */
export class LogTailReader {
  readonly #reading = new Map<string, Promise<LogTail | undefined>>();
  /** The jobs whose reason was requested, by row and run, and those that wait. */
  readonly #requested = new Set<string>();
  readonly #waiting: JobTarget[] = [];
  #isWorking = false;

  constructor(private readonly deps: LogTailDeps) {}

  /**
   * The last lines of a job's log that are not blank; undefined: it has no log, or the log cannot be read in time.
   * Also records what the text contains: the reason of a failure, or progress.
   */
  async readLastLines(target: JobTarget): Promise<readonly string[] | undefined> {
    const tail = await this.#read(target);
    if (!tail) return undefined;
    await this.#storeFailure(target, tail);
    this.#recordProgress(target, tail);
    return listLastLines(tail, maxTooltipLines);
  }

  /** Why a job failed, as stored or from the end of its log; undefined: it did not fail, or nothing was found. */
  async findFailure(target: JobTarget): Promise<StoredFailure | undefined> {
    const { backend, job } = target;
    if (!isFailed(job) || job.tasks) return undefined;
    const stored = getRunFailure(job, await this.deps.details.read(backend.connection, job));
    // Without an error, the log may have been read before its end arrived on a shared file system.
    if (stored?.text !== undefined) return stored;
    const tail = await this.#read(target);
    return tail ? this.#storeFailure(target, tail) : stored;
  }

  /**
   * Finds the reason of a failed job in the background, one job at a time. Only for logs on this machine: other
   * servers would get a request for each job.
   */
  request(target: JobTarget): void {
    const { backend, job } = target;
    if (backend.connection.id !== localConnectionId || !isFailed(job) || job.tasks) return;
    const key = `${getRowId(target)}@${String(getRunStartMs(job))}`;
    if (this.#requested.has(key) || this.#waiting.length >= maxRequested) return;
    this.#requested.add(key);
    this.#waiting.push(target);
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let target = this.#waiting.shift(); target; target = this.#waiting.shift())
      await this.findFailure(target).catch((error: unknown) => {
        this.deps.log.warn(`could not store why a job failed: ${String(error)}`);
      });
    this.#isWorking = false;
  }

  /** Simultaneous reads of the same log are one. */
  #read(target: JobTarget): Promise<LogTail | undefined> {
    const key = getRowId(target);
    const reading = this.#reading.get(key) ?? this.#readNow(target);
    this.#reading.set(key, reading);
    return reading.finally(() => {
      if (this.#reading.get(key) === reading) this.#reading.delete(key);
    });
  }

  async #readNow({ backend: { logs }, job }: JobTarget): Promise<LogTail | undefined> {
    if (!logs || job.tasks) return undefined;
    try {
      return await readLogTail(logs, job.id, AbortSignal.timeout(readTimeoutMs));
    } catch (error) {
      this.deps.log.warn(`could not read the end of the log of ${job.id}: ${String(error)}`);
      return undefined;
    }
  }

  async #storeFailure({ backend, job }: JobTarget, tail: LogTail): Promise<StoredFailure | undefined> {
    const { details, findFailure } = this.deps;
    if (!isFailed(job)) return undefined;
    const stored = getRunFailure(job, await details.read(backend.connection, job));
    if (stored?.text !== undefined) return stored;
    const { lines, unfinished } = tail;
    const found = await findFailure(unfinished === undefined ? lines : [...lines, unfinished]);
    const [last] = listLastLines(tail, 1);
    const lastLine = last === undefined ? undefined : toOneLine(last, maxLastLineChars);
    if (lastLine === undefined || (!found && lastLine === stored?.lastLine)) return stored;
    const failure: StoredFailure = { ...found, lastLine, startedMs: getRunStartMs(job) };
    await details.update(backend.connection, job, { set: { failure } });
    return failure;
  }

  #recordProgress(target: JobTarget, { lines, unfinished }: LogTail): void {
    const { job } = target;
    if (job.state.kind !== 'running') return;
    const percent =
      unfinished === undefined
        ? parseProgress(lines.at(-1) ?? '', false)
        : (parseProgress(unfinished, true) ?? parseProgress(lines.at(-1) ?? '', false));
    if (percent !== undefined) this.deps.progress.add(getRowId(target), job, percent);
  }
}
