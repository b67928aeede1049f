import type { Backend } from '../core/domain/backend.js';
import { type JobRequest, type JobDraft, pickJobRequest } from '../core/domain/jobSpec.js';
import { JobError } from '../core/domain/problem.js';
import { runSubmissionDialog } from './submissionDialog.js';
import {
  restrictToApplication,
  isDraftComplete,
  toJobRequest,
  type SubmissionDraft,
} from './submissionDraft.js';
import type { CommandDeps } from './commandDeps.js';
import { createSubmitSteps } from './submitSteps.js';
import { submitOnce } from './afterSubmit.js';
import { resolveTarget as one, type JobTarget } from './resolveTargets.js';

type ResubmitJobDeps = Pick<
  CommandDeps,
  'ui' | 'desk' | 'jobs' | 'logs' | 'tree' | 'clock' | 'choices' | 'log'
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
  const draft = await reviewResubmission(backend, before, ports);
  if (draft) await submitAgain(target, toJobRequest(draft, before.kind), ports);
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
  await submitOnce(
    backend,
    request?.name ?? job.name,
    () => ui.progress(title, (signal) => again(job.id, signal, request)),
    ports,
  );
}

async function reviewResubmission(
  backend: Backend,
  before: JobDraft,
  { ui }: ResubmitJobDeps,
): Promise<SubmissionDraft | undefined> {
  const request = pickJobRequest(before);
  const title = `Resubmit ${request.name}`;
  // The content and the connection are fixed; everything else can be changed.
  const fixed = ['script', 'connection'];
  const asked = before.kind === 'application' ? restrictToApplication(backend, before.application) : backend;
  const first: SubmissionDraft = { backend: asked, ...request };
  const decided = await runSubmissionDialog(ui, {
    initialDraft: first,
    startsWithReview: isDraftComplete(first, before.kind),
    listSteps: (draft) =>
      createSubmitSteps(ui, title, [asked], before.kind, draft, {}).filter(({ id }) => !fixed.includes(id)),
    getReview: () => ({ title, work: before, lines: () => [] }),
  });
  return decided.kind === 'send' ? decided.draft : undefined;
}
