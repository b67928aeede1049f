import assert from 'node:assert/strict';
import { findAction } from '../../src/core/domain/availableActions.js';
import type { Backend } from '../../src/core/domain/backend.js';
import type { Job, JobFile, JobId } from '../../src/core/domain/job.js';
import {
  pickJobRequest,
  type Application,
  type Bundle,
  type ReviewItem,
  type ProgressCallback,
  type JobRequest,
  type Script,
  type JobWorkload,
} from '../../src/core/domain/jobSpec.js';
import type { LogEvent, LogStart } from '../../src/core/domain/log.js';
import { readAllPages, type JobListResult } from '../../src/core/domain/paging.js';
import type { DefaultAnswer } from '../../src/core/domain/questions.js';
import type { LogBatches } from '../../src/core/domain/logBatches.js';

type Submits = Pick<Backend, 'submit'>;

/** The first page of a backend's jobs. */
export async function listJobs(
  { jobs }: Pick<Backend, 'jobs'>,
  size: number,
  signal: AbortSignal,
): Promise<JobListResult> {
  const { items, next, ...rest } = await jobs.list({ size }, signal);
  return { ...rest, jobs: items, hasMore: next !== undefined };
}

/** Submits one script. */
export async function sendScript(
  { submit }: Submits,
  script: Script,
  request: JobRequest,
  signal: AbortSignal,
): Promise<JobId> {
  assert.ok(submit, 'it accepts scripts');
  return submit.send({ ...request, kind: 'script', script }, signal);
}

/** Submits a bundle. */
export async function sendBundle(
  { submit }: Submits,
  bundle: Bundle,
  entry: string,
  request: JobRequest,
  signal: AbortSignal,
  report?: ProgressCallback,
): Promise<JobId> {
  assert.ok(submit, 'it accepts bundles');
  return submit.send({ ...request, kind: 'bundle', bundle, entry }, signal, report);
}

/** Starts an application. */
export async function sendApplication(
  { submit }: Submits,
  application: Application,
  request: JobRequest,
  signal: AbortSignal,
): Promise<JobId> {
  assert.ok(submit, 'it accepts applications');
  return submit.send({ ...request, kind: 'application', application }, signal);
}

/** The validation items of a submission. */
export async function validate(
  { submit }: Submits,
  work: JobWorkload,
  request: JobRequest,
  signal: AbortSignal,
): Promise<readonly ReviewItem[]> {
  assert.ok(submit?.validate, 'it validates');
  return (await submit.validate({ ...request, ...work }, signal)).items;
}

/** The effective values without answers. */
export async function getDefaults(
  { submit }: Submits,
  work: JobWorkload,
  request: JobRequest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, DefaultAnswer>>> {
  assert.ok(submit?.getDefaults, 'it has defaults');
  return submit.getDefaults({ ...request, ...work }, signal);
}

/** The complete request of a dry run. */
export async function dryRun(
  { submit }: Submits,
  work: JobWorkload,
  bundle: Bundle | undefined,
  request: JobRequest,
  signal: AbortSignal,
): Promise<string> {
  assert.ok(submit?.dryRun, 'it has dry runs');
  const whole = work.kind === 'bundle' && bundle ? { ...work, bundle } : work;
  return submit.dryRun({ ...request, ...whole }, signal);
}

/** The stored submission of a job, with its workload separate from the rest. */
export async function readPrevious(
  { submit }: Submits,
  id: JobId,
  signal: AbortSignal,
): Promise<{ readonly request: JobRequest; readonly work: JobWorkload }> {
  assert.ok(submit?.previous, 'it stores submissions');
  const draft = await submit.previous(id, signal);
  const { name: _, args: __, env: ___, options: ____, limitMs: _____, ...work } = draft;
  return { request: pickJobRequest(draft), work };
}

/** All files of a job. */
export async function listFiles(
  { files }: Pick<Backend, 'files'>,
  id: JobId,
  signal: AbortSignal,
): Promise<readonly JobFile[]> {
  const list = files?.list;
  assert.ok(list, 'it lists files');
  return readAllPages((page) => list(id, page, signal), signal);
}

/** The events of a job's main log, one by one. */
export function readEvents(
  { logs }: Pick<Backend, 'logs'>,
  id: JobId,
  from: LogStart,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<LogEvent> {
  assert.ok(logs, 'it has logs');
  return eventsIn(logs.read(id, from, follow, signal));
}

/** The events of batches, one by one. */
export async function* eventsIn(batches: LogBatches): AsyncGenerator<LogEvent> {
  for await (const batch of batches) yield* batch;
}

const runAction =
  (action: string) =>
  async (backend: Backend, id: JobId, signal: AbortSignal): Promise<void> => {
    const found = findAction(backend, action);
    assert.ok(found, `it can ${action} jobs`);
    // Calls the engine even if the menu would not offer the action, without a refresh before.
    await found.run(jobCalled(id), {}, signal);
  };

const jobCalled = (id: JobId): Job => ({
  id,
  name: id,
  state: { kind: 'unknown', word: '' },
  resources: [],
  inputs: {},
  files: [],
  raw: undefined,
});

export const holdJob = runAction('hold');
export const releaseJob = runAction('release');
export const requeueJob = runAction('requeue');
export const cancelQueuedTasks = runAction('cancelQueued');
