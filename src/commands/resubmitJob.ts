import type { Backend } from '../core/domain/backend.js';
import { type JobRequest, type JobDraft, pickJobRequest } from '../core/domain/jobSpec.js';
import { JobError } from '../core/domain/problem.js';
import { runSubmissionDialog } from './submissionDialog.js';
import {
  restrictToApplication,
  listMissingAnswers,
  toJobRequest,
  type SubmissionDraft,
} from './submissionDraft.js';
import type { CommandDeps } from './commandDeps.js';
import { requireSignIn } from './requireSignIn.js';
import { createSubmitSteps } from './submitSteps.js';
import { submitOnce } from './afterSubmit.js';
import { runSubmission } from './submissionFailure.js';
import { resolveTarget as one, type JobTarget } from './resolveTargets.js';

type ResubmitJobDeps = Pick<
  CommandDeps,
  'ui' | 'desk' | 'jobs' | 'logs' | 'tree' | 'clock' | 'choices' | 'log' | 'details'
>;

/**
 * Submits the same content again with the same choices. If the backend does not know all of them, the user
 * reviews them first.
 */
export async function resubmitJob(rows: readonly string[], ports: ResubmitJobDeps): Promise<void> {
  const { ui, desk } = ports;
  const target = await one(rows, 'resubmit', 'Resubmit Job', ports);
  if (!target) return;
  if (!desk.isTrusted()) throw new JobError({ kind: 'untrusted' });
  const { backend, job } = target;
  const previous = backend.submit?.previous;
  if (!previous) return submitAgain(target, undefined, ports);
  const before = await ui.progress('Loading submission', (signal) => previous(job.id, signal));
  await submitChanged(target, before, pickJobRequest(before), ports);
}

/** Submits the same content again after a review, which starts with the choices of that job. */
export async function resubmitJobWithChanges(rows: readonly string[], ports: ResubmitJobDeps): Promise<void> {
  const { ui, desk } = ports;
  const target = await one(rows, 'resubmitWithChanges', 'Resubmit with Changes', ports);
  if (!target) return;
  if (!desk.isTrusted()) throw new JobError({ kind: 'untrusted' });
  const { submit } = target.backend;
  const load = submit?.getDraft ?? submit?.previous;
  if (!load) return;
  const before = await ui.progress('Loading submission', (signal) => load(target.job.id, signal));
  await submitChanged(target, before, pickJobRequest(before), ports);
}

/** Submits again after the review, which starts with `request`. */
async function submitChanged(
  target: JobTarget,
  before: JobDraft,
  request: JobRequest,
  ports: ResubmitJobDeps,
): Promise<void> {
  const draft = await reviewResubmission(target.backend, before, request, ports);
  if (!draft) return;
  const changed = toJobRequest(draft, before.kind);
  await runSubmission(
    () => submitAgain(target, changed, ports),
    () => submitChanged(target, before, changed, ports),
  );
}

async function submitAgain(
  { backend, job }: JobTarget,
  request: JobRequest | undefined,
  ports: ResubmitJobDeps,
): Promise<void> {
  const { ui } = ports;
  const again = backend.submit?.again;
  if (!again) return;
  const title = `Submitting ${job.name} to ${backend.connection.title}`;
  const folder = ports.details.get(backend.connection, job)?.folder;
  await submitOnce(
    backend,
    request?.name ?? job.name,
    () => ui.progress(title, (signal) => again(job.id, signal, request)),
    ports,
    folder === undefined ? {} : { folder },
  );
}

async function reviewResubmission(
  backend: Backend,
  before: JobDraft,
  request: JobRequest,
  ports: ResubmitJobDeps,
): Promise<SubmissionDraft | undefined> {
  const { ui } = ports;
  const title = `Resubmit ${before.name}`;
  // The content and the connection are fixed; everything else can be changed.
  const fixed = ['script', 'connection'];
  const asked = before.kind === 'application' ? restrictToApplication(backend, before.application) : backend;
  const first: SubmissionDraft = { backend: asked, ...request };
  const decided = await runSubmissionDialog(ui, {
    initialDraft: first,
    requireSignIn: (place) => requireSignIn(place, title, false, ports),
    listMissing: (draft) => listMissingAnswers(draft, before.kind),
    listSteps: (draft) =>
      createSubmitSteps(ui, title, [asked], before.kind, draft, {}).filter(({ id }) => !fixed.includes(id)),
    getReview: () => ({ title, work: before, lines: () => [] }),
  });
  return decided.kind === 'send' ? decided.draft : undefined;
}
