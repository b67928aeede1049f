import type { Job, JobId } from '../core/domain/job.js';
import type { JobMetadata } from '../core/domain/jobMetadata.js';
import { isAbort, JobError } from '../core/domain/problem.js';
import type { Backend } from '../core/domain/backend.js';
import type { CommandDeps } from './commandDeps.js';
import { neverAborted } from '../lib/abort.js';

type AfterSubmitDeps = Pick<
  CommandDeps,
  'ui' | 'jobs' | 'logs' | 'tree' | 'clock' | 'choices' | 'log' | 'details'
>;

/**
 * What is stored about a job with its submission. `repeated`: what it takes over from the last submission without
 * having shown it.
 */
export type SubmissionDetails = Pick<JobMetadata, 'repeated' | 'folder'>;

/** Shows a job after its submission: adds it to the list, selects it, watches it, and opens its log. */
export async function revealSubmittedJob(
  backend: Backend,
  id: JobId,
  ports: AfterSubmitDeps,
  stored: SubmissionDetails = {},
): Promise<void> {
  const { jobs, logs, tree, choices, log, ui } = ports;
  log.info(`submitted ${id} to ${backend.connection.id}`);
  const notice = backend.submit?.getNotice?.(id);
  if (notice !== undefined) void ui.showMessage('info', `${backend.connection.title}: ${notice}`, []);
  jobs.watchUntilDone(backend.connection.id, id);
  const job = await backend.jobs.get(id, neverAborted).catch((error: unknown) => {
    log.warn(`could not read the new job ${id}: ${String(error)}`);
    return undefined;
  });
  if (!job) {
    await jobs.refresh(backend.connection.id);
    return;
  }
  await storeDetails(backend, job, stored, ports);
  jobs.include(backend.connection.id, job);
  const target = { backend, job };
  await tree.select(target);
  // An array has a log per task; the user selects one when opening it.
  if (choices.openLogAfterSubmit() && !job.tasks) await logs.show(target);
}

/** Stores it before the job's row and log are shown. Never fails: the job runs. */
async function storeDetails(
  { connection }: Backend,
  job: Job,
  stored: SubmissionDetails,
  { details, log }: AfterSubmitDeps,
): Promise<void> {
  const { repeated = [], folder } = stored;
  if (repeated.length === 0 && folder === undefined) return;
  try {
    await details.update(connection, job, {
      set: { ...(repeated.length > 0 ? { repeated } : {}), ...(folder === undefined ? {} : { folder }) },
    });
  } catch (error) {
    log.warn(`could not store the submission of ${job.id}: ${String(error)}`);
  }
}

/** Delays before each search for a job whose submission got no response, in milliseconds. */
const lookupDelaysMs = [0, 5_000, 15_000];

/** Tolerated difference between two machines' clocks, in milliseconds. */
const maxClockSkewMs = 300_000;

/** Submits once, without retries. If the response is lost, searches the list for the job by its name. */
export async function submitOnce(
  backend: Backend,
  name: string,
  send: () => Promise<JobId>,
  ports: AfterSubmitDeps,
  stored: SubmissionDetails = {},
): Promise<void> {
  const known = new Set(listBackendJobs(backend, ports).map(({ id }) => id));
  const earliest = new Date(ports.clock.now().getTime() - maxClockSkewMs);
  const isIt = (job: Job, called: string): boolean =>
    job.name === called && !known.has(job.id) && (job.submitted === undefined || job.submitted > earliest);
  let id: JobId;
  try {
    id = await send();
  } catch (error) {
    if (isAbort(error)) return;
    if (error instanceof JobError && error.problem.kind === 'unclearSubmit') {
      const called = error.problem.name ?? name;
      void findUnconfirmedJob(backend, called, (job) => isIt(job, called), ports).catch(
        (failure: unknown) => {
          ports.log.warn(`could not search for the job ${called}: ${String(failure)}`);
        },
      );
    }
    throw error;
  }
  await revealSubmittedJob(backend, id, ports, stored);
}

/** Searches the list for the job, and reports it if found. */
async function findUnconfirmedJob(
  backend: Backend,
  name: string,
  isIt: (job: Job) => boolean,
  ports: AfterSubmitDeps,
): Promise<void> {
  const { jobs, clock, tree, ui } = ports;
  for (const ms of lookupDelaysMs) {
    if (ms > 0) await clock.sleep(ms, neverAborted);
    await jobs.refresh(backend.connection.id);
    const job = listBackendJobs(backend, ports).find(isIt);
    if (!job) continue;
    jobs.watchUntilDone(backend.connection.id, job.id);
    await tree.select({ backend, job });
    await ui.showMessage('info', `${name} was submitted.`, []);
    return;
  }
}

const listBackendJobs = (backend: Backend, { jobs }: AfterSubmitDeps): readonly Job[] =>
  jobs
    .all()
    .filter((target) => target.backend === backend)
    .map(({ job }) => job);
