import { canSubmit, type Backend } from '../core/domain/backend.js';
import type { Application, JobSpec, JobWorkload } from '../core/domain/jobSpec.js';
import type { JobId } from '../core/domain/job.js';
import { JobError } from '../core/domain/problem.js';
import { runSubmissionDialog, type SubmissionDecision } from './submissionDialog.js';
import {
  restrictToApplication,
  createDraft,
  listMissingAnswers,
  rememberDraft,
  toJobRequest,
  type SubmissionDraft,
} from './submissionDraft.js';
import { pickConnection } from './pickConnection.js';
import type { CommandDeps } from './commandDeps.js';
import { requireSignIn } from './requireSignIn.js';
import { createSubmitSteps } from './submitSteps.js';
import { submitOnce } from './afterSubmit.js';
import { runSubmission } from './submissionFailure.js';

type SubmitApplicationDeps = Pick<
  CommandDeps,
  'ui' | 'desk' | 'backends' | 'jobs' | 'logs' | 'tree' | 'memory' | 'clock' | 'choices' | 'log' | 'details'
>;

/** Submits one of the applications that a connection offers. */
export async function submitApplication(
  rows: readonly string[],
  ports: SubmitApplicationDeps,
): Promise<void> {
  const { ui, desk, memory } = ports;
  if (!desk.isTrusted()) throw new JobError({ kind: 'untrusted' });
  const wanted = {
    title: 'Submit Application',
    isAble: (one: Backend): one is Backend => canSubmit(one, 'application'),
    none: 'No connection offers applications.',
  };
  const backend = await pickConnection(rows, wanted, ports.backends(), ui);
  if (!backend) return;
  const application = await pickApplication(backend, ports);
  if (!application) return;
  const key = `application:${backend.connection.id}/${application.id}`;
  const first = createDraft(
    [restrictToApplication(backend, application)],
    'application',
    key,
    application.title,
    memory,
  );
  if (first) await submitReviewed(application, key, first, ports);
}

async function submitReviewed(
  application: Application,
  key: string,
  first: SubmissionDraft,
  ports: SubmitApplicationDeps,
): Promise<void> {
  const decided = await reviewApplication(application, first, ports);
  if (decided.kind !== 'send') return;
  const { draft, validation } = decided;
  const { submit, connection } = draft.backend;
  if (!submit) return;
  await rememberDraft(ports.memory, key, draft, 'application');
  const spec: JobSpec = { ...toJobRequest(draft, 'application'), kind: 'application', application };
  const title = `Submitting ${draft.name} to ${connection.title}`;
  const send = (): Promise<JobId> =>
    ports.ui.progress(title, (signal) => submit.send(spec, signal, undefined, validation));
  await runSubmission(
    () => submitOnce(first.backend, draft.name, send, ports),
    () => submitReviewed(application, key, draft, ports),
  );
}

async function pickApplication(
  backend: Backend,
  { ui }: SubmitApplicationDeps,
): Promise<Application | undefined> {
  const { title } = backend.connection;
  const all = await ui.progress(
    `Loading the applications of ${title}`,
    (signal) => backend.submit?.applications?.(signal) ?? Promise.resolve([]),
  );
  if (all.length === 0) throw new JobError({ kind: 'invalid', why: `${title} offers no applications.` });
  const items = all.map((application) => ({
    value: application,
    label: application.title,
    icon: 'package',
    ...(application.detail === undefined ? {} : { description: application.detail }),
  }));
  const answer = await ui.pick({ title: `Submit Application to ${title}` }, items, 'Choose an application');
  return answer.kind === 'value' ? answer.value : undefined;
}

async function reviewApplication(
  application: Application,
  first: SubmissionDraft,
  ports: SubmitApplicationDeps,
): Promise<SubmissionDecision> {
  const { ui } = ports;
  const title = `Submit ${application.title}`;
  const work: JobWorkload = { kind: 'application', application };
  return runSubmissionDialog(ui, {
    initialDraft: first,
    requireSignIn: (backend) => requireSignIn(backend, title, false, ports),
    listMissing: (draft) => listMissingAnswers(draft, 'application'),
    listSteps: (draft) => createSubmitSteps(ui, title, [first.backend], 'application', draft, {}),
    getReview: () => ({ title, work, lines: () => [] }),
  });
}
