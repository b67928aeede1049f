import type { JobId } from '../core/job.js';
import { isAbort, JobError } from '../core/problem.js';
import type { Backend } from '../core/backend.js';
import type { Ports } from './ports.js';

/** What follows every accepted submission: the job is in the list, selected, looked after, and its log is open. */
export async function showSubmitted(backend: Backend, id: JobId, ports: Ports): Promise<void> {
  const { jobs, logs, tree, choices, log } = ports;
  log.info(`submitted ${id} to ${backend.connection.id}`);
  jobs.awaitEnd(backend.connection.id, id);
  const job = await backend.job(id, new AbortController().signal).catch((error: unknown) => {
    log.warn(`the new job ${id} could not be read: ${String(error)}`);
    return undefined;
  });
  if (!job) {
    await jobs.refresh(backend.connection.id);
    return;
  }
  jobs.include(backend.connection.id, job);
  const target = { backend, job };
  await tree.select(target);
  if (choices.openLogAfterSubmit()) await logs.show(target);
}

/**
 * Sends once, and never again by itself. A submission whose answer never came leads to a look at the list, where the
 * job may have appeared.
 */
export async function sendOnce(backend: Backend, send: () => Promise<JobId>, ports: Ports): Promise<void> {
  let id: JobId;
  try {
    id = await send();
  } catch (error) {
    if (error instanceof JobError && error.problem.kind === 'unclearSubmit')
      void ports.jobs.refresh(backend.connection.id);
    if (isAbort(error)) return;
    throw error;
  }
  await showSubmitted(backend, id, ports);
}
