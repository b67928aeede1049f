import type { Job, JobId } from '../core/domain/job.js';
import { isAbort, JobError } from '../core/domain/problem.js';
import type { Backend } from '../core/domain/backend.js';
import type { Ports } from './ports.js';
import { neverAborted } from '../lib/abort.js';

type SubmittedDeps = Pick<Ports, 'ui' | 'jobs' | 'logs' | 'tree' | 'clock' | 'choices' | 'log'>;

/** Shows a job after its submission: adds it to the list, selects it, watches it, and opens its log. */
export async function showSubmitted(backend: Backend, id: JobId, ports: SubmittedDeps): Promise<void> {
  const { jobs, logs, tree, choices, log, ui } = ports;
  log.info(`submitted ${id} to ${backend.connection.id}`);
  const notice = backend.submit?.getNotice?.(id);
  if (notice !== undefined) void ui.tell('info', `${backend.connection.title}: ${notice}`, []);
  jobs.awaitEnd(backend.connection.id, id);
  const job = await backend.jobs.get(id, neverAborted).catch((error: unknown) => {
    log.warn(`could not read the new job ${id}: ${String(error)}`);
    return undefined;
  });
  if (!job) {
    await jobs.refresh(backend.connection.id);
    return;
  }
  jobs.include(backend.connection.id, job);
  const target = { backend, job };
  await tree.select(target);
  // An array has a log per task; the user selects one when opening it.
  if (choices.openLogAfterSubmit() && !job.tasks) await logs.show(target);
}

/** Delays before each search for a job whose submission got no response, in milliseconds. */
const looksMs = [0, 5_000, 15_000];

/** Tolerated difference between two machines' clocks, in milliseconds. */
const clocksMs = 300_000;

/** Submits once, without retries. If the response is lost, searches the list for the job by its name. */
export async function sendOnce(
  backend: Backend,
  name: string,
  send: () => Promise<JobId>,
  ports: SubmittedDeps,
): Promise<void> {
  const known = new Set(jobsOf(backend, ports).map(({ id }) => id));
  const earliest = new Date(ports.clock.now().getTime() - clocksMs);
  const isIt = (job: Job, called: string): boolean =>
    job.name === called && !known.has(job.id) && (job.submitted === undefined || job.submitted > earliest);
  let id: JobId;
  try {
    id = await send();
  } catch (error) {
    if (isAbort(error)) return;
    if (error instanceof JobError && error.problem.kind === 'unclearSubmit') {
      const called = error.problem.name ?? name;
      void lookFor(backend, called, (job) => isIt(job, called), ports).catch((failure: unknown) => {
        ports.log.warn(`could not search for the job ${called}: ${String(failure)}`);
      });
    }
    throw error;
  }
  await showSubmitted(backend, id, ports);
}

/** Searches the list for the job, and reports it if found. */
async function lookFor(
  backend: Backend,
  name: string,
  isIt: (job: Job) => boolean,
  ports: SubmittedDeps,
): Promise<void> {
  const { jobs, clock, tree, ui } = ports;
  for (const ms of looksMs) {
    if (ms > 0) await clock.sleep(ms, neverAborted);
    await jobs.refresh(backend.connection.id);
    const job = jobsOf(backend, ports).find(isIt);
    if (!job) continue;
    jobs.awaitEnd(backend.connection.id, job.id);
    await tree.select({ backend, job });
    await ui.tell('info', `${name} was submitted.`, []);
    return;
  }
}

const jobsOf = (backend: Backend, { jobs }: SubmittedDeps): readonly Job[] =>
  jobs
    .all()
    .filter((target) => target.backend === backend)
    .map(({ job }) => job);
