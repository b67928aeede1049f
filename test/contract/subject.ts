import assert from 'node:assert/strict';
import type { Backend } from '../../src/core/domain/backend.js';
import type { Bundle, JobRequest, Script } from '../../src/core/domain/jobSpec.js';
import { JobError, type JobProblem } from '../../src/core/domain/problem.js';
import { isActive, type Job, type JobId } from '../../src/core/domain/job.js';
import type { LogEvent, LogStart } from '../../src/core/domain/log.js';
import { readEvents, sendScript } from '../fakes/backendCalls.js';

/** A backend that the contract is tested with, and the knowledge specific to it. */
export interface Subject {
  readonly backend: Backend;
  /** Scripts in a language that the subject's jobs can use. */
  readonly scripts: {
    /** Prints `line 1` to `line N` and exits with 0. */
    readonly prints: (lines: number) => Script;
    /** Prints `about to fail` and exits with this code. */
    readonly fails: (code: number) => Script;
    /** Prints `begun`, then runs for a minute. */
    readonly lasts: () => Script;
    /**
     * Sets a value as its result, and a result file `answer.txt` that contains `42`; absent: the backend has
     * no results.
     */
    readonly results?: (value: string) => Script;
  };
  /**
   * A bundle with `main` at its root, which prints `from the bundle`, and the file `data/note.txt`; absent:
   * bundles are not supported.
   */
  readonly bundle?: () => Promise<{ readonly bundle: Bundle; readonly entry: string }>;
  /** Makes the record of one finished job unreadable; absent: not possible. */
  readonly damage?: (id: JobId) => Promise<void>;
  /** False: the engine does not report how a job's own process ended. */
  readonly tellsExitCodes?: boolean;
  /** False: this user cannot extend jobs, and sees why. */
  readonly mayExtend?: boolean;
  /** Milliseconds in which a small job should finish. */
  readonly patienceMs: number;
  readonly end: () => Promise<void>;
}

/** A signal that is never aborted. */
export const never = new AbortController().signal;

/** A request with just a name and the given properties. */
export const request = (name: string, more: Partial<JobRequest> = {}): JobRequest => ({
  name,
  args: [],
  env: {},
  options: {},
  ...more,
});

/** Submits a script like a user of the subject. */
export async function submit(
  backend: Backend,
  script: Script,
  more: Partial<JobRequest> = {},
): Promise<JobId> {
  return sendScript(backend, script, request(script.name, more), never);
}

/** Waits until a job matches a condition. */
export async function until(
  { backend, patienceMs }: Pick<Subject, 'backend' | 'patienceMs'>,
  id: JobId,
  is: (job: Job) => boolean,
): Promise<Job> {
  const giveUp = Date.now() + patienceMs;
  for (;;) {
    const job = await backend.jobs.get(id, never);
    assert.ok(job, `job ${id} is there`);
    if (is(job)) return job;
    assert.ok(
      Date.now() < giveUp,
      `job ${id} is ${JSON.stringify(job.state)} (${job.reason ?? ''}) after ${patienceMs} ms`,
    );
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Waits until a job has finished. */
export const ended = (subject: Pick<Subject, 'backend' | 'patienceMs'>, id: JobId): Promise<Job> =>
  until(subject, id, (job) => !isActive(job));

/** All events of a log, followed to its end. */
export async function wholeLog(
  backend: Backend,
  id: JobId,
  from: LogStart = { at: 'start' },
): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const event of readEvents(backend, id, from, true, never)) events.push(event);
  return events;
}

/** The lines among the events; pieces of one line are joined. */
export function linesOf(events: readonly LogEvent[]): string[] {
  const lines: string[] = [];
  let open = false;
  for (const event of events) {
    if (event.kind !== 'line') continue;
    if (open) lines.push((lines.pop() ?? '') + event.text);
    else lines.push(event.text);
    open = event.open === true;
  }
  return lines;
}

/** True for a `JobError` with this kind of problem. */
export const isProblem =
  (kind: JobProblem['kind']) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof JobError, String(error));
    assert.equal(error.problem.kind, kind);
    return true;
  };

/** The lines that {@link Subject.scripts} prints. */
export const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `line ${String(index + 1)}`);
